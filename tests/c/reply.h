// reply.h: checks that apply to every reply.

#ifndef REPLY_H
#define REPLY_H

#include "check.h"

#include <authlete_fail.h>
#include <stdint.h>
#include <string.h>

typedef authlete_fail_status endpoint(const authlete_fail_client *, const char *, size_t,
                                      authlete_fail_reply **);
typedef const char *text(const authlete_fail_reply *, size_t *);

// The initial value of an out-parameter; freeing or dereferencing it crashes.
static inline void *uninitialised(void) {
    void *pointer;
    memset(&pointer, 0xA5, sizeof pointer);
    return pointer;
}

// Checks that text is not NULL, that its NUL is where `len` says, and that `len` may be NULL.
static inline void check_texts(const authlete_fail_reply *reply) {
    static text *const texts[] = {
        authlete_fail_reply_error,         authlete_fail_reply_error_json,
        authlete_fail_reply_json,          authlete_fail_reply_action,
        authlete_fail_reply_result_code,   authlete_fail_reply_request_id,
        authlete_fail_reply_response_body,
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
    CHECK(count > 0);
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

// Checks for the safe response, which contains nothing from Authlete.
static inline void check_safe_response(const authlete_fail_reply *reply) {
    CHECK_INT(authlete_fail_reply_response_status(reply), 500);
    CHECK_INT(authlete_fail_reply_response_header_count(reply), 3);
    CHECK_TEXT(authlete_fail_reply_response_header_name(reply, 0), "Content-Type");
    CHECK_TEXT(authlete_fail_reply_response_header_value(reply, 0), "application/json");
    CHECK_TEXT(authlete_fail_reply_response_header_name(reply, 1), "Cache-Control");
    CHECK_TEXT(authlete_fail_reply_response_header_value(reply, 1), "no-store");
    CHECK_TEXT(authlete_fail_reply_response_header_name(reply, 2), "Pragma");
    CHECK_TEXT(authlete_fail_reply_response_header_value(reply, 2), "no-cache");
    CHECK_TEXT(authlete_fail_reply_response_body(reply, NULL), "{\"error\":\"server_error\"}");
}

// Frees a reply after checking its status.
static inline void finish(authlete_fail_reply *reply, authlete_fail_status expected) {
    CHECK(reply != NULL && reply != uninitialised());
    CHECK_INT(authlete_fail_reply_status(reply), expected);
    int is_ok = expected == AUTHLETE_FAIL_STATUS_OK;
    CHECK((authlete_fail_reply_error(reply, NULL)[0] == '\0') == is_ok);
    CHECK((authlete_fail_reply_error_json(reply, NULL)[0] == '\0') == is_ok);
    CHECK(strpbrk(authlete_fail_reply_error(reply, NULL), "\r\n") == NULL);
    check_texts(reply);
    authlete_fail_reply_free(reply);
}

#endif
