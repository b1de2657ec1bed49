// offline.c: the claims of the header's preamble that need no API response: NULL, uninitialised
// out-parameters, text, names, errors without secrets. tests/c/calls.c checks the others.

#define _POSIX_C_SOURCE 200809L

#include "reply.h"
#include "peer.h"

#include <stdlib.h>

// Takes the place of a secret, wherever callers could put one. No error may contain it.
#define CANARY "c4nary7-S3CRET"

#define CONFIG(members) "{\"baseUrl\":\"http://127.0.0.1:1\"," members "}"
#define GOOD_CONFIG CONFIG("\"serviceId\":\"1\",\"accessToken\":\"" CANARY "\"")
#define GOOD_REQUEST "{\"ticket\":\"" CANARY "\",\"reason\":\"UNKNOWN\"}"

static authlete_fail_client *new_client(const char *config) {
    authlete_fail_client *client = NULL;
    CHECK_INT(authlete_fail_client_new(config, strlen(config), NULL, NULL, &client, NULL),
              AUTHLETE_FAIL_STATUS_OK);
    CHECK(client != NULL);
    return client;
}

static void test_names_and_version(void) {
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", AUTHLETE_FAIL_VERSION_MAJOR,
             AUTHLETE_FAIL_VERSION_MINOR, AUTHLETE_FAIL_VERSION_PATCH);
    CHECK_TEXT(AUTHLETE_FAIL_VERSION, version);
    CHECK_TEXT(authlete_fail_version(), version);

    CHECK_TEXT(authlete_fail_status_name(AUTHLETE_FAIL_STATUS_OK), "OK");
    CHECK_TEXT(authlete_fail_status_name(AUTHLETE_FAIL_STATUS_INVALID_REQUEST), "INVALID_REQUEST");
    CHECK_TEXT(authlete_fail_status_name(AUTHLETE_FAIL_STATUS_INTERNAL), "INTERNAL");
    CHECK_TEXT(authlete_fail_outcome_name(AUTHLETE_FAIL_OUTCOME_NO_API_RESPONSE), "NO_API_RESPONSE");
    CHECK_TEXT(authlete_fail_outcome_name(AUTHLETE_FAIL_OUTCOME_UNKNOWN_ACTION), "UNKNOWN_ACTION");
    CHECK_TEXT(authlete_fail_ticket_state_name(AUTHLETE_FAIL_TICKET_STATE_UNKNOWN), "UNKNOWN");
    CHECK_TEXT(authlete_fail_ticket_state_name(AUTHLETE_FAIL_TICKET_STATE_NONE), "NONE");

    static const uint32_t unknown[] = {99, 1000, INT32_MAX - 1, INT32_MAX, UINT32_MAX};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        CHECK_TEXT(authlete_fail_status_name(unknown[i]), "?");
        CHECK_TEXT(authlete_fail_outcome_name(unknown[i]), "?");
        CHECK_TEXT(authlete_fail_ticket_state_name(unknown[i]), "?");
    }
}

