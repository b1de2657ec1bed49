// idle.c: several idle connections of one client. NUMBER: the number of connections. The server
// responds to that many calls at once.

#define _GNU_SOURCE
#include "fault.h"

#include <sys/resource.h>

enum { MAX_CONNECTIONS = 64, PAUSE_S = 16 };

static authlete_fail_client *client;
static int expected_attempts;

static void *call_once(void *caller) {
    static atomic_int calls;
    authlete_fail_reply *reply =
        good_reply(client, (int)(size_t)caller, atomic_fetch_add(&calls, 1));
    CHECK_INT(authlete_fail_reply_attempts(reply), expected_attempts);
    finish(reply, AUTHLETE_FAIL_STATUS_OK);
    return NULL;
}

static void call_at_once(int count, int attempts) {
    pthread_t threads[MAX_CONNECTIONS];
    CHECK(count <= MAX_CONNECTIONS);
    expected_attempts = attempts;
    for (int i = 0; i < count; i++) {
        CHECK_INT(pthread_create(&threads[i], NULL, call_once, (void *)(size_t)i), 0);
    }
    for (int i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
}

// The server drops the packets of the connections of the first calls.
static void vanish(void) {
    client = client_of(config);
    call_at_once(number, 1);
    call_at_once(1, 2);
    CHECK_INT(statistic(client, "retries"), 1);
    CHECK_INT(statistic(client, "failed"), 1);
    CHECK_INT(statistic(client, "discarded"), number - 1);
    CHECK_INT(statistic(client, "idle"), 1);
    call_at_once(number, 1);
    authlete_fail_client_free(client);
}

// Long enough for keep-alive probes. The only context switch is that of sleep.
static void rest(void) {
    struct rusage before, after;
    client = client_of(config);
    call_at_once(number, 1);
    CHECK_INT(open_sockets(), number);
    DIR *tasks = opendir("/proc/self/task");
    wait_for_threads(tasks, 1 + 2); // a joined thread may still be listed, and "." and ".." always are
    closedir(tasks);
    getrusage(RUSAGE_SELF, &before);
    sleep(PAUSE_S);
    getrusage(RUSAGE_SELF, &after);
    CHECK_INT(open_threads(), 1);
    CHECK_INT(after.ru_nvcsw - before.ru_nvcsw, 1);
    CHECK_INT(open_sockets(), number);
    call_at_once(number, 1);
    authlete_fail_client_free(client);
}

static const struct mode MODES[] = {
    {"vanish", vanish},
    {"rest", rest},
};

int main(int count, char **arguments) {
    return RUN_IN_FRAME(MODES, count, arguments);
}
