// load.c: many threads call at once. In each round all threads start together and call once. Between
// two calls of a thread, there is a pause.
//
// EXTRA: threads, the shortest and the longest pause in microseconds. NUMBER: rounds. Most pauses are
// near the middle of the two, but some are near the ends.
// Modes: "shared", one client for all threads; "own", one for each.
//
// Prints totals of all rounds so far:
//
//   ok=N failed=N swapped=N retried=N threads=N sockets=N error=TEXT
//
// "threads" and "sockets" are the highest numbers seen; the error is the first one.

#define _GNU_SOURCE
#include "fault.h"

enum { MAX_THREADS = 512 };

static authlete_fail_client *clients[MAX_THREADS];
static pthread_barrier_t barrier;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long threads, min_us, max_us;
static int is_shared;
static long ok, failed, swapped, retried, most_threads, most_sockets;
static char first_error[512];

static long most(long a, long b) {
    return a > b ? a : b;
}

static void count_reply(const authlete_fail_reply *reply, const char *ticket) {
    pthread_mutex_lock(&lock);
    if (authlete_fail_reply_status(reply) != AUTHLETE_FAIL_STATUS_OK) {
        failed++;
        if (first_error[0] == '\0') {
            snprintf(first_error, sizeof first_error, "%s", authlete_fail_reply_error(reply, NULL));
        }
    } else if (is_for(reply, ticket)) {
        ok++;
    } else {
        swapped++;
    }
    retried += authlete_fail_reply_attempts(reply) > 1;
    pthread_mutex_unlock(&lock);
}

// Small deviations from the middle are likely, because of the fifth power.
static double random_pause_ms(unsigned *seed) {
    double deviation = 2.0 * rand_r(seed) / RAND_MAX - 1;
    double power = deviation * deviation * deviation * deviation * deviation;
    return ((double)(min_us + max_us) + (double)(max_us - min_us) * power) / 2e3;
}

static void *work(void *argument) {
    static atomic_int tickets;
    long self = (long)argument;
    unsigned seed = (unsigned)self;
    double called_ms = 0;
    for (long round = 0; round < number; round++) {
        char ticket[64];
        snprintf(ticket, sizeof ticket, "t1cket-" CANARY "-%d-%d", (int)getpid(),
                 atomic_fetch_add(&tickets, 1));
        pthread_barrier_wait(&barrier);
        if (max_us > 0 && round > 0) {
            double left_ms = called_ms + random_pause_ms(&seed) - now_ms();
            usleep(left_ms > 0 ? (useconds_t)(left_ms * 1e3) : 0);
        }
        authlete_fail_reply *reply = fail_ticket(clients[is_shared ? 0 : self], ticket);
        called_ms = now_ms();
        count_reply(reply, ticket);
        authlete_fail_reply_free(reply);
        if (self == 0) {
            most_threads = most(most_threads, open_threads());
            most_sockets = most(most_sockets, open_sockets());
        }
    }
    return NULL;
}

static void load(void) {
    static pthread_t started[MAX_THREADS];
    threads = strtol(extra[0], NULL, 10);
    min_us = strtol(extra[1], NULL, 10);
    max_us = strtol(extra[2], NULL, 10);
    if (threads < 1 || threads > MAX_THREADS) {
        CHECK(!"unsupported number of threads");
        return;
    }
    for (long i = 0; i < (is_shared ? 1 : threads); i++) {
        clients[i] = client_of(config);
    }
    pthread_barrier_init(&barrier, NULL, (unsigned)threads);
    for (long i = 0; i < threads; i++) {
        CHECK_INT(pthread_create(&started[i], NULL, work, (void *)i), 0);
    }
    for (long i = 0; i < threads; i++) {
        pthread_join(started[i], NULL);
    }
    pthread_barrier_destroy(&barrier);
    printf("ok=%ld failed=%ld swapped=%ld retried=%ld threads=%ld sockets=%ld error=%s\n", ok,
           failed, swapped, retried, most_threads, most_sockets, first_error);
    for (long i = 0; i < (is_shared ? 1 : threads); i++) {
        authlete_fail_client_free(clients[i]);
    }
}

static void load_shared(void) {
    is_shared = 1;
    load();
}

static const struct mode MODES[] = {
    {"shared", load_shared},
    {"own", load},
};

int main(int count, char **arguments) {
    return RUN_IN_FRAME(MODES, count, arguments);
}
