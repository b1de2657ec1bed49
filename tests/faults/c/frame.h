// frame.h: the main function of the programs of the fault suite.
//
//   PROGRAM MODE CONFIG NUMBER ROUNDS KEPT HEALTHY [EXTRA ...]
//
// It runs one mode several times in one process, and then checks that:
//
// - the process has as many threads as before the first round, and as many descriptors, or KEPT more;
// - it uses as much memory after the last round as after the first, which may allocate memory that the
//   process keeps;
// - a call to a healthy server succeeds (HEALTHY is its configuration).
//
// The last line on stdout tells the runner that all of this was checked.

#ifndef FRAME_H
#define FRAME_H

#include "../../c/allocated.h"
#include "../../c/check.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    TEST_TIMEOUT_S = 30,
    GRACE_MS = 100, // how much later than its deadline a call may return
    ALLOCATED_SLACK = 1024, // a few internal blocks of glibc
    RESIDENT_SLACK_KIB = 4096, // glibc caches the stacks of threads
};

// Part of the token and of all tickets.
#define CANARY "c4n4ry"

struct mode {
    const char *name;
    void (*run)(void);
};

// The arguments, for the modes.
static const char *config;
static int number;
static char **extra;

static inline double now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

// The total time for which this thread has waited for a CPU. Load on the machine, not the library,
// delays calls by that much.
static inline double cpu_wait_ms(void) {
    double run = 0, wait = 0;
    int cancel_state;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    FILE *file = fopen("/proc/thread-self/schedstat", "re");
    if (file != NULL) {
        CHECK_INT(fscanf(file, "%lf %lf", &run, &wait), 2);
        fclose(file);
    }
    pthread_setcancelstate(cancel_state, NULL);
    return wait / 1e6;
}

// Checks that a call returned by its deadline.
static inline void check_deadline(double start, int timeout_ms) {
    double late_ms = now_ms() - start - timeout_ms - GRACE_MS;
    if (late_ms > 0) {
        CHECK(late_ms <= cpu_wait_ms());
    }
}

// The timeoutMs of a configuration.
static inline int timeout_of(const char *text, size_t len) {
    const char *timeout = memmem(text, len, "\"timeoutMs\":", 12);
    return timeout != NULL ? atoi(timeout + 12) : 10000;
}

static atomic_int logged_lines;

// The log callback of all clients.
static inline void check_line(void *context, int32_t level, const char *line, size_t len) {
    (void)context, (void)level;
    CHECK(memmem(line, len, CANARY, strlen(CANARY)) == NULL);
    atomic_fetch_add(&logged_lines, 1);
}

// The directory stays open: a mode may change the root directory, which makes /proc unreachable.
static inline int entries(DIR *folder) {
    int count = 0;
    rewinddir(folder);
    while (readdir(folder) != NULL) {
        count++;
    }
    return count;
}

struct memory {
    size_t allocated;
    long resident_kib;
};

static inline struct memory memory(void) {
#ifdef __GLIBC__
    malloc_trim(0); // otherwise free memory counts as resident, more of it with more threads
#endif
    struct memory now = {allocated_bytes(), 0};
    long pages, resident;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file != NULL) {
        CHECK_INT(fscanf(file, "%ld %ld", &pages, &resident), 2);
        fclose(file);
        now.resident_kib = resident * (sysconf(_SC_PAGESIZE) / 1024);
    }
    return now;
}

// A lookup thread may end later than the call that started it.
static inline void wait_for_threads(DIR *folder, int expected) {
    for (double end = now_ms() + TEST_TIMEOUT_S * 1e3; now_ms() < end; usleep(2000)) {
        if (entries(folder) == expected) {
            return;
        }
    }
    CHECK_INT(entries(folder), expected);
}

static inline int run_in_frame(const struct mode *modes, size_t mode_count,
                               void (*call_healthy)(const char *), int count, char **arguments) {
    const struct mode *mode = modes;
    if (count < 7) {
        return 2;
    }
    while (mode < modes + mode_count && strcmp(mode->name, arguments[1]) != 0) {
        mode++;
    }
    config = arguments[2];
    number = atoi(arguments[3]);
    int rounds = atoi(arguments[4]);
    int kept = atoi(arguments[5]);
    extra = arguments + 7;
    DIR *descriptors = opendir("/proc/self/fd"), *threads = opendir("/proc/self/task");
    if (mode == modes + mode_count || descriptors == NULL || threads == NULL) {
        return 2;
    }
    int descriptors_before = entries(descriptors), threads_before = entries(threads);
    struct memory first = {0, 0}, last = {0, 0};
    for (int round = 0; round < rounds; round++) {
        mode->run();
        wait_for_threads(threads, threads_before);
        last = memory();
        first = round == 0 ? last : first;
    }
    call_healthy(arguments[6]);
    wait_for_threads(threads, threads_before);
    CHECK_INT(entries(descriptors), descriptors_before + kept);
    CHECK(last.allocated <= first.allocated + ALLOCATED_SLACK);
    CHECK(last.resident_kib <= first.resident_kib + RESIDENT_SLACK_KIB);
    int result = check_result(mode->name);
    printf("framed rounds=%d allocated=%zu..%zu resident_kib=%ld..%ld\n", rounds, first.allocated,
           last.allocated, first.resident_kib, last.resident_kib);
    return result;
}

#endif
