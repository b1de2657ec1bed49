// stray.c: calls back to back on a connection on which something arrives while it is idle: a stray
// response, or the end. The server sends it after the response to a ticket with the number 0.

#define _GNU_SOURCE
#include "fault.h"

#include <poll.h>

enum { LATER_CALLS = 300 };

static const char *config;
static int number;

// The only socket of this process; -1 if there is none.
static int find_socket(void) {
    DIR *folder = opendir("/proc/self/fd");
    struct dirent *entry;
    int found = -1;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char target[64] = "";
        if (readlinkat(dirfd(folder), entry->d_name, target, sizeof target - 1) > 0 &&
            strncmp(target, "socket:", 7) == 0) {
            found = atoi(entry->d_name);
        }
    }
    closedir(folder);
    return found;
}

// Waits until something has arrived on the idle connection, unless the library has closed it.
static void wait_for_arrival(void) {
    struct pollfd idle = {.fd = find_socket(), .events = POLLIN};
    CHECK(idle.fd < 0 || poll(&idle, 1, 10000) == 1);
}

// Each client calls once more as soon as it is there.
static void call_after_arrival(void) {
    for (int i = 0; i < number; i++) {
        authlete_fail_client *client = client_of(config);
        good_call(client, i, 0);
        wait_for_arrival();
        good_call(client, i, 1);
        authlete_fail_client_free(client);
    }
}

// Each client goes on calling; at most one call gets the stray response, none another's.
static void call_on(void) {
    int most = 0, all = 0;
    for (int i = 0; i < number; i++) {
        authlete_fail_client *client = client_of(config);
        int wrong = 0;
        good_call(client, i, 0);
        for (int j = 1; j <= LATER_CALLS; j++) {
            char ticket[64];
            snprintf(ticket, sizeof ticket, "t-%d-%d-%d", (int)getpid(), i, j);
            authlete_fail_reply *reply = fail_ticket(client, ticket);
            wrong += !is_for(reply, ticket);
            finish(reply, AUTHLETE_FAIL_STATUS_OK);
        }
        authlete_fail_client_free(client);
        most = wrong > most ? wrong : most;
        all += wrong;
    }
    printf("wrong responses: %d of %d calls, at most %d of a client\n", all, number * LATER_CALLS,
           most);
    CHECK(most <= 1);
}

int main(int count, char **arguments) {
    if (count != 4) {
        return 2;
    }
    const char *mode = arguments[1];
    config = arguments[2];
    number = atoi(arguments[3]);
    if (strcmp(mode, "arrived") == 0) {
        call_after_arrival();
    } else if (strcmp(mode, "shift") == 0) {
        call_on();
    } else {
        return 2;
    }
    return check_result(mode);
}
