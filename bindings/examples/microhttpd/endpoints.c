#include <stdlib.h>
#include <string.h>

#include "server.h"

enum { MAX_WRONG_PASSWORDS = 3 };
static const char FAILED[] = "The request failed.";

// Stands in for a user database. A real server compares password hashes (Argon2id, scrypt), even
// for unknown users, so that response times do not reveal which users exist.
static bool is_password_of(const char *username, const char *password) {
    return strcmp(username, "john") == 0 && strcmp(password, "secret") == 0;
}

static bool has_password(const struct request *request) {
    char username[MAX_TEXT], password[MAX_TEXT];
    form_value(request->body, "username", username);
    form_value(request->body, "password", password);
    return is_password_of(username, password);
}

static bool is_allowed(const struct request *request) {
    char decision[MAX_TEXT];
    form_value(request->body, "decision", decision);
    return strcmp(decision, "allow") == 0;
}

// Calls Authlete and frees `document`. The caller frees the reply, which is set even on failure.
static authlete_fail_reply *call(const struct request *request, const char *path, char *document) {
    authlete_fail_reply *reply;
    size_t len = document ? strlen(document) : 0;
    authlete_fail_call(request->client, path, document, len, NULL, 0, &reply);
    free(document);
    return reply;
}

// Sends the body and the credentials of an OAuth client to Authlete.
static authlete_fail_reply *call_for_client(const struct request *request, const char *path) {
    static const char BASIC[] = "{\"parameters\":?,\"clientId\":?,\"clientSecret\":?}";
    char *secret = NULL;
    char *id = MHD_basic_auth_get_username_password(request->connection, &secret);
    // Both parts are form-encoded (RFC 6749, 2.3.1).
    bool has_credentials = id && secret && form_decode(id) && form_decode(secret);
    char *document = has_credentials ? json(BASIC, request->body, id, secret)
                                     : json("{\"parameters\":?}", request->body);
    MHD_free(id);
    MHD_free(secret);
    return call(request, path, document);
}

static bool is_action(const authlete_fail_reply *reply, const char *action) {
    return strcmp(authlete_fail_reply_action(reply, NULL), action) == 0;
}

// Copies a string or number of the API response; "" if it is absent or too long.
static void get(const authlete_fail_reply *reply, const char *pointer, char value[MAX_TEXT]) {
    authlete_fail_json_type type = authlete_fail_reply_get(reply, pointer, value, MAX_TEXT, NULL);
    if (type != AUTHLETE_FAIL_JSON_TYPE_STRING && type != AUTHLETE_FAIL_JSON_TYPE_NUMBER) {
        *value = '\0';
    }
}

// Sends the response to the OAuth client and frees the reply. If the response is for the user's
// browser but does not lead it to the OAuth client, sends a page instead.
static enum MHD_Result respond(struct request *request, authlete_fail_reply *reply) {
    unsigned status = (unsigned)authlete_fail_reply_response_status(reply); // 0: not supported here
    bool is_page = status == 0 || (request->has_user && status >= 400);
    enum MHD_Result result = is_page ? send_page(request, status ? status : 501, FAILED, NULL)
                                     : send_reply(request, reply);
    authlete_fail_reply_free(reply);
    return result;
}

static enum MHD_Result fail(struct request *request, const char *path, const char *ticket,
                            const char *reason) {
    char *document = json("{\"ticket\":?,\"reason\":?}", ticket, reason);
    return respond(request, call(request, path, document));
}

static enum MHD_Result has_expired(struct request *request) {
    return send_page(request, 400, "This page has expired, or a later page replaced it.", NULL);
}

// Shows the page of the session, which gets new keys.
static enum MHD_Result show(struct request *request, struct session *session) {
    return session_put(session) ? send_page(request, 200, NULL, session) : MHD_NO;
}

static enum MHD_Result authorize(struct request *request, const char *parameters) {
    authlete_fail_reply *reply =
        call(request, "/auth/authorization", json("{\"parameters\":?}", parameters));
    bool has_interaction = is_action(reply, "INTERACTION");
    request->has_user = true;
    if (!has_interaction && !is_action(reply, "NO_INTERACTION")) return respond(request, reply);
    struct session session = {.at = STEP_LOGIN};
    get(reply, "/ticket", session.ticket);
    get(reply, "/client/clientName", session.client_name);
    if (!*session.client_name) get(reply, "/client/clientId", session.client_name);
    authlete_fail_reply_free(reply);
    if (has_interaction) return show(request, &session);
    // prompt=none; this server has no login sessions.
    return fail(request, "/auth/authorization/fail", session.ticket,
                AUTHLETE_FAIL_AUTHORIZATION_REASON_NOT_LOGGED_IN);
}

static enum MHD_Result login(struct request *request) {
    struct session session;
    if (!request_session(request, STEP_LOGIN, &session)) return has_expired(request);
    if (has_password(request)) {
        session.at = STEP_CONSENT;
        session.auth_time = time(NULL);
        *session.message = '\0';
        return show(request, &session);
    }
    strcpy(session.message, "Wrong name or password.");
    if (++session.wrong_passwords < MAX_WRONG_PASSWORDS) return show(request, &session);
    return fail(request, "/auth/authorization/fail", session.ticket,
                AUTHLETE_FAIL_AUTHORIZATION_REASON_NOT_AUTHENTICATED);
}

