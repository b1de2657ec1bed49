// preamble.c: the claims of the header's preamble that the scenarios cannot check: NULL,
// uninitialised out-parameters, text at the boundary, and lifetimes. tests/scenarios has the rest.

#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "peer.h"
#include "reply.h"

#include <authlete_fail.h>
#include <stdint.h>

#define REQUEST "{\"ticket\":\"t\",\"reason\":\"UNKNOWN\"}"
#define DELIVERED \
    "{\"resultCode\":\"A060306\",\"action\":\"LOCATION\",\"responseContent\":\"https://c.example/\"}"

typedef authlete_fail_status endpoint(const authlete_fail_client *, const char *, size_t,
                                      authlete_fail_reply **);

// Writes a configuration for the server on `port` to `config`, which has 256 bytes.
static const char *config_of(char *config, int port) {
    snprintf(config, 256,
             "{\"baseUrl\":\"http://127.0.0.1:%d\",\"serviceId\":\"1\",\"accessToken\":\"x\"}", port);
    return config;
}

static authlete_fail_client *new_client(int port) {
    char config[256];
    authlete_fail_client *client = uninitialised();
    config_of(config, port);
    CHECK_INT(authlete_fail_client_new(config, strlen(config), NULL, NULL, &client, NULL),
              AUTHLETE_FAIL_STATUS_OK);
    memset(config, 'x', sizeof config); // the library keeps no pointer to it
    return client;
}

static void test_version(void) {
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", AUTHLETE_FAIL_VERSION_MAJOR,
             AUTHLETE_FAIL_VERSION_MINOR, AUTHLETE_FAIL_VERSION_PATCH);
    CHECK_TEXT(AUTHLETE_FAIL_VERSION, version);
    CHECK_TEXT(authlete_fail_version(), version);
}

