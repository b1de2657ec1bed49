// fault.h: for the programs that are linked with the library. They create clients and make calls only
// through this file, so that every call is checked: it returns by its deadline, and neither its reply
// nor a log line contains a secret.

#ifndef FAULT_H
#define FAULT_H

#include "frame.h"

#include <authlete_fail.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static atomic_int timeout_ms; // of the newest client

static inline void check_reply(const authlete_fail_reply *reply) {
    CHECK(strstr(authlete_fail_reply_error(reply, NULL), CANARY) == NULL);
    CHECK(strstr(authlete_fail_reply_error_json(reply, NULL), CANARY) == NULL);
    CHECK(strstr(authlete_fail_reply_diagnostics(reply, NULL), CANARY) == NULL);
}

static inline authlete_fail_reply *new_client(const char *text, size_t len,
                                              authlete_fail_log_fn log, void *context,
                                              authlete_fail_client **client) {
    authlete_fail_reply *reply = NULL;
    atomic_store(&timeout_ms, timeout_of(text, len));
    authlete_fail_client_new(text, len, log, context, client, &reply);
    check_reply(reply);
    return reply;
}

static inline authlete_fail_client *client_of(const char *text) {
    authlete_fail_client *client = NULL;
    authlete_fail_reply *reply = new_client(text, strlen(text), check_line, NULL, &client);
    CHECK_TEXT(authlete_fail_reply_error(reply, NULL), "");
    authlete_fail_reply_free(reply);
    return client;
}

typedef authlete_fail_status endpoint(const authlete_fail_client *, const char *, size_t,
                                      authlete_fail_reply **);

static inline authlete_fail_reply *checked_call(endpoint *call, const authlete_fail_client *client,
                                                const char *request, size_t len) {
    authlete_fail_reply *reply = NULL;
    double start = now_ms();
    call(client, request, len, &reply);
    check_deadline(start, atomic_load(&timeout_ms));
    check_reply(reply);
    return reply;
}

static inline authlete_fail_reply *open_early(const authlete_fail_client *client) {
    authlete_fail_reply *reply = NULL;
    double start = now_ms();
    authlete_fail_client_connect(client, &reply);
    check_deadline(start, atomic_load(&timeout_ms));
    check_reply(reply);
    return reply;
}

static inline authlete_fail_reply *fail_authorization(const authlete_fail_client *client,
                                                      const char *request, size_t len) {
    return checked_call(authlete_fail_authorization, client, request, len);
}

static inline authlete_fail_reply *fail_token(const authlete_fail_client *client,
                                              const char *request, size_t len) {
    return checked_call(authlete_fail_token, client, request, len);
}

static inline authlete_fail_reply *general_call(const authlete_fail_client *client,
                                                const char *path, const char *request, size_t len,
                                                const char *options, size_t options_len) {
    authlete_fail_reply *reply = NULL;
    double start = now_ms();
    authlete_fail_call(client, path, request, len, options, options_len, &reply);
    check_deadline(start, atomic_load(&timeout_ms));
    check_reply(reply);
    return reply;
}

#pragma GCC poison authlete_fail_client_new authlete_fail_authorization authlete_fail_token
#pragma GCC poison authlete_fail_backchannel_authentication authlete_fail_client_connect
#pragma GCC poison authlete_fail_call

static inline authlete_fail_reply *fail_ticket(const authlete_fail_client *client,
                                               const char *ticket) {
    char request[256];
    snprintf(request, sizeof request, "{\"ticket\":\"%s\",\"reason\":\"DENIED\"}", ticket);
    return fail_authorization(client, request, strlen(request));
}

// Whether the response is the one for `ticket`, which the servers put at the end of the location.
static inline int is_for(const authlete_fail_reply *reply, const char *ticket) {
    const char *location = authlete_fail_reply_response_header_value(reply, 0);
    size_t len = strlen(location), ticket_len = strlen(ticket);
    return len > ticket_len && location[len - ticket_len - 1] == '=' &&
           strcmp(location + len - ticket_len, ticket) == 0;
}

