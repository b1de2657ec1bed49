// fork.c: a client that was made and used before fork().

#define _GNU_SOURCE
#include "fault.h"

#include <fcntl.h>
#include <sys/socket.h>

enum { CHILDREN = 6, CALLERS = 8, AT_ONCE = 10, WARMERS = 32, MANY = 64 };

static authlete_fail_client *client; // shared by the functions of a mode

static void start(void) {
    client = client_of(config);
}

static void end(void) {
    authlete_fail_client_free(client);
    CHECK_INT(open_sockets(), 0);
}

static void call_often(void *unused) {
    (void)unused;
    for (int i = 0; i < number; i++) {
        good_call(client, 0, i);
    }
}

// Children and parent call at the same time through a client with an idle connection.
static void share(void) {
    pid_t children[CHILDREN];
    start();
    good_call(client, 0, -1);
    for (int i = 0; i < CHILDREN; i++) {
        children[i] = in_child(call_often, NULL);
    }
    call_often(NULL);
    for (int i = 0; i < CHILDREN; i++) {
        CHECK_INT(result_of(children[i]), 0);
    }
    end();
}

static atomic_int is_over;

static void *call_until_over(void *caller) {
    for (int i = 0; !atomic_load(&is_over); i++) {
        good_call(client, 1 + (int)(size_t)caller, i);
    }
    return NULL;
}

static void call_once(void *unused) {
    (void)unused;
    good_call(client, 0, 0);
}

static void start_callers(pthread_t *callers) {
    atomic_store(&is_over, 0);
    for (size_t i = 0; i < CALLERS; i++) {
        pthread_create(&callers[i], NULL, call_until_over, (void *)i);
    }
}

static void join_callers(pthread_t *callers) {
    atomic_store(&is_over, 1);
    for (int i = 0; i < CALLERS; i++) {
        pthread_join(callers[i], NULL);
    }
}

static void *call_some(void *caller) {
    for (int i = 0; i < 5; i++) {
        good_call(client, 1 + (int)(size_t)caller, -1 - i);
    }
    return NULL;
}

// Opens more connections than the callers need, so that some are always idle at a fork.
static void warm_up(void) {
    pthread_t threads[WARMERS];
    for (int round = 0; round < 100 && open_sockets() < 2 * CALLERS; round++) {
        for (size_t i = 0; i < WARMERS; i++) {
            pthread_create(&threads[i], NULL, call_some, (void *)i);
        }
        for (int i = 0; i < WARMERS; i++) {
            pthread_join(threads[i], NULL);
        }
    }
}

// Forks while other threads make calls. The result -14 means that a child hung until SIGALRM.
static void storm(void) {
    pthread_t callers[CALLERS];
    pid_t children[AT_ONCE];
    start();
    if (strstr(config, "\"maxIdleConnections\":0") == NULL) {
        warm_up();
        CHECK(open_sockets() >= 2 * CALLERS);
    }
    start_callers(callers);
    for (int forked = 0; forked < number; forked += AT_ONCE) {
        for (int i = 0; i < AT_ONCE; i++) {
            children[i] = in_child(call_once, NULL);
        }
        for (int i = 0; i < AT_ONCE; i++) {
            CHECK_INT(result_of(children[i]), 0);
        }
    }
    join_callers(callers);
    end();
}

static void shut_down_and_free(void *makes_call) {
    CHECK_INT(open_sockets(), 1); // the parent's
    if (makes_call != NULL) {
        good_call(client, 0, 0);
        CHECK_INT(open_sockets(), 1); // its own; the parent's is closed
    }
    authlete_fail_client_shutdown(client);
    authlete_fail_client_free(client);
    CHECK_INT(open_sockets(), 0);
}

static void only_free(void *unused) {
    (void)unused;
    authlete_fail_client_free(client);
    CHECK_INT(open_sockets(), 0);
}

// Children do not affect the parent's connection: the server sees only one from this process.
static void leave(void) {
    start();
    good_call(client, 0, 0);
    run_in_child(shut_down_and_free, NULL);
    good_call(client, 0, 1);
    run_in_child(shut_down_and_free, &client);
    good_call(client, 0, 2);
    run_in_child(only_free, NULL);
    good_call(client, 0, 3);
    CHECK_INT(open_sockets(), 1);
    end();
}

// In the child, the descriptor numbers of the parent's sockets refer to another file and socket.
static void strangers(void *makes_call) {
    int pair[2];
    for (int i = 3; i < MANY; i++) {
        close(i);
    }
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    for (int i = 3; i < MANY; i++) {
        if (fcntl(i, F_GETFD) < 0) {
            CHECK_INT(dup2(i % 2 ? pair[0] : STDERR_FILENO, i), i);
        }
    }
    if (makes_call != NULL) {
        good_call(client, 0, 0);
    }
    authlete_fail_client_free(client);
    for (int i = 3; i < MANY; i++) {
        CHECK(fcntl(i, F_GETFD) >= 0);
    }
}

static void leave_strangers(void) {
    start();
    good_call(client, 0, 0);
    run_in_child(strangers, NULL);
    run_in_child(strangers, &client);
    good_call(client, 0, 1);
    end();
}

static void fork_again(void *depth) {
    good_call(client, 1, 0);
    if (*(int *)depth > 0) {
        --*(int *)depth;
        run_in_child(fork_again, depth);
    }
    good_call(client, 1, 1);
    CHECK_INT(open_sockets(), 1);
}

// Each child forks another child.
static void nest(void) {
    int depth = 3;
    start();
    fork_again(&depth);
    end();
}

static void count_sockets(void *unused) {
    (void)unused;
    execl("/proc/self/exe", "sockets", (char *)NULL);
    CHECK(!"exec failed");
}

// A program that is executed during calls inherits no socket.
static void exec_programs(void) {
    pthread_t callers[CALLERS];
    start();
    start_callers(callers);
    for (int i = 0; i < number; i++) {
        run_in_child(count_sockets, NULL);
    }
    join_callers(callers);
    end();
}

static const struct mode MODES[] = {
    {"share", share},
    {"storm", storm},
    {"leave", leave},
    {"strangers", leave_strangers},
    {"nest", nest},
    {"exec", exec_programs},
};

int main(int count, char **arguments) {
    if (strcmp(arguments[0], "sockets") == 0) {
        return open_sockets();
    }
    return RUN_IN_FRAME(MODES, count, arguments);
}
