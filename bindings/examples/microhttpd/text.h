// text.h: growable text, and form decoding and HTML escaping.

#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>

// Initialise with {0}. NUL-terminated unless `bytes` is NULL.
struct text {
    char *bytes;
    size_t len;
};

// Returns 0, or -1 if the length would exceed `max` or if out of memory.
int text_append(struct text *text, const char *bytes, size_t len, size_t max);
// Replaces the text with printf()-formatted text; `bytes` is NULL if out of memory.
__attribute__((format(printf, 2, 3))) void text_print(struct text *text, const char *format, ...);
void text_free(struct text *text);

// Escapes `text` for HTML content and for attributes in double quotes. The caller frees the result;
// NULL if out of memory.
char *text_escaped(const char *text);

// Compares in constant time. The length of `secret` is not secret.
bool text_equals(const char *secret, const char *guess);

// Decodes a name or value of application/x-www-form-urlencoded in place. Returns 0, or -1 if it
// contains a NUL character.
int text_form_decode(char *encoded);
// The value of `name` in a form; the caller frees it. "" if absent; NULL if it contains a NUL
// character or if out of memory.
char *text_form_value(const char *form, const char *name);

#endif
