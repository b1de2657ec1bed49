// check.h: checks that print where they failed and continue; for C99 and C++, on any thread.

#ifndef CHECK_H
#define CHECK_H

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CHECK(claim) check_that((claim) ? 1 : 0, __FILE__, __LINE__, "false: %s\n", #claim)
#define CHECK_INT(actual, expected) \
    check_int((long long)(actual), (long long)(expected), __FILE__, __LINE__, #actual)
#define CHECK_TEXT(actual, expected) check_text((actual), (expected), __FILE__, __LINE__, #actual)

static pthread_mutex_t check_lock = PTHREAD_MUTEX_INITIALIZER;
static int check_count = 0;
static int check_failures = 0;

static inline void check_that(int is_true, const char *file, int line, const char *format, ...) {
    va_list values;
    pthread_mutex_lock(&check_lock);
    check_count++;
    if (!is_true) {
        check_failures++;
        fprintf(stderr, "%s:%d: ", file, line);
        va_start(values, format);
        vfprintf(stderr, format, values);
        va_end(values);
    }
    pthread_mutex_unlock(&check_lock);
}

static inline void check_int(long long actual, long long expected, const char *file, int line,
                             const char *what) {
    check_that(actual == expected, file, line, "%s is %lld, not %lld\n", what, actual, expected);
}

static inline void check_text(const char *actual, const char *expected, const char *file, int line,
                              const char *what) {
    check_that(actual != NULL && strcmp(actual, expected) == 0, file, line,
               "%s is \"%s\", not \"%s\"\n", what, actual ? actual : "NULL", expected);
}

// Prints a summary and returns the exit code of the program.
static inline int check_result(const char *name) {
    printf("%s: %d checks, %d failed\n", name, check_count, check_failures);
    return check_failures == 0 && check_count > 0 ? 0 : 1;
}

#endif
