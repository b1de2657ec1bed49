#include <authlete_fail.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* [reason] */
/* The requirements in the API response of /auth/authorization. */
struct wanted {
    long max_age;        /* in seconds; 0: no limit */
    const char *subject; /* NULL: any user */
    const char *acr;     /* essential; NULL: any */
};

/* The state of the end user's session. */
struct session {
    const char *subject; /* NULL: no user is logged in */
    time_t login_time;
    const char *acr;     /* never NULL */
    bool has_consented;
};

/* Returns the reason to fail a prompt=none request, or NULL to issue the code. */
static const char *reason(const struct wanted *wanted, const struct session *session, time_t now) {
    if (session->subject == NULL) return "NOT_LOGGED_IN";
    if (wanted->max_age != 0 && now - session->login_time > wanted->max_age)
        return "EXCEEDS_MAX_AGE";
    if (wanted->subject != NULL && strcmp(wanted->subject, session->subject) != 0)
        return "DIFFERENT_SUBJECT";
    if (wanted->acr != NULL && strcmp(wanted->acr, session->acr) != 0) return "ACR_NOT_SATISFIED";
    if (!session->has_consented) return "CONSENT_REQUIRED";
    return NULL;
}
/* [/reason] */

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    const time_t now = time(NULL);
    const struct wanted wanted = {.max_age = 600, .subject = "john", .acr = "silver"};
    /* Each session fails one more check than the previous one. */
    const struct session sessions[] = {
        {.subject = "john", .login_time = now, .acr = "silver", .has_consented = true},
        {.subject = "john", .login_time = now, .acr = "silver"},
        {.subject = "john", .login_time = now, .acr = "bronze"},
        {.subject = "mary", .login_time = now, .acr = "bronze"},
        {.subject = "mary", .login_time = now - 601, .acr = "bronze"},
        {.subject = NULL},
    };
    const char *last = NULL;
    for (size_t i = 0; i < sizeof sessions / sizeof *sessions; i++) {
        last = reason(&wanted, &sessions[i], now);
        printf("%s\n", last == NULL ? "issue" : last);
    }

    authlete_fail_client *client;
    authlete_fail_client_new(NULL, 0, NULL, NULL, &client, NULL);
    char request[256];
    snprintf(request, sizeof request, "{\"ticket\":\"%s\",\"reason\":\"%s\"}", argv[1], last);
    authlete_fail_reply *reply;
    authlete_fail_authorization(client, request, strlen(request), &reply);
    printf("HTTP %d\n%s\n", authlete_fail_reply_response_status(reply),
           authlete_fail_reply_response_header_value(reply, 0));
    authlete_fail_reply_free(reply);
    authlete_fail_client_free(client);
}
