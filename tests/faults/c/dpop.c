// dpop.c: clients with a DPoP key, whose server requires nonces.

#define _GNU_SOURCE
#include "fault.h"

enum { THREADS = 8 };

static authlete_fail_client *client; // shared by the threads of a mode

// Two clients call in turn. The server checks that each uses its own nonces.
static void two_clients(void) {
    authlete_fail_client *first = client_of(config), *second = client_of(config);
    for (int i = 0; i < number; i++) {
        good_call(first, 0, i);
        good_call(second, 1, i);
    }
    authlete_fail_client_free(first);
    authlete_fail_client_free(second);
}

static atomic_int delivered;

static void call_once(int caller, int call) {
    char ticket[64];
    snprintf(ticket, sizeof ticket, "t-%d-%d", caller, call);
    authlete_fail_reply *reply = fail_ticket(client, ticket);
    int32_t attempts = authlete_fail_reply_attempts(reply);
    if (authlete_fail_reply_status(reply) == AUTHLETE_FAIL_STATUS_OK) {
        CHECK(is_for(reply, ticket));
        CHECK(attempts == 1 || attempts == 2);
        atomic_fetch_add(&delivered, 1);
    } else {
        CHECK_INT(authlete_fail_reply_http_status(reply), 401);
        CHECK_INT(attempts, 2);
        CHECK_INT(authlete_fail_reply_ticket_state(reply), AUTHLETE_FAIL_TICKET_STATE_UNTOUCHED);
    }
    authlete_fail_reply_free(reply);
}

static void *call_often(void *caller) {
    for (int i = 0; i < number; i++) {
        call_once((int)(size_t)caller, i);
    }
    return NULL;
}

// Threads call at the same time. Each nonce is accepted once.
static void contend(void) {
    pthread_t threads[THREADS];
    client = client_of(config);
    atomic_store(&delivered, 0);
    for (size_t i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, call_often, (void *)i);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    // Each nonce that is accepted causes at most seven refusals.
    int before = atomic_load(&delivered);
    CHECK(before >= number);
    call_once(THREADS, 0);
    CHECK_INT(atomic_load(&delivered), before + 1);
    authlete_fail_client_free(client);
}

static const struct mode MODES[] = {
    {"two-clients", two_clients},
    {"contend", contend},
};

int main(int count, char **arguments) {
    return RUN_IN_FRAME(MODES, count, arguments);
}
