/* Measures the first calls of a process.
 *
 *     start BASE_URL CALLS [CA_FILE]
 *
 * Prints, in microseconds of time and of CPU: making the client, the first call, and each later one;
 * the CPU for loading the program; and the memory at the end. */

#define _POSIX_C_SOURCE 200809L
#include "call.h"
#include "measure.h"

#include <stdlib.h>

struct times {
    double wall, cpu;
};

static struct times now(void) {
    return (struct times){microseconds(CLOCK_MONOTONIC), microseconds(CLOCK_PROCESS_CPUTIME_ID)};
}

static void print_times(const char *name, struct times from, struct times to, int count) {
    printf("\"%s_us\":%.2f,\"%s_cpu_us\":%.2f,", name, (to.wall - from.wall) / count, name,
           (to.cpu - from.cpu) / count);
}

int main(int count, char **arguments) {
    struct times loaded = now();
    if (count < 3) {
        fputs("usage: start BASE_URL CALLS [CA_FILE]\n", stderr);
        return 2;
    }
    int calls = atoi(arguments[2]);
    struct result result;

    struct client *client = client_new(arguments[1], count > 3 ? arguments[3] : NULL);
    struct caller *caller = client == NULL ? NULL : caller_new(client);
    if (caller == NULL)
        return 1;
    struct times made = now();
    if (calls > 0 && call(caller, &result) != 0)
        return 1;
    struct times called = now();
    for (int i = 1; i < calls; i++)
        if (call(caller, &result) != 0)
            return 1;
    struct times done = now();

    printf("{\"load_cpu_us\":%.2f,", loaded.cpu);
    print_times("new", loaded, made, 1);
    if (calls > 0)
        print_times("first", made, called, 1);
    if (calls > 1)
        print_times("later", called, done, calls - 1);
    print_memory();
    printf("}\n");
    return 0;
}
