// calls.c: the claims of the header's preamble that need a server: a reply outlives its client,
// threads share both, shutdown aborts a call, no SIGPIPE, log lines and errors without secrets.

#define _POSIX_C_SOURCE 200809L

#include "reply.h"
#include "peer.h"

#include <pthread.h>
#include <signal.h>

#define TOKEN "access-t0ken-C4NARY"
#define TICKET "t1cket-C4NARY"
#define UPSTREAM "upstream-t3xt-C4NARY"
#define REQUEST "{\"ticket\":\"" TICKET "\",\"reason\":\"DENIED\"}"
#define LOCATION "https://client.example/cb?error=access_denied"
#define DELIVERED \
    "{\"resultCode\":\"A060306\",\"resultMessage\":\"" UPSTREAM "\",\"action\":\"LOCATION\"," \
    "\"responseContent\":\"" LOCATION "\"}"

enum { THREADS = 8, ROUNDS = 20 };

static authlete_fail_client *new_client(int port, authlete_fail_log_fn log, void *log_context) {
    char config[256];
    authlete_fail_client *client = NULL;
    snprintf(config, sizeof config,
             "{\"baseUrl\":\"http://127.0.0.1:%d\",\"serviceId\":\"1\",\"accessToken\":\"" TOKEN
             "\",\"timeoutMs\":20000,\"logLevel\":\"debug\"}",
             port);
    CHECK_INT(authlete_fail_client_new(config, strlen(config), log, log_context, &client, NULL),
              AUTHLETE_FAIL_STATUS_OK);
    return client;
}

static authlete_fail_reply *call(const authlete_fail_client *client, const char *request) {
    authlete_fail_reply *reply = uninitialised();
    authlete_fail_status status =
        authlete_fail_authorization(client, request, strlen(request), &reply);
    CHECK_INT(authlete_fail_reply_status(reply), status);
    return reply;
}

static void check_delivered(const authlete_fail_reply *reply) {
    CHECK_TEXT(authlete_fail_reply_error(reply, NULL), "");
    CHECK_INT(authlete_fail_reply_outcome(reply), AUTHLETE_FAIL_OUTCOME_DELIVERED);
    CHECK_INT(authlete_fail_reply_ticket_state(reply), AUTHLETE_FAIL_TICKET_STATE_CONSUMED);
    CHECK_INT(authlete_fail_reply_attempts(reply), 1);
    CHECK_INT(authlete_fail_reply_http_status(reply), 200);
    CHECK_TEXT(authlete_fail_reply_json(reply, NULL), DELIVERED);
    CHECK_TEXT(authlete_fail_reply_action(reply, NULL), "LOCATION");
    CHECK_TEXT(authlete_fail_reply_result_code(reply, NULL), "A060306");
    CHECK_TEXT(authlete_fail_reply_request_id(reply, NULL), "request-1");
    CHECK_INT(authlete_fail_reply_response_status(reply), 302);
    CHECK_TEXT(authlete_fail_reply_response_header_name(reply, 0), "Location");
    CHECK_TEXT(authlete_fail_reply_response_header_value(reply, 0), LOCATION);
    CHECK_TEXT(authlete_fail_reply_response_body(reply, NULL), "");
    check_texts(reply);
}

static void test_reply_outlives_client(void) {
    peer server;
    peer_start(&server, "200 OK", DELIVERED);
    authlete_fail_client *client = new_client(server.port, NULL, NULL);
    authlete_fail_reply *first = call(client, REQUEST);
    authlete_fail_reply *second = call(client, REQUEST);
    authlete_fail_client_free(client);
    check_delivered(second);
    finish(second, AUTHLETE_FAIL_STATUS_OK);
    check_delivered(first);
    finish(first, AUTHLETE_FAIL_STATUS_OK);
    peer_stop(&server);
}

struct sharing {
    const authlete_fail_client *client;
    const authlete_fail_reply *reply;
};

static void *share(void *argument) {
    const struct sharing *shared = argument;
    for (int i = 0; i < ROUNDS; i++) {
        check_delivered(shared->reply);
        authlete_fail_reply *own = call(shared->client, REQUEST);
        check_delivered(own);
        finish(own, AUTHLETE_FAIL_STATUS_OK);
    }
    return NULL;
}

