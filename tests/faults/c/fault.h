// fault.h: what the programs of the fault suite share. Each takes a mode, the configuration of a
// client, and perhaps a number, and ends with 0 if all was as it should be.

#ifndef FAULT_H
#define FAULT_H

#include "../../c/check.h"

#include <authlete_fail.h>
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static inline authlete_fail_client *client_of(const char *config) {
    authlete_fail_client *client = NULL;
    authlete_fail_reply *reply = NULL;
    authlete_fail_client_new(config, strlen(config), NULL, NULL, &client, &reply);
    CHECK_TEXT(authlete_fail_reply_error(reply, NULL), "");
    authlete_fail_reply_free(reply);
    return client;
}

static inline authlete_fail_reply *fail_ticket(const authlete_fail_client *client,
                                               const char *ticket) {
    char request[256];
    authlete_fail_reply *reply = NULL;
    snprintf(request, sizeof request, "{\"ticket\":\"%s\",\"reason\":\"DENIED\"}", ticket);
    authlete_fail_authorization(client, request, strlen(request), &reply);
    return reply;
}

// Whether a delivered answer is the one for `ticket`, which the servers put at its end.
static inline int is_for(const authlete_fail_reply *reply, const char *ticket) {
    const char *location = authlete_fail_reply_response_header_value(reply, 0);
    size_t len = strlen(location), ticket_len = strlen(ticket);
    return len > ticket_len && location[len - ticket_len - 1] == '=' &&
           strcmp(location + len - ticket_len, ticket) == 0;
}

// A call that must succeed, with its own answer. The ticket names process, caller and number.
static inline int good_call(const authlete_fail_client *client, int caller, int number) {
    char ticket[64];
    snprintf(ticket, sizeof ticket, "t-%d-%d-%d", (int)getpid(), caller, number);
    authlete_fail_reply *reply = fail_ticket(client, ticket);
    CHECK_TEXT(authlete_fail_reply_error(reply, NULL), "");
    int is_good = authlete_fail_reply_status(reply) == AUTHLETE_FAIL_STATUS_OK;
    if (is_good) {
        CHECK(is_for(reply, ticket));
    }
    authlete_fail_reply_free(reply);
    return is_good;
}

// Frees a reply that has to have this status.
static inline void finish(authlete_fail_reply *reply, authlete_fail_status expected) {
    CHECK_TEXT(authlete_fail_status_name(authlete_fail_reply_status(reply)),
               authlete_fail_status_name(expected));
    authlete_fail_reply_free(reply);
}

static inline double now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

// How many sockets this process has open.
static inline int open_sockets(void) {
    DIR *folder = opendir("/proc/self/fd");
    struct dirent *entry;
    int count = 0;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char target[64] = "";
        if (readlinkat(dirfd(folder), entry->d_name, target, sizeof target - 1) > 0) {
            count += strncmp(target, "socket:", 7) == 0;
        }
    }
    closedir(folder);
    return count;
}

// Forks; the child runs `body` and ends with what its checks say, or by SIGALRM if it hangs.
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

// What a child ended with: its exit code, or the negated signal.
static inline int result_of(pid_t child) {
    int status = 0;
    CHECK_INT(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

// Waits until the thread is inside the given system call.
static inline int wait_for_syscall(pid_t thread, long number) {
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
        if (end_of_number != line && current == number) {
            return 1;
        }
    }
    return 0;
}

#endif
