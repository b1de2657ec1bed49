// load.c: many threads call at once, through the C ABI. The configuration is read from stdin.
//
//   load THREADS ROUNDS MIN_US MAX_US shared|own
//
// In each round all threads start together, pause between MIN_US and MAX_US, and call once; with
// one client for all or one each. Prints one line:
//
//   ok=N failed=N swapped=N retried=N threads=N descriptors=N error=TEXT
//
// where threads and descriptors are the most that there were, descriptors beside those from the
// start, and the error is the first one.

#define _GNU_SOURCE

#include <authlete_fail.h>
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_THREADS = 512 };

static authlete_fail_client *clients[MAX_THREADS];
static pthread_barrier_t barrier;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long threads, rounds, min_us, max_us;
static int is_shared;
static long ok, failed, swapped, retried, most_threads, most_descriptors, first_descriptors;
static char first_error[512];

static long entries(const char *folder) {
    long count = 0;
    DIR *listing = opendir(folder);
    while (listing != NULL && readdir(listing) != NULL) {
        count++;
    }
    if (listing != NULL) {
        closedir(listing);
    }
    return count;
}

static long most(long a, long b) {
    return a > b ? a : b;
}

static void note(const authlete_fail_reply *reply, const char *ticket) {
    char location[256];
    const char *value = "";
    snprintf(location, sizeof location, "https://client.example/cb?error=access_denied&state=%s",
             ticket);
    for (size_t i = 0; i < authlete_fail_reply_response_header_count(reply); i++) {
        if (strcmp(authlete_fail_reply_response_header_name(reply, i), "Location") == 0) {
            value = authlete_fail_reply_response_header_value(reply, i);
        }
    }
    pthread_mutex_lock(&lock);
    if (authlete_fail_reply_status(reply) != AUTHLETE_FAIL_STATUS_OK) {
        failed++;
        if (first_error[0] == '\0') {
            snprintf(first_error, sizeof first_error, "%s", authlete_fail_reply_error(reply, NULL));
        }
    } else if (strcmp(value, location) == 0) {
        ok++;
    } else {
        swapped++;
    }
    retried += authlete_fail_reply_attempts(reply) > 1;
    pthread_mutex_unlock(&lock);
}

static void *work(void *argument) {
    long self = (long)argument;
    unsigned seed = (unsigned)self;
    for (long round = 0; round < rounds; round++) {
        char ticket[64], request[160];
        authlete_fail_reply *reply = NULL;
        snprintf(ticket, sizeof ticket, "t1cket-C4NARY-%ld-%ld-%ld", (long)getpid(), self, round);
        snprintf(request, sizeof request, "{\"ticket\":\"%s\",\"reason\":\"DENIED\"}", ticket);
        pthread_barrier_wait(&barrier);
        if (max_us > 0) {
            long pause = min_us + (max_us > min_us ? rand_r(&seed) % (max_us - min_us) : 0);
            usleep((useconds_t)pause);
        }
        authlete_fail_authorization(clients[is_shared ? 0 : self], request, strlen(request),
                                    &reply);
        note(reply, ticket);
        authlete_fail_reply_free(reply);
        if (self == 0) {
            // Without "." and "..".
            most_threads = most(most_threads, entries("/proc/self/task") - 2);
            most_descriptors =
                most(most_descriptors, entries("/proc/self/fd") - first_descriptors);
        }
    }
    return NULL;
}

int main(int argc, char **argv) {
    static char config[16 * 1024];
    static pthread_t started[MAX_THREADS];
    size_t len = fread(config, 1, sizeof config, stdin);
    if (argc != 6) {
        return 2;
    }
    threads = strtol(argv[1], NULL, 10);
    rounds = strtol(argv[2], NULL, 10);
    min_us = strtol(argv[3], NULL, 10);
    max_us = strtol(argv[4], NULL, 10);
    is_shared = strcmp(argv[5], "shared") == 0;
    first_descriptors = entries("/proc/self/fd");
    if (threads < 1 || threads > MAX_THREADS) {
        return 2;
    }
    for (long i = 0; i < (is_shared ? 1 : threads); i++) {
        if (authlete_fail_client_new(config, len, NULL, NULL, &clients[i], NULL) !=
            AUTHLETE_FAIL_STATUS_OK) {
            return 3;
        }
    }
    pthread_barrier_init(&barrier, NULL, (unsigned)threads);
    for (long i = 0; i < threads; i++) {
        if (pthread_create(&started[i], NULL, work, (void *)i) != 0) {
            return 4;
        }
    }
    for (long i = 0; i < threads; i++) {
        pthread_join(started[i], NULL);
    }
    printf("ok=%ld failed=%ld swapped=%ld retried=%ld threads=%ld descriptors=%ld error=%s\n", ok,
           failed, swapped, retried, most_threads, most_descriptors, first_error);
    for (long i = 0; i < (is_shared ? 1 : threads); i++) {
        authlete_fail_client_free(clients[i]);
    }
    return 0;
}
