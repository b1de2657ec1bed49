#include "endpoints.h"

#include <stdlib.h>
#include <string.h>

#include "pages.h"

typedef enum MHD_Result endpoint(struct server *, struct request *);
typedef authlete_fail_status fail_call(const authlete_fail_client *, const char *, size_t,
                                       authlete_fail_reply **);

enum { MOST_WRONG_PASSWORDS = 3 };

static const char NO_SESSION[] =
    "This page has expired, was used already, or another one was opened after it.";

// Stands for the user database. A real server keeps a hash of each password (Argon2id, scrypt), and
// computes and compares one in constant time for unknown users too.
static bool is_password_of(const char *username, const char *password) {
    bool is_name = text_is_same("john", username);
    bool is_password = text_is_same("secret", password);
    return is_name && is_password;
}

// The same for names and passwords in a form.
static bool has_password(const char *form) {
    char *username = text_form_value(form, "username");
    char *password = text_form_value(form, "password");
    bool is_right = username && password && is_password_of(username, password);
    free(username);
    free(password);
    return is_right;
}

// Makes one of the library's calls. The reply is there whatever happens, and is to be freed.
static authlete_fail_reply *fail(const struct server *server, fail_call *call, const char *ticket,
                                 const char *reason) {
    authlete_fail_reply *reply;
    cJSON *document = cJSON_CreateObject();
    cJSON_AddStringToObject(document, "ticket", ticket);
    cJSON_AddStringToObject(document, "reason", reason);
    char *json = cJSON_PrintUnformatted(document);
    call(server->failing, json, json ? strlen(json) : 0, &reply);
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
        // A person is looking, and there is no redirect that could be trusted.
        result = send_page(request, (unsigned)authlete_fail_reply_response_status(reply),
                           error_page("The request failed."));
    }
    authlete_fail_reply_free(reply);
    return result;
}

// Fails a request that an OAuth client made by itself.
static enum MHD_Result fail_client(const struct server *server, const struct request *request,
                                   fail_call *call, const char *ticket, const char *reason) {
    authlete_fail_reply *reply = fail(server, call, ticket, reason);
    enum MHD_Result result = send_reply(request, reply);
    authlete_fail_reply_free(reply);
    return result;
}

// Takes the session that the cookie and the form's page name; 0 or -1.
static int take_session(const struct server *server, const struct request *request, enum step at,
                        struct session *session) {
    char *page = text_form_value(request_form(request), "page");
    const char *id = request_session_id(request);
    int result = page ? sessions_take(server->sessions, id, page, at, session) : -1;
    free(page);
    return result;
}

// Shows the page of that session, under keys of its own; the session is empty afterwards.
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

// Who asks, for the pages; to be freed, NULL if memory is out.
static char *client_name(const struct request *request, const cJSON *answer) {
    const cJSON *client = cJSON_GetObjectItemCaseSensitive(answer, "client");
    const char *name = authlete_text(client, "clientName");
    return *name ? strdup(name) : text_form_value(request->query, "client_id");
}

static enum MHD_Result authorize(struct server *server, struct request *request) {
    cJSON *document = cJSON_CreateObject();
    cJSON_AddStringToObject(document, "parameters", request->query);
    cJSON *answer = authlete_call(&server->settings, "/auth/authorization", document);
    const char *action = authlete_text(answer, "action");
    const char *ticket = authlete_text(answer, "ticket");
    enum MHD_Result result = MHD_NO;
    if (strcmp(action, "INTERACTION") == 0) {
        struct session session = {STEP_LOGIN, 0, strdup(ticket), client_name(request, answer)};
        if (session.ticket && session.client_name) {
            result = open_session(server, request, &session);
        } else {
            session_clear(&session);
        }
    } else if (strcmp(action, "NO_INTERACTION") == 0) {
        // prompt=none; nobody ever stays logged in here.
        result = fail_authorization(server, request, ticket, "NOT_LOGGED_IN");
    } else {
        result = send_answer(request, answer, true);
    }
    cJSON_Delete(answer);
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
    if (++session.wrong_passwords < MOST_WRONG_PASSWORDS) {
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
    cJSON *answer = authlete_call(&server->settings, "/auth/token", request_of_client(request));
    enum MHD_Result result;
    if (strcmp(authlete_text(answer, "action"), "PASSWORD") != 0) {
        result = send_answer(request, answer, false);
    } else if (is_password_of(authlete_text(answer, "username"),
                              authlete_text(answer, "password"))) {
        result = send_not_implemented(request);
    } else {
        result = fail_client(server, request, authlete_fail_token, authlete_text(answer, "ticket"),
                             "INVALID_RESOURCE_OWNER_CREDENTIALS");
    }
    cJSON_Delete(answer);
    return result;
}

static enum MHD_Result backchannel(struct server *server, struct request *request) {
    cJSON *answer = authlete_call(&server->settings, "/backchannel/authentication",
                                  request_of_client(request));
    enum MHD_Result result;
    if (strcmp(authlete_text(answer, "action"), "USER_IDENTIFICATION") != 0) {
        result = send_answer(request, answer, false);
    } else if (strcmp(authlete_text(answer, "hintType"), "LOGIN_HINT") == 0 &&
               strcmp(authlete_text(answer, "hint"), "john") == 0) {
        result = send_not_implemented(request);
    } else {
        result = fail_client(server, request, authlete_fail_backchannel_authentication,
                             authlete_text(answer, "ticket"), "UNKNOWN_USER_ID");
    }
    cJSON_Delete(answer);
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

enum MHD_Result answer(struct server *server, struct request *request, const char *method,
                       const char *path) {
    for (size_t i = 0; i < sizeof ENDPOINTS / sizeof *ENDPOINTS; i++) {
        if (strcmp(path, ENDPOINTS[i].path) == 0 && strcmp(method, ENDPOINTS[i].method) == 0) {
            return ENDPOINTS[i].call(server, request);
        }
    }
    return send_empty(request, MHD_HTTP_NOT_FOUND);
}
