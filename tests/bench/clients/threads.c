/* Makes calls on many threads for SECONDS after a warm-up; each waits THINK_MS between calls. Threads
 * neither wait for a barrier nor are joined: that would add futex calls to those of the client.
 *
 *     threads BASE_URL THREADS THINK_MS SECONDS [CA_FILE] */

#define _POSIX_C_SOURCE 200809L
#include "call.h"
#include "measure.h"

#include <pthread.h>
#include <stdatomic.h>

/* MAX_CALLS is per second on loopback. The memory becomes resident only as it fills. */
enum { MAX_CALLS = 1 << 20, MAX_THREADS = 1024, WARM_UP_MS = 250 };

struct thread {
    struct caller *caller;
    float *times;
    size_t calls;
};

static enum { WARMING, MEASURED, DONE } _Atomic phase;
static atomic_int running, failed;
static int think_ms;
static struct thread threads[MAX_THREADS];

static void sleep_ms(int ms) {
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

static void *run(void *context) {
    struct thread *thread = context;
    struct result result;
    while (phase != DONE && thread->calls < MAX_CALLS) {
        int counts = phase == MEASURED;
        double start = microseconds(CLOCK_MONOTONIC);
        if (call(thread->caller, &result) != 0) {
            failed = 1;
            break;
        }
        double took = microseconds(CLOCK_MONOTONIC) - start;
        if (counts)
            thread->times[thread->calls++] = (float)took;
        if (think_ms > 0)
            sleep_ms(think_ms);
    }
    running--;
    return NULL;
}

static void start(struct thread *thread, struct client *client) {
    pthread_t handle;
    thread->caller = caller_new(client);
    thread->times = calloc(MAX_CALLS, sizeof *thread->times);
    running++;
    if (thread->caller == NULL || thread->times == NULL ||
        pthread_create(&handle, NULL, run, thread) != 0) {
        fputs("cannot start a thread\n", stderr);
        exit(1);
    }
    pthread_detach(handle);
}

int main(int count, char **arguments) {
    if (count < 5 || atoi(arguments[2]) < 1 || atoi(arguments[2]) > MAX_THREADS) {
        fputs("usage: threads BASE_URL THREADS THINK_MS SECONDS [CA_FILE]\n", stderr);
        return 2;
    }
    int thread_count = atoi(arguments[2]);
    think_ms = atoi(arguments[3]);
    struct client *client = client_new(arguments[1], count > 5 ? arguments[5] : NULL);
    if (client == NULL)
        return 1;
    for (int i = 0; i < thread_count; i++)
        start(&threads[i], client);

    sleep_ms(WARM_UP_MS);
    double cpu = microseconds(CLOCK_PROCESS_CPUTIME_ID), start_us = microseconds(CLOCK_MONOTONIC);
    phase = MEASURED;
    sleep_ms((int)(atof(arguments[4]) * 1e3));
    phase = DONE;
    cpu = microseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    double wall = microseconds(CLOCK_MONOTONIC) - start_us;
    while (running > 0)
        sleep_ms(1);

    printf("{");
    print_memory();
    size_t calls = 0;
    for (int i = 0; i < thread_count; i++)
        calls += threads[i].calls;
    float *all = malloc((calls + 1) * sizeof *all), *next = all;
    if (failed || all == NULL || calls == 0)
        return 1;
    for (int i = 0; i < thread_count; i++)
        for (size_t j = 0; j < threads[i].calls; j++)
            *next++ = threads[i].times[j];
    printf(",\"per_second\":%.1f,\"cpu_us\":%.3f,", (double)calls / wall * 1e6, cpu / (double)calls);
    print_percentiles(all, calls);
    printf("}\n");
    return 0;
}
