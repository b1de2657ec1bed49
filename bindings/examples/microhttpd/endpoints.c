#include "endpoints.h"

#include <stdlib.h>
#include <string.h>

#include "pages.h"

typedef enum MHD_Result endpoint(struct server *, struct request *);
typedef authlete_fail_status fail_call(const authlete_fail_client *, const char *, size_t,
                                       authlete_fail_reply **);

enum { MAX_WRONG_PASSWORDS = 3 };

static const char NO_SESSION[] =
    "This page has expired, was already used, or was replaced by a page opened later.";

// Replaces the user database. A real server stores password hashes (Argon2id, scrypt). It also
// computes and compares a hash for unknown users, so that response times do not reveal which users
// exist.
static bool is_password_of(const char *username, const char *password) {
    bool is_name = text_equals("john", username);
    bool is_password = text_equals("secret", password);
    return is_name && is_password;
}

// Checks the user name and password in a form.
static bool has_password(const char *form) {
    char *username = text_form_value(form, "username");
    char *password = text_form_value(form, "password");
    bool is_right = username && password && is_password_of(username, password);
    free(username);
    free(password);
    return is_right;
}

// Makes a fail call. The reply is set even if the call fails; the caller frees it.
static authlete_fail_reply *fail(const struct server *server, fail_call *call, const char *ticket,
                                 const char *reason) {
    authlete_fail_reply *reply;
    cJSON *document = cJSON_CreateObject();
    cJSON_AddStringToObject(document, "ticket", ticket);
    cJSON_AddStringToObject(document, "reason", reason);
    char *json = cJSON_PrintUnformatted(document);
    call(server->client, json, json ? strlen(json) : 0, &reply);
    cJSON_free(json);
    cJSON_Delete(document);
    return reply;
}

static enum MHD_Result fail_authorization(const struct server *server,
                                          const struct request *request, const char *ticket,
                                          const char *reason) {
    authlete_fail_reply *reply = fail(server, authlete_fail_authorization, ticket, reason);
    enum MHD_Result result;
    if (authlete_fail_reply_outcome(reply) == AUTHLETE_FAIL_OUTCOME_DELIVERED) {
        result = send_reply(request, reply);
    } else {
        // The end user sees this response, and there is no verified redirect URI.
        result = send_page(request, (unsigned)authlete_fail_reply_response_status(reply),
                           error_page("The request failed."));
    }
    authlete_fail_reply_free(reply);
    return result;
}

// Fails a request that the OAuth client sent directly, not through a browser.
static enum MHD_Result fail_and_send(const struct server *server, const struct request *request,
                                   fail_call *call, const char *ticket, const char *reason) {
    authlete_fail_reply *reply = fail(server, call, ticket, reason);
    enum MHD_Result result = send_reply(request, reply);
    authlete_fail_reply_free(reply);
    return result;
}

// Takes the session that belongs to the cookie and the form. Returns 0 or -1.
static int take_session(const struct server *server, const struct request *request, enum step at,
                        struct session *session) {
    char *page = text_form_value(request_form(request), "page");
    const char *id = request_session_id(request);
    int result = page ? sessions_take(server->sessions, id, page, at, session) : -1;
    free(page);
    return result;
}

// Shows the page of the session, which gets new keys. Clears `*session`.
static enum MHD_Result open_session(const struct server *server, struct request *request,
                                    struct session *session) {
    struct keys keys;
    if (keys_new(&keys) != 0) {
        session_clear(session);
        return MHD_NO;
    }
    struct text page =
        session->at == STEP_LOGIN
            ? login_page(session->client_name, keys.page, session->wrong_passwords > 0)
            : consent_page(session->client_name, keys.page);
    sessions_put(server->sessions, session, &keys);
    request->new_session_id = keys.id;
    enum MHD_Result result = send_page(request, MHD_HTTP_OK, page);
    request->new_session_id = NULL;
    return result;
}

// The name of the OAuth client, for the pages; the caller frees it. NULL if out of memory.
static char *client_name(const struct request *request, const cJSON *api_response) {
    const cJSON *client = cJSON_GetObjectItemCaseSensitive(api_response, "client");
    const char *name = authlete_text(client, "clientName");
    return *name ? strdup(name) : text_form_value(request->query, "client_id");
}

