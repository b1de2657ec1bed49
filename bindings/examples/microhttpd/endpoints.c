#include "endpoints.h"

#include <stdlib.h>
#include <string.h>

#include "pages.h"

typedef enum MHD_Result endpoint(struct server *, struct request *);
typedef authlete_fail_status fail_call(const authlete_fail_client *, const char *, size_t,
                                       authlete_fail_reply **);

// Stands for the user database.
static bool is_password_of(const char *username, const char *password) {
    return strcmp(username, "john") == 0 && strcmp(password, "secret") == 0;
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

// The body of a POST as text.
static const char *form_of(const struct request *request) {
    return request->body.bytes ? request->body.bytes : "";
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

// Shows the page of that session, under an id of its own; the session is empty afterwards.
static enum MHD_Result open_session(const struct server *server, struct request *request,
                                    struct session *session) {
    char id[SESSION_ID_LEN + 1];
    struct text page = session->at == STEP_LOGIN ? login_page(session->client_name)
                                                 : consent_page(session->client_name);
    if (sessions_put(server->sessions, session, id) != 0) {
        session_clear(session);
        text_free(&page);
        return MHD_NO;
    }
    request->new_session_id = id;
    enum MHD_Result result = send_page(request, MHD_HTTP_OK, page);
    request->new_session_id = NULL;
    return result;
}

static enum MHD_Result authorize(struct server *server, struct request *request) {
    cJSON *document = cJSON_CreateObject();
    cJSON_AddStringToObject(document, "parameters", request->query);
    cJSON *answer = authlete_call(&server->settings, "/auth/authorization", document);
    const char *action = authlete_text(answer, "action");
    const char *ticket = authlete_text(answer, "ticket");
    enum MHD_Result result = MHD_NO;
    if (strcmp(action, "INTERACTION") == 0) {
        const cJSON *client = cJSON_GetObjectItemCaseSensitive(answer, "client");
        struct session session = {STEP_LOGIN, strdup(ticket),
                                  strdup(authlete_text(client, "clientName"))};
        if (session.ticket && session.client_name) {
            result = open_session(server, request, &session);
        } else {
            session_clear(&session);
        }
    } else if (strcmp(action, "NO_INTERACTION") == 0) {
        // prompt=none; nobody ever stays logged in here.
        result = fail_authorization(server, request, ticket, "NOT_LOGGED_IN");
    } else {
        result = send_answer(request, answer);
    }
    cJSON_Delete(answer);
    return result;
}

static enum MHD_Result login(struct server *server, struct request *request) {
    struct session session;
    if (sessions_take(server->sessions, request_session_id(request), STEP_LOGIN, &session) != 0) {
        return send_page(request, MHD_HTTP_BAD_REQUEST,
                         error_page("This login has expired, or was used already."));
    }
    if (has_password(form_of(request))) {
        session.at = STEP_CONSENT;
        return open_session(server, request, &session);
    }
    enum MHD_Result result =
        fail_authorization(server, request, session.ticket, "NOT_AUTHENTICATED");
    session_clear(&session);
    return result;
}

static enum MHD_Result consent(struct server *server, struct request *request) {
    struct session session;
    if (sessions_take(server->sessions, request_session_id(request), STEP_CONSENT, &session) != 0) {
        return send_page(request, MHD_HTTP_BAD_REQUEST,
                         error_page("This question has expired, or was answered before."));
    }
    char *decision = text_form_value(form_of(request), "decision");
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
        result = send_answer(request, answer);
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
        result = send_answer(request, answer);
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
