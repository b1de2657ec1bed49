// lookup.c: name lookups that hang, in a process that forks or has many clients.

#define _GNU_SOURCE
#include "fault.h"

#include "gate.h"

#include <fcntl.h>

enum { MANY_CLIENTS = 40, MAX_LOOKUPS_OF_HOST = 4, CALLS = 3, LOOKERS = 8, AT_ONCE = 10 };

static authlete_fail_client *client;
static pid_t parent;

// Whether lookups in children hang, as if the resolver had been locked at the fork.
static int hang_in_children;
// The address of every other name; NULL for the address in the hosts file.
static const char *address;

// The library calls this function to look up names. A lookup of hangs.test hangs until the gate opens.
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **result) {
    while (hang_in_children && getpid() != parent) {
        pause();
    }
    if (strcmp(name, "hangs.test") == 0) {
        wait_at_gate();
        return EAI_AGAIN;
    }
    return real_getaddrinfo(address != NULL ? address : name, service, hints, result);
}

// --- a child whose lookups hang ---

// Advances the clock of this process, its parent and its children; see clock.c.
static void advance_clock(int64_t seconds) {
    static int64_t ahead;
    ahead += seconds;
    int file = open(getenv("CLOCK_FILE"), O_WRONLY);
    CHECK_INT(pwrite(file, &ahead, sizeof ahead, 0), sizeof ahead);
    close(file);
}

static void call_often(void *unused) {
    (void)unused;
    for (int i = 0; i < CALLS; i++) {
        good_call(client, 0, i);
    }
}

static void call_and_fork(void *unused) {
    call_often(unused);
    run_in_child(call_often, NULL);
}

static void call_now_and_later(void *unused) {
    call_often(unused);
    advance_clock(31);
    call_often(unused);
}

static void start(void) {
    parent = getpid();
    hang_in_children = 0;
    client = client_of(config);
}

static void end(void) {
    authlete_fail_client_free(client);
}

static void inherit(void) {
    start();
    good_call(client, 1, 0);
    hang_in_children = 1;
    pid_t first = in_child(call_often, NULL), second = in_child(call_often, NULL);
    CHECK_INT(result_of(first), 0);
    CHECK_INT(result_of(second), 0);
    run_in_child(call_and_fork, NULL);
    // The addresses have expired after 30 s.
    advance_clock(31);
    run_in_child(call_often, NULL);
    run_in_child(call_now_and_later, NULL);
    good_call(client, 1, 1);
    end();
}

static void time_out(void *unused) {
    (void)unused;
    authlete_fail_reply *reply = fail_ticket(client, "ticket");
    CHECK_INT(authlete_fail_reply_ticket_state(reply), AUTHLETE_FAIL_TICKET_STATE_UNTOUCHED);
    finish(reply, AUTHLETE_FAIL_STATUS_TIMEOUT);
}

// The address of the host has changed since the parent's first call.
static void inherit_moved(void) {
    start();
    address = "127.0.0.2";
    good_call(client, 1, 0);
    address = "127.0.0.3";
    advance_clock(31);
    good_call(client, 1, 1);
    hang_in_children = 1;
    run_in_child(call_often, NULL);
    end();
}

static void connect_and_call(void *unused) {
    authlete_fail_reply *reply = open_early(client);
    CHECK_INT(authlete_fail_reply_attempts(reply), 1); // the parent's connection is not the child's
    finish(reply, AUTHLETE_FAIL_STATUS_OK);
    call_and_fork(unused);
}

// The parent has made no call, but has opened a connection.
static void inherit_connected(void) {
    start();
    finish(open_early(client), AUTHLETE_FAIL_STATUS_OK);
    hang_in_children = 1;
    run_in_child(call_and_fork, NULL);
    run_in_child(connect_and_call, NULL);
    good_call(client, 1, 0);
    end();
}

// If the parent made no lookup, the child has no addresses.
static void inherit_nothing(void) {
    start();
    hang_in_children = 1;
    run_in_child(time_out, NULL);
    good_call(client, 1, 0);
    end();
}