static enum MHD_Result authorize(struct server *server, struct request *request) {
    cJSON *document = cJSON_CreateObject();
    cJSON_AddStringToObject(document, "parameters", request->query);
    cJSON *api_response = authlete_call(&server->settings, "/auth/authorization", document);
    const char *action = authlete_text(api_response, "action");
    const char *ticket = authlete_text(api_response, "ticket");
    enum MHD_Result result = MHD_NO;
    if (strcmp(action, "INTERACTION") == 0) {
        struct session session = {STEP_LOGIN, 0, strdup(ticket),
                                  client_name(request, api_response)};
        if (session.ticket && session.client_name) {
            result = open_session(server, request, &session);
        } else {
            session_clear(&session);
        }
    } else if (strcmp(action, "NO_INTERACTION") == 0) {
        // prompt=none; this server keeps no login sessions.
        result = fail_authorization(server, request, ticket, "NOT_LOGGED_IN");
    } else {
        result = send_api_response(request, api_response, true);
    }
    cJSON_Delete(api_response);
    return result;
}

static enum MHD_Result login(struct server *server, struct request *request) {
    struct session session;
    if (take_session(server, request, STEP_LOGIN, &session) != 0) {
        return send_page(request, MHD_HTTP_BAD_REQUEST, error_page(NO_SESSION));
    }
    if (has_password(request_form(request))) {
        session.at = STEP_CONSENT;
        return open_session(server, request, &session);
    }
    if (++session.wrong_passwords < MAX_WRONG_PASSWORDS) {
        return open_session(server, request, &session);
    }
    enum MHD_Result result =
        fail_authorization(server, request, session.ticket, "NOT_AUTHENTICATED");
    session_clear(&session);
    return result;
}

static enum MHD_Result consent(struct server *server, struct request *request) {
    struct session session;
    if (take_session(server, request, STEP_CONSENT, &session) != 0) {
        return send_page(request, MHD_HTTP_BAD_REQUEST, error_page(NO_SESSION));
    }
    char *decision = text_form_value(request_form(request), "decision");
    enum MHD_Result result = decision && strcmp(decision, "allow") == 0
                                 ? send_not_implemented(request)
                                 : fail_authorization(server, request, session.ticket, "DENIED");
    free(decision);
    session_clear(&session);
    return result;
}

static enum MHD_Result token(struct server *server, struct request *request) {
    cJSON *api_response =
        authlete_call(&server->settings, "/auth/token", request_of_client(request));
    enum MHD_Result result;
    if (strcmp(authlete_text(api_response, "action"), "PASSWORD") != 0) {
        result = send_api_response(request, api_response, false);
    } else if (is_password_of(authlete_text(api_response, "username"),
                              authlete_text(api_response, "password"))) {
        result = send_not_implemented(request);
    } else {
        result = fail_and_send(server, request, authlete_fail_token,
                               authlete_text(api_response, "ticket"),
                               "INVALID_RESOURCE_OWNER_CREDENTIALS");
    }
    cJSON_Delete(api_response);
    return result;
}

static enum MHD_Result backchannel(struct server *server, struct request *request) {
    cJSON *api_response = authlete_call(&server->settings, "/backchannel/authentication",
                                  request_of_client(request));
    enum MHD_Result result;
    if (strcmp(authlete_text(api_response, "action"), "USER_IDENTIFICATION") != 0) {
        result = send_api_response(request, api_response, false);
    } else if (strcmp(authlete_text(api_response, "hintType"), "LOGIN_HINT") == 0 &&
               strcmp(authlete_text(api_response, "hint"), "john") == 0) {
        result = send_not_implemented(request);
    } else {
        result = fail_and_send(server, request, authlete_fail_backchannel_authentication,
                             authlete_text(api_response, "ticket"), "UNKNOWN_USER_ID");
    }
    cJSON_Delete(api_response);
    return result;
}

static const struct {
    const char *method;
    const char *path;
    endpoint *call;
} ENDPOINTS[] = {
    {"GET", "/authorize", authorize},
    {"POST", "/login", login},
    {"POST", "/consent", consent},
    {"POST", "/token", token},
    {"POST", "/backchannel/authentication", backchannel},
};

enum MHD_Result handle_request(struct server *server, struct request *request, const char *method,
                       const char *path) {
    for (size_t i = 0; i < sizeof ENDPOINTS / sizeof *ENDPOINTS; i++) {
        if (strcmp(path, ENDPOINTS[i].path) == 0 && strcmp(method, ENDPOINTS[i].method) == 0) {
            return ENDPOINTS[i].call(server, request);
        }
    }
    return send_empty(request, MHD_HTTP_NOT_FOUND);
}
