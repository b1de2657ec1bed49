// reply.h: the properties that every reply has, as C sees them.

#ifndef REPLY_H
#define REPLY_H

#include "check.h"

#include <authlete_fail.h>
#include <stdint.h>
#include <string.h>

typedef const char *text(const authlete_fail_reply *, size_t *);

// The initial value of an out-parameter; freeing or dereferencing it crashes.
static void *uninitialised(void) {
    void *pointer;
    memset(&pointer, 0xA5, sizeof pointer);
    return pointer;
}

// Text is not NULL, its NUL is where `len` says, and `len` may be NULL.
static void check_texts(const authlete_fail_reply *reply) {
    static text *const texts[] = {
        authlete_fail_reply_error,         authlete_fail_reply_error_json,
        authlete_fail_reply_json,          authlete_fail_reply_action,
        authlete_fail_reply_result_code,   authlete_fail_reply_request_id,
        authlete_fail_reply_diagnostics,   authlete_fail_reply_response_body,
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        size_t len;
        memset(&len, 0xA5, sizeof len);
        const char *bytes = texts[i](reply, &len);
        CHECK(bytes != NULL);
        CHECK_INT(len, strlen(bytes));
        CHECK(texts[i](reply, NULL) == bytes);
    }
    size_t count = authlete_fail_reply_response_header_count(reply);
    CHECK_INT(count, 3);
    for (size_t i = 0; i < count; i++) {
        CHECK(authlete_fail_reply_response_header_name(reply, i)[0] != '\0');
        CHECK(authlete_fail_reply_response_header_value(reply, i)[0] != '\0');
    }
    const size_t outside[] = {count, count + 1, SIZE_MAX / 2, SIZE_MAX};
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        CHECK_TEXT(authlete_fail_reply_response_header_name(reply, outside[i]), "");
        CHECK_TEXT(authlete_fail_reply_response_header_value(reply, outside[i]), "");
    }
}

static void check_safe_response(const authlete_fail_reply *reply) {
    static const char *const headers[][2] = {
        {"Content-Type", "application/json"}, {"Cache-Control", "no-store"}, {"Pragma", "no-cache"}};
    CHECK_INT(authlete_fail_reply_response_status(reply), 500);
    for (size_t i = 0; i < 3; i++) {
        CHECK_TEXT(authlete_fail_reply_response_header_name(reply, i), headers[i][0]);
        CHECK_TEXT(authlete_fail_reply_response_header_value(reply, i), headers[i][1]);
    }
    CHECK_TEXT(authlete_fail_reply_response_body(reply, NULL), "{\"error\":\"server_error\"}");
    check_texts(reply);
}

// Checks the reply to a call that failed, and frees it.
static void check_failed(authlete_fail_reply *reply, authlete_fail_status expected) {
    CHECK(reply != NULL && reply != uninitialised());
    CHECK_INT(authlete_fail_reply_status(reply), expected);
    CHECK_INT(authlete_fail_reply_outcome(reply), AUTHLETE_FAIL_OUTCOME_NO_API_RESPONSE);
    CHECK(authlete_fail_reply_error(reply, NULL)[0] != '\0');
    CHECK(authlete_fail_reply_error_json(reply, NULL)[0] != '\0');
    check_safe_response(reply);
    authlete_fail_reply_free(reply);
}

#endif