// --- forks while other threads are inside the C library's resolver ---

static atomic_int is_over;

static void *look_up_until_over(void *name) {
    while (!atomic_load(&is_over)) {
        struct addrinfo *found = NULL;
        CHECK_INT(getaddrinfo(name, NULL, NULL, &found), 0);
        freeaddrinfo(found);
    }
    return NULL;
}

static void call_once(void *unused) {
    (void)unused;
    good_call(client, 0, 0);
}

static void fork_during_lookups(void) {
    pthread_t lookers[LOOKERS];
    pid_t children[AT_ONCE];
    start();
    atomic_store(&is_over, 0);
    good_call(client, 1, 0);
    for (int i = 0; i < LOOKERS; i++) {
        pthread_create(&lookers[i], NULL, look_up_until_over, "authlete.test");
    }
    for (int forked = 0; forked < number; forked += AT_ONCE) {
        for (int i = 0; i < AT_ONCE; i++) {
            children[i] = in_child(call_once, NULL);
        }
        for (int i = 0; i < AT_ONCE; i++) {
            CHECK_INT(result_of(children[i]), 0);
        }
    }
    atomic_store(&is_over, 1);
    for (int i = 0; i < LOOKERS; i++) {
        pthread_join(lookers[i], NULL);
    }
    end();
}

// --- many clients whose lookups hang ---

// A joined thread may still be listed for a moment.
static int settles_at(int most_threads) {
    for (double end = now_ms() + 5000; now_ms() < end; sched_yield()) {
        if (open_threads() <= most_threads) {
            return 1;
        }
    }
    return 0;
}

static void *hang_and_free(void *unused) {
    authlete_fail_client *hanging =
        client_of("{\"baseUrl\":\"http://hangs.test:9\",\"allowInsecureHttp\":true,"
                  "\"serviceId\":\"1\",\"accessToken\":\"t\",\"timeoutMs\":30}");
    authlete_fail_reply *reply = fail_ticket(hanging, "ticket");
    CHECK_INT(authlete_fail_reply_ticket_state(reply), AUTHLETE_FAIL_TICKET_STATE_UNTOUCHED);
    finish(reply, AUTHLETE_FAIL_STATUS_TIMEOUT);
    authlete_fail_client_free(hanging);
    return unused;
}

static void call_with_new_client(void *unused) {
    (void)unused;
    authlete_fail_client *made = client_of(config);
    good_call(made, 0, 0);
    authlete_fail_client_free(made);
}

static void hang_many(void) {
    pthread_t callers[MANY_CLIENTS];
    CHECK_INT(pipe(gate), 0);
    for (int i = 0; i < MANY_CLIENTS; i++) {
        hang_and_free(NULL);
        CHECK(open_threads() <= 1 + MAX_LOOKUPS_OF_HOST);
    }
    for (int i = 0; i < MANY_CLIENTS; i++) {
        pthread_create(&callers[i], NULL, hang_and_free, NULL);
    }
    for (int i = 0; i < MANY_CLIENTS; i++) {
        pthread_join(callers[i], NULL);
    }
    CHECK(open_threads() > 1);
    CHECK(settles_at(1 + MAX_LOOKUPS_OF_HOST));
    // Meanwhile, lookups of other hosts succeed, as do all lookups in a child, which has none of
    // these threads.
    call_with_new_client(NULL);
    run_in_child(call_with_new_client, NULL);
    close(gate[1]);
    CHECK(settles_at(1));
    close(gate[0]);
    call_with_new_client(NULL);
}

static const struct mode MODES[] = {
    {"inherit", inherit},
    {"inherit-moved", inherit_moved},
    {"inherit-connected", inherit_connected},
    {"inherit-nothing", inherit_nothing},
    {"fork-during-lookups", fork_during_lookups},
    {"hang-many", hang_many},
};

int main(int count, char **arguments) {
    return RUN_IN_FRAME(MODES, count, arguments);
}
