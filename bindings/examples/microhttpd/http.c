#include "http.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "authlete.h"
#include "pages.h"

// Behind TLS, use "__Host-session" and add Secure to ATTRIBUTES: then no other host can set it.
static const char COOKIE[] = "session";
// Strict, so that no other site can make the user's browser post a decision.
static const char ATTRIBUTES[] = "Path=/; HttpOnly; SameSite=Strict";

enum { MAX_LOCATION = 16384 };

struct request *request_new(const char *target) {
    const char *mark = strchr(target, '?');
    struct request *request = calloc(1, sizeof *request);
    if (request) {
        request->query = strdup(mark ? mark + 1 : "");
    }
    return request;
}

void request_free(struct request *request) {
    if (request) {
        free(request->query);
        text_free(&request->body);
        free(request);
    }
}

const char *request_session_id(const struct request *request) {
    const char *id = MHD_lookup_connection_value(request->connection, MHD_COOKIE_KIND, COOKIE);
    return id ? id : "";
}

const char *request_form(const struct request *request) {
    const struct text *body = &request->body;
    return body->bytes && strlen(body->bytes) == body->len ? body->bytes : "";
}

cJSON *request_of_client(const struct request *request) {
    cJSON *document = cJSON_CreateObject();
    cJSON_AddStringToObject(document, "parameters", request_form(request));
    // Both parts are form-encoded (RFC 6749, 2.3.1).
    char *secret = NULL;
    char *id = MHD_basic_auth_get_username_password(request->connection, &secret);
    if (id && secret && text_form_decode(id) == 0 && text_form_decode(secret) == 0) {
        cJSON_AddStringToObject(document, "clientId", id);
        cJSON_AddStringToObject(document, "clientSecret", secret);
    }
    MHD_free(id);
    MHD_free(secret);
    return document;
}

static struct MHD_Response *response_of(const char *body, size_t len) {
    // Copied, because the owner of the body is freed before it is sent.
    return MHD_create_response_from_buffer(len, (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);
}

static enum MHD_Result send_and_free(const struct request *request, unsigned status,
                                     struct MHD_Response *response) {
    enum MHD_Result result = MHD_queue_response(request->connection, status, response);
    MHD_destroy_response(response);
    return result;
}

// A response that must not be cached; NULL if out of memory.
static struct MHD_Response *uncached(const char *body, const char *type) {
    struct MHD_Response *response = response_of(body, strlen(body));
    if (response) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
        MHD_add_response_header(response, MHD_HTTP_HEADER_PRAGMA, "no-cache");
        if (type) {
            MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
        }
    }
    return response;
}

enum MHD_Result send_empty(const struct request *request, unsigned status) {
    struct MHD_Response *response = response_of("", 0);
    return response ? send_and_free(request, status, response) : MHD_NO;
}

enum MHD_Result send_page(const struct request *request, unsigned status, struct text page) {
    struct MHD_Response *response =
        page.bytes ? uncached(page.bytes, "text/html;charset=UTF-8") : NULL;
    text_free(&page);
    if (!response) {
        return MHD_NO;
    }
    MHD_add_response_header(response, "Content-Security-Policy", OWN_POLICY);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (request->new_session_id) {
        struct text cookie = {0};
        text_print(&cookie, "%s=%s; %s", COOKIE, request->new_session_id, ATTRIBUTES);
        if (cookie.bytes) {
            MHD_add_response_header(response, MHD_HTTP_HEADER_SET_COOKIE, cookie.bytes);
        }
        text_free(&cookie);
    }
    return send_and_free(request, status, response);
}

enum MHD_Result send_not_implemented(const struct request *request) {
    struct MHD_Response *response =
        uncached("This example issues no codes or tokens.\n", "text/plain;charset=UTF-8");
    return response ? send_and_free(request, MHD_HTTP_NOT_IMPLEMENTED, response) : MHD_NO;
}

enum MHD_Result send_reply(const struct request *request, const authlete_fail_reply *reply) {
    size_t len;
    const char *body = authlete_fail_reply_response_body(reply, &len);
    struct MHD_Response *response = response_of(body, len);
    if (!response) {
        return MHD_NO;
    }
    for (size_t i = 0; i < authlete_fail_reply_response_header_count(reply); i++) {
        MHD_add_response_header(response, authlete_fail_reply_response_header_name(reply, i),
                                authlete_fail_reply_response_header_value(reply, i));
    }
    if (strcmp(authlete_fail_reply_action(reply, NULL), "FORM") == 0) {
        MHD_add_response_header(response, "Content-Security-Policy", FORM_POLICY);
    }
    return send_and_free(request, (unsigned)authlete_fail_reply_response_status(reply), response);
}

// The response for each Authlete action. `responseContent` is the body or, if there is no content
// type, the value of the header.
static const struct {
    const char *action;
    unsigned status;
    const char *content_type;
    const char *header;
    const char *value;
} RESPONSES[] = {
    {"LOCATION", 302, NULL, "Location", NULL},
    {"FORM", 200, "text/html;charset=UTF-8", "Content-Security-Policy", FORM_POLICY},
    {"BAD_REQUEST", 400, "application/json", NULL, NULL},
    {"INVALID_CLIENT", 401, "application/json", "WWW-Authenticate", "Basic realm=\"token\""},
    {"UNAUTHORIZED", 401, "application/json", "WWW-Authenticate", "Basic realm=\"token\""},
};

static bool is_location(const char *text) {
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        if (text[i] < 0x21 || text[i] > 0x7E) {
            return false;
        }
    }
    return len > 0 && len <= MAX_LOCATION;
}

static enum MHD_Result send_server_error(const struct request *request, bool to_person) {
    if (to_person) {
        return send_page(request, MHD_HTTP_INTERNAL_SERVER_ERROR,
                         error_page("This server is temporarily unavailable."));
    }
    struct MHD_Response *response =
        uncached("{\"error\":\"server_error\"}", "application/json");
    return response ? send_and_free(request, MHD_HTTP_INTERNAL_SERVER_ERROR, response) : MHD_NO;
}

enum MHD_Result send_api_response(const struct request *request, const cJSON *api_response,
                                  bool to_person) {
    const char *action = authlete_text(api_response, "action");
    const char *content = authlete_text(api_response, "responseContent");
    size_t i = 0;
    size_t count = sizeof RESPONSES / sizeof *RESPONSES;
    while (i < count && strcmp(action, RESPONSES[i].action) != 0) {
        i++;
    }
    if (i == count || !*content || (!RESPONSES[i].content_type && !is_location(content))) {
        return send_server_error(request, to_person);
    }
    const char *type = RESPONSES[i].content_type;
    struct MHD_Response *response = uncached(type ? content : "", type);
    if (!response) {
        return MHD_NO;
    }
    if (RESPONSES[i].header) {
        MHD_add_response_header(response, RESPONSES[i].header, type ? RESPONSES[i].value : content);
    }
    return send_and_free(request, RESPONSES[i].status, response);
}
