#include <authlete_fail.h>
#include <stdio.h>
#include <string.h>

/* [permitted] */
/* Copies `text` to `out` with only the characters that RFC 6749 permits in error_description:
   replaces `"` by `'` and other characters by `?`. Shortens a text that does not fit. */
static void permitted(const char *text, char *out, size_t out_size) {
    size_t len = 0;
    for (; *text != '\0' && len + 1 < out_size; text++) {
        unsigned char byte = (unsigned char)*text;
        if ((byte & 0xC0) == 0x80) continue; /* not the first byte of a character */
        if (byte == '"') byte = '\'';
        out[len++] = byte < 0x20 || byte > 0x7E || byte == '\\' ? '?' : (char)byte;
    }
    out[len] = '\0';
}
/* [/permitted] */

/* [cut] */
/* The length of the start of a UTF-8 text: at most `limit` bytes, and only whole characters. */
static size_t cut(const char *text, size_t len, size_t limit) {
    if (len <= limit) return len;
    while (limit > 0 && ((unsigned char)text[limit] & 0xC0) == 0x80) limit--;
    return limit;
}
/* [/cut] */

/* [wrong] */
/* Wrong: a text that contains `"` can add members. */
static void concatenated(const char *text, char *request, size_t size) {
    snprintf(request, size, "{\"reason\":\"ACCESS_DENIED\",\"errorDescription\":\"%s\"}", text);
}
/* [/wrong] */

/* [right] */
/* The text is one JSON string, whatever it contains. */
static int escaped(const char *text, size_t len, char *request, size_t size) {
    char literal[6003]; /* each of 1,000 bytes as \u00XX, the quotes and the NUL */
    if (authlete_fail_json_string(text, len, literal, sizeof literal) >= sizeof literal)
        return 0; /* too long, or not UTF-8 */
    snprintf(request, size, "{\"reason\":\"ACCESS_DENIED\",\"errorDescription\":%s}", literal);
    return 1;
}
/* [/right] */

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    const char *text = argv[2];
    char request[6200], ascii[1001];
    int is_valid = 1;
    if (strcmp(argv[1], "wrong") == 0) {
        concatenated(text, request, sizeof request);
    } else if (strcmp(argv[1], "escaped") == 0) {
        is_valid = escaped(text, strlen(text), request, sizeof request);
    } else if (strcmp(argv[1], "cut") == 0) {
        is_valid = escaped(text, cut(text, strlen(text), 1000), request, sizeof request);
    } else {
        permitted(text, ascii, sizeof ascii);
        is_valid = escaped(ascii, strlen(ascii), request, sizeof request);
    }
    if (!is_valid) return 1;

    authlete_fail_client *client;
    authlete_fail_client_new(NULL, 0, NULL, NULL, &client, NULL);
    authlete_fail_reply *reply;
    authlete_fail_backchannel_authentication(client, request, strlen(request), &reply);
    printf("%s%s\n", authlete_fail_reply_error(reply, NULL),
           authlete_fail_reply_response_body(reply, NULL));
    authlete_fail_reply_free(reply);
    authlete_fail_client_free(client);
}
