// threads.c: one client for many threads, and token rotation while they call.

#define _GNU_SOURCE
#include "fault.h"

enum { THREADS = 64, FEW_THREADS = 4, ROTATORS = 8 };

// --- one client for many threads ---

static authlete_fail_client *client;

static void *call_often(void *caller) {
    for (int i = 0; i < number; i++) {
        good_call(client, (int)(size_t)caller, i);
    }
    return NULL;
}

static void call_in_threads(size_t count) {
    pthread_t threads[THREADS];
    for (size_t i = 0; i < count; i++) {
        pthread_create(&threads[i], NULL, call_often, (void *)i);
    }
    for (size_t i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
}

static void share(void) {
    client = client_of(config);
    call_in_threads(THREADS);
    authlete_fail_client_free(client);
}

// Afterwards one thread calls alone, while there are several idle connections.
static void share_then_call_alone(void) {
    client = client_of(config);
    call_in_threads(FEW_THREADS);
    call_often((void *)(size_t)FEW_THREADS);
    authlete_fail_client_free(client);
}

// --- token rotation, as in the header: swap the pointer, free the client after its last call ---

struct counted {
    authlete_fail_client *client;
    int token;
    int users;
};

static pthread_mutex_t rotation = PTHREAD_MUTEX_INITIALIZER;
static struct counted *current;
static int calls_left;

// The configuration has %d in place of the token's number.
static struct counted *make(int token) {
    char text[8192];
    struct counted *made = calloc(1, sizeof *made);
    char *mark = strstr(config, "%d");
    CHECK(mark != NULL);
    snprintf(text, sizeof text, "%.*s%d%s", (int)(mark - config), config, token, mark + 2);
    made->client = client_of(text);
    made->token = token;
    made->users = 1;
    return made;
}

static void leave(struct counted *used) {
    pthread_mutex_lock(&rotation);
    int is_last = --used->users == 0;
    pthread_mutex_unlock(&rotation);
    if (is_last) {
        authlete_fail_client_free(used->client);
        free(used);
    }
}

static void *call_while_rotating(void *caller) {
    for (int i = 0;; i++) {
        char ticket[64];
        pthread_mutex_lock(&rotation);
        int is_over = calls_left-- <= 0;
        struct counted *used = current;
        used->users++;
        pthread_mutex_unlock(&rotation);
        if (is_over) {
            leave(used);
            return NULL;
        }
        snprintf(ticket, sizeof ticket, "token-%d-%d-%d", used->token, (int)(size_t)caller, i);
        authlete_fail_reply *reply = fail_ticket(used->client, ticket);
        CHECK(is_for(reply, ticket));
        finish(reply, AUTHLETE_FAIL_STATUS_OK);
        leave(used);
    }
}

static void rotate(void) {
    pthread_t threads[ROTATORS];
    int left = number;
    calls_left = number;
    current = make(0);
    for (size_t i = 0; i < ROTATORS; i++) {
        pthread_create(&threads[i], NULL, call_while_rotating, (void *)i);
    }
    for (int token = 1; left > 0; token++) {
        struct counted *next = make(token);
        pthread_mutex_lock(&rotation);
        struct counted *before = current;
        current = next;
        left = calls_left;
        pthread_mutex_unlock(&rotation);
        leave(before);
        usleep(2000); // the interval of the rotation
    }
    for (int i = 0; i < ROTATORS; i++) {
        pthread_join(threads[i], NULL);
    }
    leave(current);
}

static const struct mode MODES[] = {
    {"share", share},
    {"share-then-call-alone", share_then_call_alone},
    {"rotate", rotate},
};

int main(int count, char **arguments) {
    return RUN_IN_FRAME(MODES, count, arguments);
}