// Uses the smallest stack that the header allows.
static void test_threads_share(void) {
    peer server;
    peer_start(&server, "200 OK", DELIVERED);
    authlete_fail_client *client = new_client(server.port, NULL, NULL);
    authlete_fail_reply *reply = call(client, REQUEST);
    struct sharing shared = {client, reply};
    pthread_attr_t small;
    pthread_t threads[THREADS];
    pthread_attr_init(&small);
    CHECK_INT(pthread_attr_setstacksize(&small, 128 * 1024), 0);
    for (int i = 0; i < THREADS; i++) {
        CHECK_INT(pthread_create(&threads[i], &small, share, &shared), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_attr_destroy(&small);
    finish(reply, AUTHLETE_FAIL_STATUS_OK);
    authlete_fail_client_free(client);
    peer_stop(&server);
}

static void test_refused_connection(void) {
    authlete_fail_client *client = new_client(peer_closed_port(), NULL, NULL);
    authlete_fail_reply *reply = call(client, REQUEST);
    CHECK_INT(authlete_fail_reply_ticket_state(reply), AUTHLETE_FAIL_TICKET_STATE_UNTOUCHED);
    CHECK_INT(authlete_fail_reply_attempts(reply), 1);
    CHECK_INT(authlete_fail_reply_http_status(reply), 0);
    check_safe_response(reply);
    finish(reply, AUTHLETE_FAIL_STATUS_CONNECT);
    authlete_fail_client_free(client);
}

static void *call_until_shutdown(void *client) {
    authlete_fail_reply *reply = call(client, REQUEST);
    CHECK_INT(authlete_fail_reply_ticket_state(reply), AUTHLETE_FAIL_TICKET_STATE_UNKNOWN);
    check_safe_response(reply);
    finish(reply, AUTHLETE_FAIL_STATUS_SHUTDOWN);
    return NULL;
}

static void test_shutdown_ends_a_call(void) {
    char request[PEER_REQUEST_LEN];
    int port;
    int listener = peer_listen(&port);
    authlete_fail_client *client = new_client(port, NULL, NULL);
    pthread_t caller;
    pthread_create(&caller, NULL, call_until_shutdown, client);
    int connection = accept(listener, NULL, NULL);
    CHECK(connection >= 0);
    CHECK(peer_read_request(connection, request, sizeof request) > 0);
    CHECK(strstr(request, REQUEST) != NULL);
    authlete_fail_client_shutdown(client); // the API response never arrives
    pthread_join(caller, NULL);
    close(connection);

    authlete_fail_client_shutdown(client);
    authlete_fail_reply *reply = call(client, REQUEST);
    CHECK_INT(authlete_fail_reply_ticket_state(reply), AUTHLETE_FAIL_TICKET_STATE_UNTOUCHED);
    CHECK_INT(authlete_fail_reply_attempts(reply), 0);
    check_safe_response(reply);
    finish(reply, AUTHLETE_FAIL_STATUS_SHUTDOWN);
    CHECK(!peer_has_connection(listener));
    authlete_fail_client_free(client);
    close(listener);
}

static void *close_every_connection(void *listener) {
    int connection;
    while ((connection = accept(*(const int *)listener, NULL, NULL)) >= 0) {
        close(connection);
    }
    return NULL;
}

// The peer has closed the connection, so its kernel responds to the first bytes with RST. Writing
// more then raises SIGPIPE, unless the program prevents it.
static void test_no_sigpipe(void) {
    static char request[100 * 1024];
    const char start[] = "{\"reason\":\"DENIED\",\"ticket\":\"" TICKET;
    memset(request, 'x', sizeof request);
    memcpy(request, start, strlen(start));
    memcpy(request + sizeof request - 3, "\"}", 3);
    signal(SIGPIPE, SIG_DFL);
    int port;
    int listener = peer_listen(&port);
    pthread_t other;
    pthread_create(&other, NULL, close_every_connection, &listener);
    authlete_fail_client *client = new_client(port, NULL, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        authlete_fail_reply *reply = call(client, request);
        check_safe_response(reply);
        finish(reply, AUTHLETE_FAIL_STATUS_NETWORK);
    }
    authlete_fail_client_free(client);
    shutdown(listener, SHUT_RDWR);
    pthread_join(other, NULL);
    close(listener);
}

// The lines that the log callback received.
struct lines {
    pthread_mutex_t lock;
    int count;
    int calls;
};

static void take_line(void *context, int32_t level, const char *line, size_t len) {
    struct lines *lines = context;
    CHECK(level >= AUTHLETE_FAIL_LOG_LEVEL_ERROR && level <= AUTHLETE_FAIL_LOG_LEVEL_DEBUG);
    CHECK_INT(strlen(line), len);
    CHECK(len > 0 && strpbrk(line, "\r\n") == NULL);
    CHECK(strstr(line, TOKEN) == NULL);
    CHECK(strstr(line, TICKET) == NULL);
    CHECK(strstr(line, UPSTREAM) == NULL);
    CHECK(strstr(line, LOCATION) == NULL);
    pthread_mutex_lock(&lines->lock);
    lines->count++;
    lines->calls += strstr(line, "authorization: ") != NULL;
    pthread_mutex_unlock(&lines->lock);
}

static void test_response_is_not_quoted(const char *http_status, const char *json,
                                        authlete_fail_status expected, struct lines *lines) {
    peer server;
    peer_start(&server, http_status, json);
    authlete_fail_client *client = new_client(server.port, take_line, lines);
    int calls = lines->calls;
    authlete_fail_reply *reply = call(client, REQUEST);
    CHECK_INT(lines->calls, calls + 1);
    CHECK(strstr(authlete_fail_reply_error(reply, NULL), "C4NARY") == NULL);
    CHECK(strstr(authlete_fail_reply_error_json(reply, NULL), "C4NARY") == NULL);
    if (expected != AUTHLETE_FAIL_STATUS_OK) {
        check_safe_response(reply);
    }
    finish(reply, expected);
    authlete_fail_client_free(client);
    peer_stop(&server);
}

static void test_errors_and_log_contain_no_secrets(void) {
    struct lines lines = {PTHREAD_MUTEX_INITIALIZER, 0, 0};
    static const struct {
        const char *http_status, *json;
        authlete_fail_status expected;
    } responses[] = {
        {"200 OK", DELIVERED, AUTHLETE_FAIL_STATUS_OK},
        {"200 " UPSTREAM, "{\"action\":\"" UPSTREAM "\"}", AUTHLETE_FAIL_STATUS_OK},
        {"200 OK", "{\"action\":\"LOCATION\",\"responseContent\":\"" UPSTREAM " \"}",
         AUTHLETE_FAIL_STATUS_PROTOCOL},
        {"200 OK", "{\"action\":\"FORM\",\"responseContent\":\"" UPSTREAM "\\u0000\"}",
         AUTHLETE_FAIL_STATUS_PROTOCOL},
        {"200 OK", "{\"action\":\"FORM\",\"" UPSTREAM "\":1}", AUTHLETE_FAIL_STATUS_PROTOCOL},
        {"200 OK", UPSTREAM, AUTHLETE_FAIL_STATUS_PROTOCOL},
        {"200 OK", "{\"action\":\"" UPSTREAM, AUTHLETE_FAIL_STATUS_PROTOCOL},
        {"302 " UPSTREAM, "{\"action\":\"" UPSTREAM "\"}", AUTHLETE_FAIL_STATUS_HTTP},
        {"400 " UPSTREAM, "{\"resultCode\":\"" UPSTREAM "\",\"resultMessage\":\"" TICKET "\"}",
         AUTHLETE_FAIL_STATUS_HTTP},
        {"401 " UPSTREAM, "{\"resultCode\":\"A001203\",\"resultMessage\":\"" TOKEN "\"}",
         AUTHLETE_FAIL_STATUS_HTTP},
        {"500 " UPSTREAM, UPSTREAM, AUTHLETE_FAIL_STATUS_HTTP},
        {UPSTREAM, UPSTREAM, AUTHLETE_FAIL_STATUS_PROTOCOL},
    };
    for (size_t i = 0; i < sizeof responses / sizeof responses[0]; i++) {
        test_response_is_not_quoted(responses[i].http_status, responses[i].json,
                                    responses[i].expected, &lines);
    }
    CHECK(lines.count >= lines.calls);
}

int main(void) {
    test_reply_outlives_client();
    test_threads_share();
    test_refused_connection();
    test_shutdown_ends_a_call();
    test_no_sigpipe();
    test_errors_and_log_contain_no_secrets();
    return check_result("calls");
}
