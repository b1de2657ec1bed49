#include <authlete_fail.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* [reason] */
/* The state of the end user's session. */
struct session {
    const char *subject; /* NULL: no user is logged in */
    time_t login_time;
    const char *acr;     /* never NULL */
    bool has_consented;  /* to all requested scopes */
};

/* Gets the string at a JSON Pointer. A string that does not fit becomes "", which equals no subject
   and no acr. */
static bool get_string(const authlete_fail_reply *reply, const char *pointer, char *out,
                       size_t size) {
    return authlete_fail_reply_get(reply, pointer, out, size, NULL) ==
           AUTHLETE_FAIL_JSON_TYPE_STRING;
}

/* Gets a number. Numbers are given as text. */
static long get_number(const authlete_fail_reply *reply, const char *pointer) {
    char text[24];
    authlete_fail_reply_get(reply, pointer, text, sizeof text, NULL);
    return strtol(text, NULL, 10); /* 0 if there is no such value */
}

static bool is_true(const authlete_fail_reply *reply, const char *pointer) {
    char text[8];
    return authlete_fail_reply_get(reply, pointer, text, sizeof text, NULL) ==
               AUTHLETE_FAIL_JSON_TYPE_BOOLEAN && strcmp(text, "true") == 0;
}

/* Returns whether the array `acrs` contains `acr`. */
static bool is_requested_acr(const authlete_fail_reply *reply, const char *acr) {
    char pointer[24], requested[256];
    for (int i = 0;; i++) {
        snprintf(pointer, sizeof pointer, "/acrs/%d", i);
        if (!get_string(reply, pointer, requested, sizeof requested)) return false;
        if (strcmp(requested, acr) == 0) return true;
    }
}

/* Returns the reason to fail a prompt=none request, or NULL to issue the code. `reply` is that of
   /auth/authorization. */
static const char *reason(const authlete_fail_reply *reply, const struct session *session,
                          time_t now) {
    char subject[256];
    if (session->subject == NULL) return AUTHLETE_FAIL_AUTHORIZATION_REASON_NOT_LOGGED_IN;
    long max_age = get_number(reply, "/maxAge");
    if (max_age != 0 && now - session->login_time > max_age)
        return AUTHLETE_FAIL_AUTHORIZATION_REASON_EXCEEDS_MAX_AGE;
    if (get_string(reply, "/subject", subject, sizeof subject) &&
        strcmp(subject, session->subject) != 0)
        return AUTHLETE_FAIL_AUTHORIZATION_REASON_DIFFERENT_SUBJECT;
    if (is_true(reply, "/acrEssential") && !is_requested_acr(reply, session->acr))
        return AUTHLETE_FAIL_AUTHORIZATION_REASON_ACR_NOT_SATISFIED;
    if (!session->has_consented) return AUTHLETE_FAIL_AUTHORIZATION_REASON_CONSENT_REQUIRED;
    return NULL;
}
/* [/reason] */

/* The argument is the query of the authorization request. */
int main(int argc, char **argv) {
    if (argc != 2) return 2;
    const time_t now = time(NULL);
    /* Each session fails one more check than the previous one. */
    const struct session sessions[] = {
        {.subject = "john", .login_time = now, .acr = "silver", .has_consented = true},
        {.subject = "john", .login_time = now, .acr = "silver"},
        {.subject = "john", .login_time = now, .acr = "bronze"},
        {.subject = "mary", .login_time = now, .acr = "bronze"},
        {.subject = "mary", .login_time = now - 601, .acr = "bronze"},
        {.subject = NULL},
    };
    authlete_fail_client *client;
    authlete_fail_client_new(NULL, 0, NULL, NULL, &client, NULL);
    char request[1024], ticket[64];
    snprintf(request, sizeof request, "{\"parameters\":\"%s\"}", argv[1]);
    authlete_fail_reply *reply;
    authlete_fail_call(client, "/auth/authorization", request, strlen(request), NULL, 0, &reply);
    authlete_fail_reply_get(reply, "/ticket", ticket, sizeof ticket, NULL);
    const char *last = NULL;
    for (size_t i = 0; i < sizeof sessions / sizeof *sessions; i++) {
        last = reason(reply, &sessions[i], now);
        printf("%s\n", last == NULL ? "issue" : last);
    }
    authlete_fail_reply_free(reply);

    snprintf(request, sizeof request, "{\"ticket\":\"%s\",\"reason\":\"%s\"}", ticket, last);
    authlete_fail_authorization(client, request, strlen(request), &reply);
    printf("HTTP %d\n%s\n", authlete_fail_reply_response_status(reply),
           authlete_fail_reply_response_header_value(reply, 0));
    authlete_fail_reply_free(reply);
    authlete_fail_client_free(client);
}
