// http.h: a request as it comes in, and the responses.

#ifndef HTTP_H
#define HTTP_H

#include <authlete_fail.h>
#include <cjson/cJSON.h>
#include <microhttpd.h>
#include <stdbool.h>

#include "text.h"

enum { LONGEST_BODY = 64 * 1024 };

// libmicrohttpd's request, beside its connection; one for each, from the first line to the end.
struct request {
    struct MHD_Connection *connection;
    char *query; // as the OAuth client sent it, which Authlete wants undecoded
    struct text body;
    bool has_begun;
    bool is_too_large;
    const char *new_session_id; // for a cookie in the response
};

// Called with the request line; NULL if memory is out.
struct request *request_new(const char *target);
void request_free(struct request *request);

// The value of the cookie that names the session; "" if there is none.
const char *request_session_id(const struct request *request);
// The body of a POST as text; "" if it has a NUL, after which C would not see the rest.
const char *request_form(const struct request *request);
// What Authlete wants to know of a request of an OAuth client: its body, and who it says it is.
cJSON *request_of_client(const struct request *request);

// Each sends one response; MHD_NO, which closes the connection, if memory is out.
enum MHD_Result send_empty(const struct request *request, unsigned status);
enum MHD_Result send_page(const struct request *request, unsigned status, struct text page);
enum MHD_Result send_not_implemented(const struct request *request);
// Sends the library's response as it is.
enum MHD_Result send_reply(const struct request *request, const authlete_fail_reply *reply);
// Sends what an answer of Authlete's other calls says by itself, when its action is not to go on.
// Where that cannot be used: to a person a page, to an OAuth client JSON.
enum MHD_Result send_answer(const struct request *request, const cJSON *answer, bool to_person);

#endif
