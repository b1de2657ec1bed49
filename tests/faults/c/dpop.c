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

static void *call_often(void *caller) {
    for (int i = 0; i < number; i++) {
        char ticket[64];
        snprintf(ticket, sizeof ticket, "t-%d-%d", (int)(size_t)caller, i);
        authlete_fail_reply *reply = fail_ticket(client, ticket);
        CHECK(is_for(reply, ticket));
        int32_t attempts = authlete_fail_reply_attempts(reply);
        CHECK(attempts == 1 || attempts == 2);
        authlete_fail_reply_free(reply);
    }
    return NULL;
}

// Threads call at the same time. Each nonce is accepted once, and each call succeeds.
static void contend(void) {
    pthread_t threads[THREADS];
    client = client_of(config);
    for (size_t i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, call_often, (void *)i);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    authlete_fail_client_free(client);
}

static const struct mode MODES[] = {
    {"two-clients", two_clients},
    {"contend", contend},
};

int main(int count, char **arguments) {
    return RUN_IN_FRAME(MODES, count, arguments);
}