static enum MHD_Result consent(struct request *request) {
    struct session session;
    if (!request_session(request, STEP_CONSENT, &session)) return has_expired(request);
    if (!is_allowed(request)) {
        return fail(request, "/auth/authorization/fail", session.ticket,
                    AUTHLETE_FAIL_AUTHORIZATION_REASON_DENIED);
    }
    char *document = json("{\"ticket\":?,\"subject\":\"john\",\"authTime\":#}", session.ticket,
                          (long long)session.auth_time);
    return respond(request, call(request, "/auth/authorization/issue", document));
}

static enum MHD_Result token(struct request *request) {
    authlete_fail_reply *reply = call_for_client(request, "/auth/token");
    if (!is_action(reply, "PASSWORD")) return respond(request, reply);
    // Deprecated: the password grant shows the user's password to the OAuth client. RFC 9700, 2.4,
    // forbids it. New servers must not offer it.
    char ticket[MAX_TEXT], username[MAX_TEXT], password[MAX_TEXT];
    get(reply, "/ticket", ticket);
    get(reply, "/username", username);
    get(reply, "/password", password);
    authlete_fail_reply_free(reply);
    if (!is_password_of(username, password)) {
        return fail(request, "/auth/token/fail", ticket,
                    AUTHLETE_FAIL_TOKEN_REASON_INVALID_RESOURCE_OWNER_CREDENTIALS);
    }
    char *document = json("{\"ticket\":?,\"subject\":\"john\"}", ticket);
    return respond(request, call(request, "/auth/token/issue", document));
}

static enum MHD_Result backchannel(struct request *request) {
    authlete_fail_reply *reply = call_for_client(request, "/backchannel/authentication");
    if (!is_action(reply, "USER_IDENTIFICATION")) return respond(request, reply);
    struct session session = {.at = STEP_CIBA};
    char type[MAX_TEXT], hint[MAX_TEXT];
    get(reply, "/ticket", session.ticket);
    get(reply, "/clientName", session.client_name);
    get(reply, "/bindingMessage", session.message);
    get(reply, "/hintType", type);
    get(reply, "/hint", hint);
    authlete_fail_reply_free(reply);
    if (strcmp(type, "LOGIN_HINT") != 0 || strcmp(hint, "john") != 0) {
        return fail(request, "/backchannel/authentication/fail", session.ticket,
                    AUTHLETE_FAIL_BACKCHANNEL_AUTHENTICATION_REASON_UNKNOWN_USER_ID);
    }
    char *document = json("{\"ticket\":?}", session.ticket);
    reply = call(request, "/backchannel/authentication/issue", document);
    if (is_action(reply, "OK")) session_put(&session);
    return respond(request, reply);
}

// Stands in for a notification to the user's device: shows the newest request.
static enum MHD_Result ciba_page(struct request *request) {
    struct session session;
    bool is_pending = session_take(STEP_CIBA, NULL, NULL, &session);
    return send_page(request, 200, "No request is pending.", is_pending ? &session : NULL);
}

static enum MHD_Result ciba_decision(struct request *request) {
    struct session session;
    char key[MAX_TEXT];
    form_value(request->body, "request", key);
    if (!has_password(request)) return send_page(request, 403, "Wrong name or password.", NULL);
    if (!session_take(STEP_CIBA, NULL, key, &session)) return has_expired(request);
    char *document = json("{\"ticket\":?,\"subject\":\"john\",\"result\":?}", session.ticket,
                          is_allowed(request) ? "AUTHORIZED" : "ACCESS_DENIED");
    authlete_fail_reply *reply = call(request, "/backchannel/authentication/complete", document);
    // In ping and push mode, the action is NOTIFICATION: the server has to post `responseContent`
    // to `clientNotificationEndpoint`, which this example does not do.
    bool is_done = is_action(reply, "NO_ACTION");
    authlete_fail_reply_free(reply);
    return send_page(request, is_done ? 200 : 500, is_done ? "Done." : FAILED, NULL);
}

enum MHD_Result handle_request(struct request *request, const char *path) {
    bool is_get = strcmp(request->method, "GET") == 0;
    bool is_post = strcmp(request->method, "POST") == 0;
    if (is_get && strcmp(path, "/authorize") == 0) return authorize(request, request->query);
    if (is_post && strcmp(path, "/authorize") == 0) return authorize(request, request->body);
    if (is_post && strcmp(path, "/login") == 0) return login(request);
    if (is_post && strcmp(path, "/consent") == 0) return consent(request);
    if (is_post && strcmp(path, "/token") == 0) return token(request);
    if (is_post && strcmp(path, "/backchannel/authentication") == 0) return backchannel(request);
    if (is_get && strcmp(path, "/ciba") == 0) return ciba_page(request);
    if (is_post && strcmp(path, "/ciba") == 0) return ciba_decision(request);
    return send_page(request, 404, "Not found.", NULL);
}
