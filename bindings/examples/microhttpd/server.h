// server.h: the parts of the server. A function that returns bool returns false on failure.

#ifndef SERVER_H
#define SERVER_H

#include <authlete_fail.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <time.h>

enum { MAX_BODY = 64 * 1024, MAX_TEXT = 256, KEY_LEN = 64 };

// Returns `pattern` with a JSON string in place of each `?` (NULL counts as "") and a long long in
// place of each `#`; the caller frees it. NULL if out of memory. Omits text that is not UTF-8.
char *json(const char *pattern, ...);
// Copies the value of `name` in a form, truncated; "" if it is absent or contains a NUL character.
void form_value(const char *form, const char *name, char value[MAX_TEXT]);
// Decodes a name or value of a form in place. Fails if it contains a NUL character.
bool form_decode(char *encoded);
// Writes KEY_LEN random hexadecimal digits.
bool random_key(char key[KEY_LEN + 1]);

// A request that waits for a user, and what the user does next. `id` is a cookie, `page` a hidden
// field. All tabs share the cookie; only the page identifies the request that the user decides on.
// CIBA uses no cookie.
enum step { STEP_NONE, STEP_LOGIN, STEP_CONSENT, STEP_CIBA };
struct session {
    enum step at;
    int wrong_passwords;
    time_t expires;
    time_t auth_time;
    char ticket[MAX_TEXT]; // a secret: never in a page, a URL or a cookie
    char client_name[MAX_TEXT];
    char message[MAX_TEXT]; // a hint for the user, or the binding message of CIBA
    char id[KEY_LEN + 1];
    char page[KEY_LEN + 1];
};

// Stores a copy of the session with new keys. This prevents session fixation: an ID that an
// attacker set before the login is invalid after the login.
bool session_put(struct session *session);
// Moves a session to `*session`: only one of two requests gets it, because a ticket is single-use.
// `id` may be NULL. If `page` is NULL, copies the newest session instead.
bool session_take(enum step at, const char *id, const char *page, struct session *session);

// One HTTP request.
struct request {
    authlete_fail_client *client;
    struct MHD_Connection *connection;
    const char *method;
    char *query;          // as the OAuth client sent it; Authlete expects it undecoded
    char id[KEY_LEN + 1]; // its first 16 digits are in each log line and on error pages
    bool has_user;        // the end user sees the response
    bool shows_form;
    size_t len;
    char body[MAX_BODY + 1]; // "" if it is not UTF-8 or contains a NUL character
};
extern bool has_secure_cookies; // set before the threads start

// Takes the session that belongs to the cookie and the form.
bool request_session(struct request *request, enum step at, struct session *session);
// Sends the library's response unchanged.
enum MHD_Result send_reply(const struct request *request, const authlete_fail_reply *reply);
// Sends the form and the cookie of a session or, if that is NULL, a message and the request's ID.
enum MHD_Result send_page(struct request *request, unsigned status, const char *message,
                          const struct session *session);

// Responds to a request that was received completely.
enum MHD_Result handle_request(struct request *request, const char *path);

#endif
