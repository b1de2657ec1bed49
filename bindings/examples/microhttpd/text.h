// text.h: text that grows, and what web forms and HTML do to it.

#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>

// Starts as {0}; NUL-terminated where `bytes` is not NULL.
struct text {
    char *bytes;
    size_t len;
};

// Returns 0, or -1 if it would get longer than `most` or memory is out.
int text_append(struct text *text, const char *bytes, size_t len, size_t most);
// Replaces what is there by what printf() would print; `bytes` is NULL if memory is out.
__attribute__((format(printf, 2, 3))) void text_print(struct text *text, const char *format, ...);
void text_free(struct text *text);

// `text` for HTML text and for attributes in double quotes; to be freed, NULL if memory is out.
char *text_escaped(const char *text);

// Compares in a time that says nothing about where they differ; only their lengths are no secret.
bool text_is_same(const char *secret, const char *guess);

// Decodes one name or value of application/x-www-form-urlencoded where it stands. Returns 0, or -1
// if it has a NUL, after which C would not see the rest.
int text_form_decode(char *encoded);
// The value of `name` in such a form; to be freed, "" if it is not there, NULL if it has a NUL or
// memory is out.
char *text_form_value(const char *form, const char *name);

#endif
