#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server.h"

static void print_json_string(FILE *out, const char *text) {
    size_t len = text ? strlen(text) : 0;
    size_t size = authlete_fail_json_string(text, len, NULL, 0) + 1; // 0: not UTF-8
    char *literal = malloc(size);
    if (literal) authlete_fail_json_string(text, len, literal, size);
    if (literal && size > 0) fputs(literal, out);
    free(literal);
}

char *json(const char *pattern, ...) {
    char *result = NULL;
    size_t len;
    FILE *out = open_memstream(&result, &len);
    if (!out) return NULL;
    va_list values;
    va_start(values, pattern);
    for (; *pattern; pattern++) {
        if (*pattern == '?') print_json_string(out, va_arg(values, const char *));
        else if (*pattern == '#') fprintf(out, "%lld", va_arg(values, long long));
        else fputc(*pattern, out);
    }
    va_end(values);
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