static void test_no_reply(void) {
    CHECK_INT(authlete_fail_reply_status(NULL), AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
    CHECK_INT(authlete_fail_reply_outcome(NULL), AUTHLETE_FAIL_OUTCOME_NO_API_RESPONSE);
    CHECK_INT(authlete_fail_reply_ticket_state(NULL), AUTHLETE_FAIL_TICKET_STATE_UNKNOWN);
    CHECK_INT(authlete_fail_reply_attempts(NULL), 0);
    CHECK_INT(authlete_fail_reply_http_status(NULL), 0);
    CHECK_INT(authlete_fail_reply_retry_after_ms(NULL), -1);
    CHECK_TEXT(authlete_fail_reply_error(NULL, NULL), "no reply");
    CHECK_TEXT(authlete_fail_reply_error_json(NULL, NULL), "");
    CHECK_TEXT(authlete_fail_reply_json(NULL, NULL), "");
    CHECK_TEXT(authlete_fail_reply_action(NULL, NULL), "");
    CHECK_TEXT(authlete_fail_reply_result_code(NULL, NULL), "");
    CHECK_TEXT(authlete_fail_reply_request_id(NULL, NULL), "");
    check_texts(NULL);
    check_safe_response(NULL);
    authlete_fail_reply_free(NULL);
    authlete_fail_client_free(NULL);
    authlete_fail_client_shutdown(NULL);
}

static void test_client_new_null(void) {
    authlete_fail_client *client = uninitialised();
    authlete_fail_reply *reply = uninitialised();
    const char *config = GOOD_CONFIG;
    size_t len = strlen(config);

    CHECK_INT(authlete_fail_client_new(config, len, NULL, NULL, &client, &reply),
              AUTHLETE_FAIL_STATUS_OK);
    CHECK(client != NULL && client != uninitialised());
    CHECK_INT(authlete_fail_reply_ticket_state(reply), AUTHLETE_FAIL_TICKET_STATE_NONE);
    CHECK_INT(authlete_fail_reply_attempts(reply), 0);
    CHECK_TEXT(authlete_fail_reply_error(reply, NULL), "");
    CHECK_TEXT(authlete_fail_reply_error_json(reply, NULL), "");
    check_safe_response(reply);
    finish(reply, AUTHLETE_FAIL_STATUS_OK);
    authlete_fail_client_free(client);

    authlete_fail_client_free(new_client(GOOD_CONFIG)); // `reply` NULL

    reply = uninitialised();
    CHECK_INT(authlete_fail_client_new(config, len, NULL, NULL, NULL, &reply),
              AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
    CHECK_TEXT(authlete_fail_reply_error(reply, NULL), "argument: \"client\" is NULL");
    finish(reply, AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
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
    CHECK(strstr(authlete_fail_reply_error(reply, NULL), CANARY) == NULL);
    CHECK(strstr(authlete_fail_reply_error_json(reply, NULL), CANARY) == NULL);
    check_safe_response(reply);
    finish(reply, expected);

    client = uninitialised();
    CHECK_INT(authlete_fail_client_new(config, len, NULL, NULL, &client, NULL), expected);
    CHECK(client == NULL);
}

static void test_configs(void) {
    static const char *const configs[] = {
        " ",
        CANARY,
        "\"" CANARY "\"",
        "[\"" CANARY "\"]",
        "{\"" CANARY,
        "{\"" CANARY "\":1}",
        "{\"accessToken\":\"" CANARY "\"",
        "{\"accessToken\":\"" CANARY "\"} " CANARY,
        "{\"accessToken\":\"" CANARY "\",\"accessToken\":\"" CANARY "\"}",
        "{\"accessToken\":\"" CANARY "\"}",
        "{\"baseUrl\":\"" CANARY "\"}",
        "{\"baseUrl\":\"https://" CANARY "@host\"}",
        "{\"baseUrl\":\"https://host/?" CANARY "\"}",
        "{\"baseUrl\":{\"" CANARY "\":1}}",
        CONFIG("\"serviceId\":\"/" CANARY "\",\"accessToken\":\"x\""),
        CONFIG("\"serviceId\":\"1\",\"accessToken\":\"" CANARY " \""),
        CONFIG("\"serviceId\":\"1\",\"accessToken\":\"" CANARY "\\u0000\""),
        CONFIG("\"serviceId\":\"1\",\"accessToken\":[\"" CANARY "\"]"),
        CONFIG("\"serviceId\":\"1\",\"apiKey\":\"" CANARY "\",\"apiSecret\":\"" CANARY "\""),
        CONFIG("\"apiVersion\":\"" CANARY "\""),
        CONFIG("\"apiVersion\":\"v2\",\"apiKey\":\"" CANARY ":\",\"apiSecret\":\"" CANARY "\""),
        CONFIG("\"serviceId\":\"1\",\"accessToken\":\"" CANARY "\",\"timeoutMs\":\"" CANARY "\""),
        CONFIG("\"serviceId\":\"1\",\"accessToken\":\"" CANARY "\",\"caPem\":\"" CANARY "\""),
        CONFIG("\"serviceId\":\"1\",\"accessToken\":\"" CANARY "\",\"caFile\":\"/" CANARY "\""),
        CONFIG("\"serviceId\":\"1\",\"accessToken\":\"" CANARY "\",\"proxy\":\"" CANARY "\""),
        CONFIG("\"serviceId\":\"1\",\"accessToken\":\"" CANARY "\",\"logLevel\":\"" CANARY "\""),
        CONFIG("\"serviceId\":\"1\",\"accessToken\":\"x\",\"userAgent\":\"\\n" CANARY "\""),
    };
    for (size_t i = 0; i < sizeof configs / sizeof configs[0]; i++) {
        test_config_refused(configs[i], strlen(configs[i]), AUTHLETE_FAIL_STATUS_INVALID_CONFIG);
    }
    test_config_refused("{\0}", 3, AUTHLETE_FAIL_STATUS_INVALID_CONFIG);
    test_config_refused("{\"" CANARY "\xff\":1}", strlen(CANARY) + 7,
                        AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
    test_config_refused(NULL, 1, AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
    test_config_refused(NULL, SIZE_MAX, AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
    test_config_refused(GOOD_CONFIG, SIZE_MAX, AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
}

static void test_environment(void) {
    static const char *const variables[] = {
        "AUTHLETE_BASE_URL",         "AUTHLETE_API_VERSION",         "AUTHLETE_SERVICE_APIKEY",
        "AUTHLETE_SERVICE_APISECRET", "AUTHLETE_SERVICE_ACCESSTOKEN", "AUTHLETE_DPOP_KEY",
        "AUTHLETE_CLIENT_CERTIFICATE"};
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        unsetenv(variables[i]);
    }
    test_config_refused(NULL, 0, AUTHLETE_FAIL_STATUS_INVALID_CONFIG);
    test_config_refused("ignored", 0, AUTHLETE_FAIL_STATUS_INVALID_CONFIG);
    setenv("AUTHLETE_BASE_URL", "http://127.0.0.1:1", 1);
    setenv("AUTHLETE_SERVICE_APIKEY", "1", 1);
    setenv("AUTHLETE_SERVICE_ACCESSTOKEN", "token", 1);
    authlete_fail_client_free(new_client(""));
    setenv("AUTHLETE_DPOP_KEY", CANARY, 1);
    test_config_refused(NULL, 0, AUTHLETE_FAIL_STATUS_INVALID_CONFIG);
    unsetenv("AUTHLETE_DPOP_KEY");
    setenv("AUTHLETE_API_VERSION", CANARY, 1);
    test_config_refused(NULL, 0, AUTHLETE_FAIL_STATUS_INVALID_CONFIG);
}

static void test_refused(endpoint *call, const authlete_fail_client *client, const char *request,
                         size_t len, authlete_fail_status expected) {
    authlete_fail_reply *reply = uninitialised();
    CHECK_INT(call(client, request, len, &reply), expected);
    CHECK_INT(authlete_fail_reply_outcome(reply), AUTHLETE_FAIL_OUTCOME_NO_API_RESPONSE);
    CHECK_INT(authlete_fail_reply_ticket_state(reply), AUTHLETE_FAIL_TICKET_STATE_UNTOUCHED);
    CHECK_INT(authlete_fail_reply_attempts(reply), 0);
    CHECK(strstr(authlete_fail_reply_error(reply, NULL), CANARY) == NULL);
    CHECK(strstr(authlete_fail_reply_error_json(reply, NULL), CANARY) == NULL);
    check_safe_response(reply);
    finish(reply, expected);
}

static void test_requests(endpoint *call) {
    static const char *const requests[] = {
        " ",
        CANARY,
        "\"" CANARY "\"",
        "[\"" CANARY "\"]",
        "\xef\xbb\xbf{\"ticket\":\"" CANARY "\",\"reason\":\"SERVER_ERROR\"}",
        "{\"ticket\":\"" CANARY "\"",
        "{\"ticket\":\"" CANARY "\",\"reason\":\"UNKNOWN\"} " CANARY,
        "{\"ticket\":\"" CANARY "\",\"ticket\":\"" CANARY "\"}",
        "{\"ticket\":[\"" CANARY "\"]}",
        "{\"ticket\":\"\",\"reason\":\"SERVER_ERROR\"}",
        "{\"ticket\":\"" CANARY "\\u0000\",\"reason\":\"SERVER_ERROR\"}",
        "{\"ticket\":\"" CANARY "\\ud800\",\"reason\":\"SERVER_ERROR\"}",
        "{\"ticket\":\"x\",\"reason\":\"" CANARY "\"}",
        "{\"ticket\":\"x\",\"reason\":{\"" CANARY "\":0}}",
        "{\"ticket\":\"" CANARY "\",\"reason\":\"denied\"}",
        "{\"ticket\":\"" CANARY "\",\"reason\":\"\"}",
        "{\"ticket\":\"" CANARY "\",\"reason\":\"UNKNOWN\",\"" CANARY "\":1}",
        "{\"tickets\":\"" CANARY "\",\"reason\":\"UNKNOWN\"}",
        "{\"ticket\":\"" CANARY "\",\"reason\":\"UNKNOWN\",\"description\":{\"" CANARY "\":1}}",
    };
    int port;
    int listener = peer_listen(&port);
    char config[256];
    snprintf(config, sizeof config,
             "{\"baseUrl\":\"http://127.0.0.1:%d\",\"serviceId\":\"1\",\"accessToken\":\"x\"}",
             port);
    authlete_fail_client *client = new_client(config);

    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        test_refused(call, client, requests[i], strlen(requests[i]),
                     AUTHLETE_FAIL_STATUS_INVALID_REQUEST);
    }
    test_refused(call, client, NULL, 0, AUTHLETE_FAIL_STATUS_INVALID_REQUEST);
    test_refused(call, client, "", 0, AUTHLETE_FAIL_STATUS_INVALID_REQUEST);
    test_refused(call, client, "{\0}", 3, AUTHLETE_FAIL_STATUS_INVALID_REQUEST);
    test_refused(call, client, NULL, 1, AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
    test_refused(call, client, NULL, SIZE_MAX, AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
    test_refused(call, client, GOOD_REQUEST, SIZE_MAX, AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
    test_refused(call, client, "{\"ticket\":\"" CANARY "\xff\"}", strlen(CANARY) + 14,
                 AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
    test_refused(call, NULL, GOOD_REQUEST, strlen(GOOD_REQUEST),
                 AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
    test_refused(call, NULL, NULL, 1, AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);

    CHECK_INT(call(client, GOOD_REQUEST, strlen(GOOD_REQUEST), NULL),
              AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
    CHECK_INT(call(NULL, NULL, 1, NULL), AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);

    CHECK(!peer_has_connection(listener));
    authlete_fail_client_free(client);
    close(listener);
}

// The caller may change its text as soon as the function has returned.
static void test_text_is_not_kept(void) {
    char config[] = GOOD_CONFIG, request[] = "{\"ticket\":\"t\",\"reason\":\"UNKNOWN\"}";
    authlete_fail_client *client = new_client(config);
    memset(config, 'x', sizeof config);
    authlete_fail_reply *reply = uninitialised();
    authlete_fail_authorization(client, request, strlen(request), &reply);
    memset(request, 'x', sizeof request);
    authlete_fail_client_free(client);
    CHECK(strstr(authlete_fail_reply_error(reply, NULL), "127.0.0.1:1 ") != NULL);
    finish(reply, AUTHLETE_FAIL_STATUS_CONNECT);
}

int main(void) {
    test_text_is_not_kept();
    test_names_and_version();
    test_no_reply();
    test_client_new_null();
    test_configs();
    test_environment();
    test_requests(authlete_fail_authorization);
    test_requests(authlete_fail_token);
    test_requests(authlete_fail_backchannel_authentication);
    return check_result("offline");
}
