/* Times calls one after the other, and prints the figures.
 *
 *     latency BASE_URL CALLS [CA_FILE]
 *
 * The figures are of CALLS calls after a warm-up. The processor time is that of the whole process,
 * with all threads of the client. */

#define _POSIX_C_SOURCE 200809L
#include "call.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WARM_UP = 300 };

static uint64_t nanoseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int compare(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void call_or_exit(struct caller *caller) {
    struct result result;
    if (call(caller, &result) != 0)
        exit(1);
}

int main(int count, char **arguments) {
    long calls = count > 2 ? atol(arguments[2]) : 0;
    if (calls < 1 || count > 4) {
        fprintf(stderr, "usage: latency BASE_URL CALLS [CA_FILE]\n");
        return 2;
    }
    struct client *client = client_new(arguments[1], count > 3 ? arguments[3] : NULL);
    struct caller *caller = client != NULL ? caller_new(client) : NULL;
    uint64_t *took = calloc((size_t)calls, sizeof *took);
    if (caller == NULL || took == NULL)
        return 1;
    for (int i = 0; i < WARM_UP; i++)
        call_or_exit(caller);

    uint64_t cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    for (long i = 0; i < calls; i++) {
        uint64_t start = nanoseconds(CLOCK_MONOTONIC);
        call_or_exit(caller);
        took[i] = nanoseconds(CLOCK_MONOTONIC) - start;
    }
    cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;

    qsort(took, (size_t)calls, sizeof *took, compare);
    printf("{\"calls\":%ld,\"median_ns\":%llu,\"p99_ns\":%llu,\"cpu_ns\":%llu}\n", calls,
           (unsigned long long)took[calls / 2], (unsigned long long)took[calls * 99 / 100],
           (unsigned long long)cpu / (unsigned long long)calls);
    free(took);
    return 0;
}