static void test_no_reply(void) {
    CHECK_INT(authlete_fail_reply_status(NULL), AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
    CHECK_INT(authlete_fail_reply_outcome(NULL), AUTHLETE_FAIL_OUTCOME_NO_API_RESPONSE);
    CHECK_INT(authlete_fail_reply_ticket_state(NULL), AUTHLETE_FAIL_TICKET_STATE_UNKNOWN);
    CHECK_INT(authlete_fail_reply_may_repeat(NULL), 0);
    CHECK_INT(authlete_fail_reply_duration_us(NULL), 0);
    CHECK_INT(authlete_fail_reply_attempts(NULL), 0);
    CHECK_INT(authlete_fail_reply_http_status(NULL), 0);
    CHECK_INT(authlete_fail_reply_retry_after_ms(NULL), -1);
    CHECK_TEXT(authlete_fail_reply_error(NULL, NULL), "no reply");
    CHECK_TEXT(authlete_fail_reply_error_json(NULL, NULL), "");
    CHECK_TEXT(authlete_fail_reply_json(NULL, NULL), "");
    CHECK_TEXT(authlete_fail_reply_action(NULL, NULL), "");
    CHECK_TEXT(authlete_fail_reply_result_code(NULL, NULL), "");
    CHECK_TEXT(authlete_fail_reply_request_id(NULL, NULL), "");
    CHECK_TEXT(authlete_fail_reply_diagnostics(NULL, NULL), "");
    char out[] = "x";
    CHECK_INT(authlete_fail_client_stats(NULL, out, sizeof out), 0);
    CHECK_TEXT(out, "");
    CHECK_INT(authlete_fail_client_stats(NULL, NULL, 0), 0);
    size_t len = SIZE_MAX;
    CHECK_INT(authlete_fail_reply_get(NULL, "", out, sizeof out, &len),
              AUTHLETE_FAIL_JSON_TYPE_ABSENT);
    CHECK_TEXT(out, "");
    CHECK_INT(len, 0);
    CHECK_INT(authlete_fail_reply_get(NULL, NULL, NULL, 0, NULL), AUTHLETE_FAIL_JSON_TYPE_ABSENT);
    check_safe_response(NULL);
    authlete_fail_reply_free(NULL);
    authlete_fail_client_free(NULL);
    authlete_fail_client_shutdown(NULL);
}

static void test_client_new_null(void) {
    char config[256];
    size_t len = strlen(config_of(config, 1));
    authlete_fail_client *client = uninitialised();
    authlete_fail_reply *reply = uninitialised();
    CHECK_INT(authlete_fail_client_new(config, len, NULL, NULL, &client, &reply),
              AUTHLETE_FAIL_STATUS_OK);
    CHECK(client != NULL && client != uninitialised());
    CHECK_INT(authlete_fail_reply_status(reply), AUTHLETE_FAIL_STATUS_OK);
    CHECK_INT(authlete_fail_reply_ticket_state(reply), AUTHLETE_FAIL_TICKET_STATE_NONE);
    CHECK_INT(authlete_fail_reply_attempts(reply), 0);
    CHECK_TEXT(authlete_fail_reply_error(reply, NULL), "");
    CHECK_TEXT(authlete_fail_reply_error_json(reply, NULL), "");
    check_safe_response(reply);
    authlete_fail_reply_free(reply);
    authlete_fail_client_free(client);

    reply = uninitialised();
    CHECK_INT(authlete_fail_client_new(config, len, NULL, NULL, NULL, &reply),
              AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
    CHECK_TEXT(authlete_fail_reply_error(reply, NULL), "argument: \"client\" is NULL");
    check_failed(reply, AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
    CHECK_INT(authlete_fail_client_new(config, len, NULL, NULL, NULL, NULL),
              AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
    CHECK_INT(authlete_fail_client_new(NULL, 1, NULL, NULL, NULL, NULL),
              AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
}

static void test_config_refused(const char *config, size_t len, authlete_fail_status expected) {
    authlete_fail_client *client = uninitialised();
    authlete_fail_reply *reply = uninitialised();
    CHECK_INT(authlete_fail_client_new(config, len, NULL, NULL, &client, &reply), expected);
    CHECK(client == NULL);
    check_failed(reply, expected);

    client = uninitialised();
    CHECK_INT(authlete_fail_client_new(config, len, NULL, NULL, &client, NULL), expected);
    CHECK(client == NULL);
}

static void test_configs(void) {
    test_config_refused("{", 1, AUTHLETE_FAIL_STATUS_INVALID_CONFIG);
    test_config_refused("{\"\xff\":1}", 7, AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
    test_config_refused(NULL, 1, AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
    test_config_refused(NULL, SIZE_MAX, AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
    test_config_refused("{}", SIZE_MAX, AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
}

// A NULL configuration selects the environment.
static void test_environment(void) {
    authlete_fail_client *client = uninitialised();
    unsetenv("AUTHLETE_BASE_URL");
    test_config_refused(NULL, 0, AUTHLETE_FAIL_STATUS_INVALID_CONFIG);
    setenv("AUTHLETE_BASE_URL", "http://127.0.0.1:1", 1);
    setenv("AUTHLETE_SERVICE_APIKEY", "1", 1);
    setenv("AUTHLETE_SERVICE_ACCESSTOKEN", "token", 1);
    CHECK_INT(authlete_fail_client_new(NULL, 0, NULL, NULL, &client, NULL), AUTHLETE_FAIL_STATUS_OK);
    authlete_fail_client_free(client);
}

static void test_refused(endpoint *call, const authlete_fail_client *client, const char *request,
                         size_t len, authlete_fail_status expected) {
    authlete_fail_reply *reply = uninitialised();
    CHECK_INT(call(client, request, len, &reply), expected);
    CHECK_INT(authlete_fail_reply_ticket_state(reply), AUTHLETE_FAIL_TICKET_STATE_UNTOUCHED);
    CHECK_INT(authlete_fail_reply_attempts(reply), 0);
    check_failed(reply, expected);
}

static void test_connect_null(void) {
    int port;
    int listener = peer_listen(&port);
    authlete_fail_client *client = new_client(port);
    authlete_fail_reply *reply = uninitialised();
    CHECK_INT(authlete_fail_client_connect(NULL, &reply), AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
    CHECK_INT(authlete_fail_reply_ticket_state(reply), AUTHLETE_FAIL_TICKET_STATE_NONE);
    CHECK_INT(authlete_fail_reply_attempts(reply), 0);
    check_failed(reply, AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
    CHECK_INT(authlete_fail_client_connect(NULL, NULL), AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
    CHECK(!peer_has_connection(listener));

    // With a NULL `reply`, it opens a connection. The next one finds that connection.
    CHECK_INT(authlete_fail_client_connect(client, NULL), AUTHLETE_FAIL_STATUS_OK);
    CHECK(peer_has_connection(listener));
    reply = uninitialised();
    CHECK_INT(authlete_fail_client_connect(client, &reply), AUTHLETE_FAIL_STATUS_OK);
    CHECK(reply != uninitialised());
    CHECK_INT(authlete_fail_reply_status(reply), AUTHLETE_FAIL_STATUS_OK);
    CHECK_INT(authlete_fail_reply_outcome(reply), AUTHLETE_FAIL_OUTCOME_NO_API_RESPONSE);
    CHECK_INT(authlete_fail_reply_ticket_state(reply), AUTHLETE_FAIL_TICKET_STATE_NONE);
    CHECK_INT(authlete_fail_reply_attempts(reply), 0);
    CHECK_TEXT(authlete_fail_reply_error(reply, NULL), "");
    check_safe_response(reply);
    authlete_fail_client_free(client);
    authlete_fail_reply_free(reply);
    close(listener);
}

static void test_requests(endpoint *call) {
    const authlete_fail_status argument = AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT;
    const char not_utf8[] = "{\"ticket\":\"\xff\"}";
    int port;
    int listener = peer_listen(&port);
    authlete_fail_client *client = new_client(port);
    test_refused(call, client, NULL, 0, AUTHLETE_FAIL_STATUS_INVALID_REQUEST);
    test_refused(call, client, "{\0}", 3, AUTHLETE_FAIL_STATUS_INVALID_REQUEST);
    test_refused(call, client, NULL, 1, argument);
    test_refused(call, client, NULL, SIZE_MAX, argument);
    test_refused(call, client, REQUEST, SIZE_MAX, argument);
    test_refused(call, client, not_utf8, strlen(not_utf8), argument);
    test_refused(call, NULL, REQUEST, strlen(REQUEST), argument);
    test_refused(call, NULL, NULL, 1, argument);
    CHECK_INT(call(client, REQUEST, strlen(REQUEST), NULL), argument);
    CHECK_INT(call(NULL, NULL, 1, NULL), argument);
    CHECK(!peer_has_connection(listener));
    authlete_fail_client_free(client);
    close(listener);
}

static authlete_fail_status general_call(const authlete_fail_client *client, const char *request,
                                         size_t len, authlete_fail_reply **reply) {
    return authlete_fail_call(client, "/auth/token/fail", request, len, NULL, 0, reply);
}

static void test_call_refused(const authlete_fail_client *client, const char *path,
                              const char *options, size_t options_len) {
    authlete_fail_reply *reply = uninitialised();
    CHECK_INT(authlete_fail_call(client, path, REQUEST, strlen(REQUEST), options, options_len, &reply),
              AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
    check_failed(reply, AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
}

static void test_call_arguments(void) {
    const char *path = "/auth/token/fail";
    int port;
    int listener = peer_listen(&port);
    authlete_fail_client *client = new_client(port);
    test_call_refused(client, NULL, NULL, 0);
    test_call_refused(client, "/\xff", NULL, 0);
    test_call_refused(client, path, NULL, 1);
    test_call_refused(client, path, NULL, SIZE_MAX);
    test_call_refused(client, path, "{}", SIZE_MAX);
    test_call_refused(client, path, "{\"\xff\":1}", 7);
    test_call_refused(NULL, NULL, NULL, 1);
    CHECK(!peer_has_connection(listener));
    authlete_fail_client_free(client);
    close(listener);
}

// The caller may change its text as soon as the function has returned.
static void test_text_is_not_kept(void) {
    char request[] = REQUEST;
    authlete_fail_client *client = new_client(peer_closed_port());
    authlete_fail_reply *reply = uninitialised();
    authlete_fail_authorization(client, request, strlen(request), &reply);
    memset(request, 'x', sizeof request);
    authlete_fail_client_free(client);
    CHECK(strstr(authlete_fail_reply_error(reply, NULL), "connect: 127.0.0.1:") != NULL);
    check_failed(reply, AUTHLETE_FAIL_STATUS_CONNECT);
}

static void test_reply_outlives_client(void) {
    peer server;
    authlete_fail_reply *replies[2];
    peer_start(&server, "200 OK", DELIVERED);
    authlete_fail_client *client = new_client(server.port);
    for (int i = 0; i < 2; i++) {
        authlete_fail_authorization(client, REQUEST, strlen(REQUEST), &replies[i]);
    }
    authlete_fail_client_free(client);
    for (int i = 1; i >= 0; i--) {
        CHECK_INT(authlete_fail_reply_status(replies[i]), AUTHLETE_FAIL_STATUS_OK);
        CHECK_TEXT(authlete_fail_reply_json(replies[i], NULL), DELIVERED);
        CHECK_TEXT(authlete_fail_reply_action(replies[i], NULL), "LOCATION");
        CHECK_TEXT(authlete_fail_reply_request_id(replies[i], NULL), "request-1");
        CHECK_TEXT(authlete_fail_reply_response_header_value(replies[i], 0), "https://c.example/");
        check_texts(replies[i]);
        authlete_fail_reply_free(replies[i]);
    }
    peer_stop(&server);
}

int main(void) {
    test_version();
    test_no_reply();
    test_client_new_null();
    test_configs();
    test_environment();
    test_connect_null();
    test_requests(authlete_fail_authorization);
    test_requests(authlete_fail_token);
    test_requests(authlete_fail_backchannel_authentication);
    test_requests(general_call);
    test_call_arguments();
    test_text_is_not_kept();
    test_reply_outlives_client();
    return check_result("preamble");
}
