// soak.c: the C program of the soak (tests/soak/main.rs).
//
//   soak-c THREADS CLIENTS CONFIG... CHOICE...
//
// Makes CLIENTS clients, prints "ready", and waits for a line on stdin. Then THREADS threads call
// through the shared clients until another line comes, and every second a forked child calls too.
// At the end it frees the clients, prints "done", and exits at the end of stdin.
//
// A CHOICE is "INDEX BEHAVIOUR": the index of a client, and the behaviour of the server for the
// ticket BEHAVIOUR.PID.THREAD.NUMBER. Each call prints one line, in one write:
//
//   TICKET INDEX ATTEMPTS US STATUS OUTCOME TICKET_STATE HTTP RETRY_AFTER_MS RESPONSE OWN ERROR
//
// US is the time that the call took, in microseconds; OWN is 1 if the response contains the ticket;
// the error may be empty.

#define _GNU_SOURCE

#include <authlete_fail.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// A child that is still alive after CHILD_SECONDS is hung. No other thread has its thread number.
enum { MAX_THREADS = 64, MAX_CLIENTS = 16, CHILD_CALLS = 8, CHILD_SECONDS = 30, CHILD_THREAD = 99 };

// The pause after each call, and after one in LONG_PAUSE_EVERY: bursts, then idle time. A stray
// response comes within the short pause (tests/soak/behaviours.rs).
enum { PAUSE_US = 500, LONG_PAUSE_EVERY = 8, MAX_LONG_PAUSE_US = 3200 * 1000 };

static authlete_fail_client *clients[MAX_CLIENTS];
static char **choices;
static unsigned choice_count;
static atomic_int is_used[MAX_CLIENTS];
static atomic_int is_over;

static long long now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int contains_ticket(const authlete_fail_reply *reply, const char *ticket) {
    size_t count = authlete_fail_reply_response_header_count(reply);
    for (size_t i = 0; i < count; i++) {
        if (strstr(authlete_fail_reply_response_header_value(reply, i), ticket) != NULL) {
            return 1;
        }
    }
    return strstr(authlete_fail_reply_response_body(reply, NULL), ticket) != NULL;
}

static void call(long thread, long number, unsigned *seed) {
    char ticket[128], request[256], line[2048];
    char *behaviour;
    authlete_fail_reply *reply = NULL;
    long client = strtol(choices[(unsigned)rand_r(seed) % choice_count], &behaviour, 10);
    snprintf(ticket, sizeof ticket, "%s.%07d.%02ld.%08ld", behaviour + 1, (int)getpid(), thread,
             number);
    snprintf(request, sizeof request, "{\"ticket\":\"%s\",\"reason\":\"DENIED\"}", ticket);
    long long start = now_us();
    authlete_fail_authorization(clients[client], request, strlen(request), &reply);
    long long duration = now_us() - start;
    int len = snprintf(line, sizeof line, "%s %ld %d %lld %s %s %s %d %lld %d %d %s\n", ticket, client,
                       authlete_fail_reply_attempts(reply), duration,
                       authlete_fail_status_name(authlete_fail_reply_status(reply)),
                       authlete_fail_outcome_name(authlete_fail_reply_outcome(reply)),
                       authlete_fail_ticket_state_name(authlete_fail_reply_ticket_state(reply)),
                       authlete_fail_reply_http_status(reply),
                       (long long)authlete_fail_reply_retry_after_ms(reply),
                       authlete_fail_reply_response_status(reply), contains_ticket(reply, ticket),
                       authlete_fail_reply_error(reply, NULL));
    authlete_fail_reply_free(reply);
    atomic_store(&is_used[client], 1);
    // Not stdio: its lock may be held at a fork.
    if (write(STDOUT_FILENO, line, (size_t)len) != len) {
        abort();
    }
    usleep(PAUSE_US);
}

static void *call_until_over(void *argument) {
    long thread = (long)argument;
    unsigned seed = (unsigned)getpid() * 64 + (unsigned)thread;
    for (long number = 0; !atomic_load(&is_over); number++) {
        call(thread, number, &seed);
        if (rand_r(&seed) % LONG_PAUSE_EVERY == 0) {
            usleep((useconds_t)(rand_r(&seed) % MAX_LONG_PAUSE_US));
        }
    }
    return NULL;
}

// A child starts with its parent's addresses. If there are none, it depends on the name server.
static int are_all_used(void) {
    for (unsigned i = 0; i < choice_count; i++) {
        if (!atomic_load(&is_used[strtol(choices[i], NULL, 10)])) {
            return 0;
        }
    }
    return 1;
}

// A child that calls through the clients that it inherited, while the parent's threads call.
static void run_child(void) {
    pid_t child = fork();
    if (child == 0) {
        unsigned seed = (unsigned)getpid();
        alarm(CHILD_SECONDS);
        for (long number = 0; number < CHILD_CALLS; number++) {
            call(CHILD_THREAD, number, &seed);
        }
        _exit(0);
    }
    int status = -1;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
        fprintf(stderr, "the forked child %d ended with the wait status %d\n", (int)child, status);
    }
}

static void wait_for_line(void) {
    char line[16];
    if (read(STDIN_FILENO, line, sizeof line) < 0) {
        abort();
    }
}

static void say(const char *word) {
    printf("%s\n", word);
    fflush(stdout);
}

int main(int argc, char **argv) {
    pthread_t threads[MAX_THREADS];
    long thread_count = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
    long client_count = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
    if (thread_count < 1 || thread_count > MAX_THREADS || client_count < 1 ||
        client_count > MAX_CLIENTS || argc <= 3 + client_count) {
        return 2;
    }
    for (long i = 0; i < client_count; i++) {
        const char *config = argv[3 + i];
        if (authlete_fail_client_new(config, strlen(config), NULL, NULL, &clients[i], NULL) !=
            AUTHLETE_FAIL_STATUS_OK) {
            return 3;
        }
    }
    choices = argv + 3 + client_count;
    choice_count = (unsigned)(argc - 3 - client_count);
    say("ready");
    wait_for_line();
    for (long i = 0; i < thread_count; i++) {
        if (pthread_create(&threads[i], NULL, call_until_over, (void *)i) != 0) {
            return 4;
        }
    }
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};
    while (poll(&input, 1, 1000) == 0) {
        if (are_all_used()) {
            run_child();
        }
    }
    wait_for_line();
    atomic_store(&is_over, 1);
    for (long i = 0; i < thread_count; i++) {
        pthread_join(threads[i], NULL);
    }
    for (long i = 0; i < client_count; i++) {
        authlete_fail_client_free(clients[i]);
    }
    say("done");
    wait_for_line();
    return 0;
}