// Makes a call that must succeed and get its own response. The ticket contains process, caller and
// number.
static inline authlete_fail_reply *good_reply(const authlete_fail_client *client, int caller,
                                              int call) {
    char ticket[64];
    snprintf(ticket, sizeof ticket, "t-" CANARY "-%d-%d-%d", (int)getpid(), caller, call);
    authlete_fail_reply *reply = fail_ticket(client, ticket);
    CHECK_TEXT(authlete_fail_reply_error(reply, NULL), "");
    if (authlete_fail_reply_status(reply) == AUTHLETE_FAIL_STATUS_OK) {
        CHECK(is_for(reply, ticket));
    }
    return reply;
}

// The same, if only the success matters. Returns whether the call succeeded.
static inline int good_call(const authlete_fail_client *client, int caller, int call) {
    authlete_fail_reply *reply = good_reply(client, caller, call);
    int is_good = authlete_fail_reply_status(reply) == AUTHLETE_FAIL_STATUS_OK;
    authlete_fail_reply_free(reply);
    return is_good;
}

// Checks the status of a reply, and frees it.
static inline void finish(authlete_fail_reply *reply, authlete_fail_status expected) {
    CHECK_TEXT(authlete_fail_status_name(authlete_fail_reply_status(reply)),
               authlete_fail_status_name(expected));
    authlete_fail_reply_free(reply);
}

static inline void call_healthy(const char *healthy) {
    authlete_fail_client *client = client_of(healthy);
    int before = atomic_load(&logged_lines);
    good_call(client, 0, 0);
    CHECK(atomic_load(&logged_lines) > before);
    authlete_fail_client_free(client);
}

#define RUN_IN_FRAME(modes, count, arguments)                                                      \
    run_in_frame((modes), sizeof(modes) / sizeof(modes)[0], call_healthy, (count), (arguments))

enum { STATS_LEN = 4096 }; // enough, according to the header

static inline void read_stats(const authlete_fail_client *client, char stats[STATS_LEN]) {
    size_t len = authlete_fail_client_stats(client, stats, STATS_LEN);
    CHECK(len > 0 && len < STATS_LEN);
    CHECK_INT(strlen(stats), len);
}

// The first number with this name in the statistics of a client; -1 if there is none.
static inline long long statistic(const authlete_fail_client *client, const char *name) {
    char stats[STATS_LEN], member[32];
    read_stats(client, stats);
    snprintf(member, sizeof member, "\"%s\":", name);
    const char *found = strstr(stats, member);
    return found != NULL ? strtoll(found + strlen(member), NULL, 10) : -1;
}

// Counts the open sockets of this process, and stores the number of the last one, or -1.
static inline int find_sockets(int *last) {
    DIR *folder = opendir("/proc/self/fd");
    struct dirent *entry;
    int count = 0;
    *last = -1;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char target[64] = "";
        if (readlinkat(dirfd(folder), entry->d_name, target, sizeof target - 1) > 0 &&
            strncmp(target, "socket:", 7) == 0) {
            count++;
            *last = atoi(entry->d_name);
        }
    }
    closedir(folder);
    return count;
}

static inline int open_sockets(void) {
    int last;
    return find_sockets(&last);
}

static inline int open_threads(void) {
    DIR *folder = opendir("/proc/self/task");
    int count = entries(folder) - 2; // "." and ".."
    closedir(folder);
    return count;
}

// Forks. The child runs `body` and exits with the result of its checks; SIGALRM kills it if it hangs.
static inline pid_t in_child(void (*body)(void *), void *argument) {
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        check_lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
        check_failures = 0;
        body(argument);
        _exit(check_failures != 0);
    }
    return child;
}

// The exit code of a child, or its signal, negated.
static inline int result_of(pid_t child) {
    int status = 0;
    CHECK_INT(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static inline void run_in_child(void (*body)(void *), void *argument) {
    CHECK_INT(result_of(in_child(body, argument)), 0);
}

// Waits until the thread is inside the given system call.
static inline int wait_for_syscall(pid_t thread, long wanted) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/syscall", (int)thread);
    for (double end = now_ms() + 10000; now_ms() < end; sched_yield()) {
        char line[128] = "";
        FILE *file = fopen(path, "r");
        if (file != NULL) {
            if (fgets(line, sizeof line, file) == NULL) {
                line[0] = '\0';
            }
            fclose(file);
        }
        char *end_of_number;
        long current = strtol(line, &end_of_number, 10);
        if (end_of_number != line && current == wanted) {
            return 1;
        }
    }
    return 0;
}

#endif
