// stats.c: the statistics of a client that threads or processes share.

#define _GNU_SOURCE
#include "fault.h"

#include "../../c/peer.h"

enum { THREADS = 8, CHILDREN = 3 };

static authlete_fail_client *client;

static void check_connections(long long opened, long long reused, long long idle, long long in_use) {
    CHECK_INT(statistic(client, "opened"), opened);
    CHECK_INT(statistic(client, "reused"), reused);
    CHECK_INT(statistic(client, "idle"), idle);
    CHECK_INT(statistic(client, "inUse"), in_use);
}

// --- a server that holds its response ---

static void *call_once(void *unused) {
    good_call(client, 0, 0);
    return unused;
}

static void hold_response(void) {
    char text[512], request[PEER_REQUEST_LEN], ticket[64], response[256];
    int port, listener = peer_listen(&port), connection = -1;
    pthread_t caller;
    snprintf(text, sizeof text,
             "{\"baseUrl\":\"http://127.0.0.1:%d\",\"serviceId\":\"1\",\"accessToken\":\"" CANARY "\"}",
             port);
    snprintf(ticket, sizeof ticket, "t-" CANARY "-%d-0-0", (int)getpid());
    snprintf(response, sizeof response,
             "{\"action\":\"LOCATION\",\"responseContent\":\"https://client.example/?state=%s\"}",
             ticket);
    client = client_of(text);
    check_connections(0, 0, 0, 0);
    for (int i = 0; i < 2; i++) {
        pthread_create(&caller, NULL, call_once, NULL);
        connection = i == 0 ? accept(listener, NULL, NULL) : connection;
        CHECK(peer_read_request(connection, request, sizeof request) > 0);
        check_connections(1, i, 0, 1);
        CHECK_INT(statistic(client, "DELIVERED"), i == 0 ? -1 : 1);
        peer_respond(connection, "200 OK", response);
        pthread_join(caller, NULL);
        check_connections(1, i, 1, 0);
        CHECK_INT(statistic(client, "DELIVERED"), i + 1);
    }
    authlete_fail_client_shutdown(client);
    check_connections(1, 1, 0, 0);
    CHECK_INT(statistic(client, "discarded"), 1);
    authlete_fail_client_free(client);
    close(connection);
    close(listener);
}

// --- threads ---

static atomic_int attempts, retries, running;

static void *call_often(void *caller) {
    for (int i = 0; i < number; i++) {
        char ticket[64];
        snprintf(ticket, sizeof ticket, "t-" CANARY "-%d-%d-%d", (int)getpid(),
                 (int)(size_t)caller, i);
        authlete_fail_reply *reply = fail_ticket(client, ticket);
        int made = authlete_fail_reply_attempts(reply);
        atomic_fetch_add(&attempts, made);
        atomic_fetch_add(&retries, made > 1);
        authlete_fail_reply_free(reply);
    }
    atomic_fetch_sub(&running, 1);
    return NULL;
}

// The sum of the numbers in the object `calls`, which ends at "}}".
static long long all_calls(void) {
    char stats[STATS_LEN];
    long long sum = 0;
    read_stats(client, stats);
    char *end = strstr(stats, "}}");
    CHECK(end != NULL);
    for (char *colon = stats; end != NULL && (colon = strchr(colon, ':')) < end; colon++) {
        sum += strtoll(colon + 1, NULL, 10);
    }
    return sum;
}

static long long all_closed(void) {
    static const char *const reasons[] = {"idleTimeout", "age",    "byServer", "notReusable",
                                          "surplus",     "failed", "discarded"};
    long long sum = 0;
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        sum += statistic(client, reasons[i]);
    }
    return sum;
}

static void call_while_reading(void) {
    pthread_t callers[THREADS];
    long long opened = 0;
    client = client_of(config);
    atomic_store(&attempts, 0);
    atomic_store(&retries, 0);
    atomic_store(&running, THREADS);
    for (size_t i = 0; i < THREADS; i++) {
        pthread_create(&callers[i], NULL, call_often, (void *)i);
    }
    while (atomic_load(&running) > 0) {
        long long now = statistic(client, "opened"), in_use = statistic(client, "inUse");
        CHECK(now >= opened && in_use >= 0 && in_use <= THREADS);
        CHECK(statistic(client, "idle") <= 3); // maxIdleConnections
        opened = now;
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(callers[i], NULL);
    }
    CHECK_INT(all_calls(), (long long)THREADS * number);
    CHECK_INT(statistic(client, "retries"), atomic_load(&retries));
    opened = statistic(client, "opened");
    CHECK_INT(opened + statistic(client, "reused"), atomic_load(&attempts));
    CHECK_INT(opened, statistic(client, "idle") + all_closed());
    CHECK_INT(statistic(client, "inUse"), 0);
    authlete_fail_client_free(client);
}

// --- fork ---

static void read_in_child(void *depth) {
    char stats[STATS_LEN];
    read_stats(client, stats);
    CHECK(strstr(stats, "{\"calls\":{},") == stats);
    CHECK(strpbrk(stats, "123456789") == NULL);
    good_call(client, 0, 0);
    check_connections(1, 0, 1, 0);
    CHECK_INT(statistic(client, "DELIVERED"), 1);
    if (*(int *)depth > 0) {
        --*(int *)depth;
        run_in_child(read_in_child, depth);
    }
    good_call(client, 0, 1);
    check_connections(1, 1, 1, 0);
    CHECK_INT(statistic(client, "DELIVERED"), 2);
}

static void fork_and_read(void) {
    client = client_of(config);
    for (int i = 0; i < 3; i++) {
        good_call(client, 0, i);
    }
    for (int i = 0; i < CHILDREN; i++) {
        int depth = 1;
        run_in_child(read_in_child, &depth);
        check_connections(1, 2, 1, 0);
        CHECK_INT(statistic(client, "DELIVERED"), 3);
    }
    authlete_fail_client_free(client);
}

// --- log callback ---

static void read_in_callback(void *context, int32_t level, const char *line, size_t len) {
    check_line(context, level, line, len);
    if (client != NULL) {
        check_connections(1, 0, 1, 0);
    }
}

static void read_while_logging(void) {
    client = NULL;
    authlete_fail_reply_free(new_client(config, strlen(config), read_in_callback, NULL, &client));
    good_call(client, 0, 0);
    authlete_fail_client_free(client);
}

static const struct mode MODES[] = {
    {"in-use", hold_response},
    {"threads", call_while_reading},
    {"fork", fork_and_read},
    {"callback", read_while_logging},
};

int main(int count, char **arguments) {
    return RUN_IN_FRAME(MODES, count, arguments);
}
