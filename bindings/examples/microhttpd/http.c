#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "server.h"

// For the server's own pages. It has no form-action, because browsers also apply that to the
// redirect after the form, which leads to the OAuth client.
#define OWN_POLICY "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
// For Authlete's page, whose inline script posts a form to the OAuth client.
#define FORM_POLICY OWN_POLICY "; script-src 'unsafe-inline'"

#define USER \
    "<input name=\"username\" autocomplete=\"username\" required>\n" \
    "<input name=\"password\" type=\"password\" autocomplete=\"current-password\" required>\n"
#define DECISION "<button name=\"decision\" value=\"allow\">Allow</button>\n" \
                 "<button name=\"decision\" value=\"deny\">Deny</button>\n"

static const struct {
    const char *sentence; // after the name of the OAuth client
    const char *action;
    const char *key; // the name of the hidden field
    const char *fields;
} FORMS[] = {
    [STEP_LOGIN] = {"asks you to log in", "/login", "page", USER "<button>Log in</button>\n"},
    [STEP_CONSENT] = {"requests access to your account", "/consent", "page", DECISION},
    [STEP_CIBA] = {"requests access to your account", "/ciba", "request", USER DECISION},
};

bool has_secure_cookies;

// With TLS, the prefix and Secure prevent other hosts from setting the cookie.
static const char *cookie_name(void) { return has_secure_cookies ? "__Host-session" : "session"; }

bool request_session(struct request *request, enum step at, struct session *session) {
    char page[MAX_TEXT];
    const char *name = cookie_name();
    const char *id = MHD_lookup_connection_value(request->connection, MHD_COOKIE_KIND, name);
    form_value(request->body, "page", page);
    request->has_user = true;
    return id && session_take(at, id, page, session);
}

enum MHD_Result send_reply(const struct request *request, const authlete_fail_reply *reply) {
    size_t len;
    const char *body = authlete_fail_reply_response_body(reply, &len);
    // Copied, because the reply is freed before the body is sent.
    struct MHD_Response *response =
        MHD_create_response_from_buffer(len, (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);
    if (!response) return MHD_NO; // closes the connection
    for (size_t i = 0; i < authlete_fail_reply_response_header_count(reply); i++) {
        MHD_add_response_header(response, authlete_fail_reply_response_header_name(reply, i),
                                authlete_fail_reply_response_header_value(reply, i));
    }
    if (strcmp(authlete_fail_reply_action(reply, NULL), "FORM") == 0) {
        MHD_add_response_header(response, "Content-Security-Policy", FORM_POLICY);
    }
    unsigned status = (unsigned)authlete_fail_reply_response_status(reply);
    enum MHD_Result result = MHD_queue_response(request->connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static void print_escaped(FILE *out, const char *text) {
    for (; *text; text++) fprintf(out, strchr("<>&", *text) ? "&#%d;" : "%c", *text);
}

enum MHD_Result send_page(struct request *request, unsigned status, const char *message,
                          const struct session *session) {
    char *page = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&page, &len);
    if (!out) return MHD_NO;
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<title>Example</title>\n<p>", out);
    print_escaped(out, session ? session->client_name : message);
    if (session) {
        fprintf(out, " %s. ", FORMS[session->at].sentence);
        print_escaped(out, session->message);
        fprintf(out, "</p>\n<form method=\"post\" action=\"%s\">\n"
                     "<input type=\"hidden\" name=\"%s\" value=\"%s\">\n%s</form>\n",
                FORMS[session->at].action, FORMS[session->at].key, session->page,
                FORMS[session->at].fields);
    } else {
        fprintf(out, "</p>\n<p>Request ID: %.16s</p>\n", request->id);
    }
    fclose(out);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(len, page, MHD_RESPMEM_MUST_FREE);
    if (!response) return MHD_NO;
    MHD_add_response_header(response, "Content-Type", "text/html;charset=UTF-8");
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "Content-Security-Policy", OWN_POLICY);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (session && session->at != STEP_CIBA) {
        // Strict, so that no other site can make the user's browser post a decision.
        char cookie[MAX_TEXT];
        snprintf(cookie, sizeof cookie, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s",
                 cookie_name(), session->id, has_secure_cookies ? "; Secure" : "");
        MHD_add_response_header(response, "Set-Cookie", cookie);
    }
    request->shows_form = session != NULL;
    enum MHD_Result result = MHD_queue_response(request->connection, status, response);
    MHD_destroy_response(response);
    return result;
}
