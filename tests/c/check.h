// check.h: checks that print where they failed and continue; for C99 and C++, on any thread.

#ifndef CHECK_H
#define CHECK_H

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define CHECK(claim) check((claim) ? 1 : 0, __FILE__, __LINE__, #claim)
#define CHECK_INT(actual, expected) \
    check_int((long long)(actual), (long long)(expected), __FILE__, __LINE__, #actual)
#define CHECK_TEXT(actual, expected) check_text((actual), (expected), __FILE__, __LINE__, #actual)

static pthread_mutex_t check_lock = PTHREAD_MUTEX_INITIALIZER;
static int check_count = 0;
static int check_failures = 0;

static inline void check_begin(int is_true, const char *file, int line) {
    pthread_mutex_lock(&check_lock);
    check_count++;
    if (!is_true) {
        check_failures++;
        fprintf(stderr, "%s:%d: ", file, line);
    }
}

static inline void check_end(void) {
    pthread_mutex_unlock(&check_lock);
}

static inline void check(int is_true, const char *file, int line, const char *claim) {
    check_begin(is_true, file, line);
    if (!is_true) {
        fprintf(stderr, "false: %s\n", claim);
    }
    check_end();
}

static inline void check_int(long long actual, long long expected, const char *file, int line,
                             const char *what) {
    check_begin(actual == expected, file, line);
    if (actual != expected) {
        fprintf(stderr, "%s is %lld, not %lld\n", what, actual, expected);
    }
    check_end();
}

static inline void check_text(const char *actual, const char *expected, const char *file, int line,
                              const char *what) {
    int is_equal = actual != NULL && strcmp(actual, expected) == 0;
    check_begin(is_equal, file, line);
    if (!is_equal) {
        fprintf(stderr, "%s is \"%s\", not \"%s\"\n", what, actual ? actual : "NULL", expected);
    }
    check_end();
}

// Prints a summary and returns the exit code of the program.
static inline int check_result(const char *name) {
    printf("%s: %d checks, %d failed\n", name, check_count, check_failures);
    return check_failures == 0 && check_count > 0 ? 0 : 1;
}

#endif
