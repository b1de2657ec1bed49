// http.h: reading requests and sending responses.

#ifndef HTTP_H
#define HTTP_H

#include <authlete_fail.h>
#include <cjson/cJSON.h>
#include <microhttpd.h>
#include <stdbool.h>

#include "text.h"

enum { MAX_BODY = 64 * 1024 };

// The state of one request in libmicrohttpd, from the request line to the end.
struct request {
    struct MHD_Connection *connection;
    char *query; // as the OAuth client sent it; Authlete expects it undecoded
    struct text body;
    bool has_begun;
    bool is_too_large;
    const char *new_session_id; // for a cookie in the response
};

// Creates the state when the request line arrives; NULL if out of memory.
struct request *request_new(const char *target);
void request_free(struct request *request);

// The session ID from the cookie; "" if absent.
const char *request_session_id(const struct request *request);
// The body of a POST as a C string; "" if it contains a NUL character.
const char *request_form(const struct request *request);
// The request to Authlete for a request from an OAuth client: its body and its credentials.
cJSON *request_of_client(const struct request *request);

// Each sends one response. If out of memory, it returns MHD_NO, which closes the connection.
enum MHD_Result send_empty(const struct request *request, unsigned status);
enum MHD_Result send_page(const struct request *request, unsigned status, struct text page);
enum MHD_Result send_not_implemented(const struct request *request);
// Sends the library's response unchanged.
enum MHD_Result send_reply(const struct request *request, const authlete_fail_reply *reply);
// Sends the response for an API response without a ticket, as its action specifies. If the API
// response is not usable, sends a server error: a page to a person, JSON to an OAuth client.
enum MHD_Result send_api_response(const struct request *request, const cJSON *api_response,
                                  bool to_person);

#endif
