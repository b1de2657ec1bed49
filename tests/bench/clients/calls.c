/* Measures the wall-clock time, and the CPU time of the whole process, of creating a client, of all
 * WARM_UP calls, and of one of the CALLS after them. Also measures the CPU time to load the program, and
 * the memory at the end.
 *
 *     calls BASE_URL WARM_UP CALLS [CA_FILE] */

#define _POSIX_C_SOURCE 200809L
#include "call.h"
#include "measure.h"

struct times {
    double wall, cpu;
};

static struct times now(void) {
    return (struct times){microseconds(CLOCK_MONOTONIC), microseconds(CLOCK_PROCESS_CPUTIME_ID)};
}

static void print_times(const char *prefix, struct times from, struct times to, long count) {
    printf("\"%sus\":%.2f,\"%scpu_us\":%.2f,", prefix, (to.wall - from.wall) / (double)count,
           prefix, (to.cpu - from.cpu) / (double)count);
}

static void call_or_exit(struct caller *caller) {
    struct result result;
    if (call(caller, &result) != 0)
        exit(1);
}

int main(int count, char **arguments) {
    struct times loaded = now();
    if (count < 4 || count > 5) {
        fputs("usage: calls BASE_URL WARM_UP CALLS [CA_FILE]\n", stderr);
        return 2;
    }
    long warm_up = atol(arguments[2]), calls = atol(arguments[3]);
    struct client *client = client_new(arguments[1], count > 4 ? arguments[4] : NULL);
    struct caller *caller = client != NULL ? caller_new(client) : NULL;
    if (caller == NULL)
        return 1;
    struct times created = now();
    for (long i = 0; i < warm_up; i++)
        call_or_exit(caller);
    struct times warm = now();
    float *times = calloc((size_t)calls + 1, sizeof *times);
    if (times == NULL)
        return 1;
    for (long i = 0; i < calls; i++) {
        double start = microseconds(CLOCK_MONOTONIC);
        call_or_exit(caller);
        times[i] = (float)(microseconds(CLOCK_MONOTONIC) - start);
    }
    struct times done = now();

    printf("{\"load_cpu_us\":%.2f,", loaded.cpu);
    print_times("new_", loaded, created, 1);
    print_times("first_", created, warm, 1);
    if (calls > 0) {
        print_times("", warm, done, calls);
        print_percentiles(times, (size_t)calls);
        printf(",");
    }
    print_memory();
    printf("}\n");
    return 0;
}
