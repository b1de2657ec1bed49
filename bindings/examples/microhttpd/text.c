#include "text.h"

#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int text_append(struct text *text, const char *bytes, size_t len, size_t max) {
    if (text->len > max || len > max - text->len) {
        return -1;
    }
    char *grown = realloc(text->bytes, text->len + len + 1);
    if (!grown) {
        return -1;
    }
    memcpy(grown + text->len, bytes, len);
    text->bytes = grown;
    text->len += len;
    grown[text->len] = '\0';
    return 0;
}

void text_print(struct text *text, const char *format, ...) {
    text_free(text);
    va_list arguments;
    va_start(arguments, format);
    int len = vasprintf(&text->bytes, format, arguments);
    va_end(arguments);
    if (len < 0) {
        text->bytes = NULL;
    } else {
        text->len = (size_t)len;
    }
}

void text_free(struct text *text) {
    free(text->bytes);
    *text = (struct text){0};
}

char *text_escaped(const char *text) {
    char *html = malloc(strlen(text) * strlen("&quot;") + 1);
    if (!html) {
        return NULL;
    }
    char *end = html;
    for (; *text; text++) {
        switch (*text) {
        case '&': end = stpcpy(end, "&amp;"); break;
        case '<': end = stpcpy(end, "&lt;"); break;
        case '>': end = stpcpy(end, "&gt;"); break;
        case '"': end = stpcpy(end, "&quot;"); break;
        case '\'': end = stpcpy(end, "&#39;"); break;
        default: *end++ = *text;
        }
    }
    *end = '\0';
    return html;
}

bool text_equals(const char *secret, const char *guess) {
    size_t len = strlen(secret);
    if (strlen(guess) != len) {
        return false;
    }
    volatile unsigned char difference = 0; // prevents an early exit from the loop
    for (size_t i = 0; i < len; i++) {
        difference |= (unsigned char)(secret[i] ^ guess[i]);
    }
    return difference == 0;
}

int text_form_decode(char *encoded) {
    for (char *c = encoded; *c; c++) {
        if (*c == '+') {
            *c = ' ';
        }
    }
    return MHD_http_unescape(encoded) == strlen(encoded) ? 0 : -1;
}

char *text_form_value(const char *form, const char *name) {
    size_t name_len = strlen(name);
    while (*form) {
        size_t len = strcspn(form, "&");
        if (len > name_len && form[name_len] == '=' && memcmp(form, name, name_len) == 0) {
            char *value = strndup(form + name_len + 1, len - name_len - 1);
            if (value && text_form_decode(value) != 0) {
                free(value);
                value = NULL;
            }
            return value;
        }
        form += len + (form[len] == '&');
    }
    return strdup("");
}
