#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server.h"

char *json(const char *pattern, ...) {
    char *result = NULL;
    size_t result_len;
    FILE *out = open_memstream(&result, &result_len);
    if (!out) return NULL;
    va_list texts;
    va_start(texts, pattern);
    for (; *pattern; pattern++) {
        if (*pattern != '?') {
            fputc(*pattern, out);
            continue;
        }
        const char *text = va_arg(texts, const char *);
        size_t len = text ? strlen(text) : 0;
        size_t size = authlete_fail_json_string(text, len, NULL, 0) + 1; // 0: not UTF-8
        char *literal = malloc(size);
        if (literal) authlete_fail_json_string(text, len, literal, size);
        if (literal && size > 0) fputs(literal, out);
        free(literal);
    }
    va_end(texts);
    fclose(out);
    return result;
}

void form_value(const char *form, const char *name, char value[MAX_TEXT]) {
    size_t name_len = strlen(name);
    *value = '\0';
    for (size_t len; *form; form += len + (form[len] == '&')) {
        len = strcspn(form, "&");
        if (len > name_len && form[name_len] == '=' && memcmp(form, name, name_len) == 0) {
            snprintf(value, MAX_TEXT, "%.*s", (int)(len - name_len - 1), form + name_len + 1);
            if (!form_decode(value)) *value = '\0';
            return;
        }
    }
}

bool form_decode(char *encoded) {
    for (char *c = strchr(encoded, '+'); c; c = strchr(c, '+')) *c = ' ';
    return MHD_http_unescape(encoded) == strlen(encoded);
}
