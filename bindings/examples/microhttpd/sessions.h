// sessions.h: the state of an authorization request between its pages.

#ifndef SESSIONS_H
#define SESSIONS_H

#include <pthread.h>
#include <time.h>

enum { KEY_LEN = 64, MAX_SESSIONS = 10000 };

// The page that the user sees.
enum step { STEP_NONE, STEP_LOGIN, STEP_CONSENT };

// The keys of a session, which the browser returns: the ID in a cookie, the page in a form field.
// All tabs share the cookie; only the page identifies the request that the user decides on.
struct keys {
    char id[KEY_LEN + 1];
    char page[KEY_LEN + 1];
};

struct session {
    enum step at;
    int wrong_passwords;
    char *ticket; // a secret: never in a page, a URL or a cookie
    char *client_name;
};

// Shared by threads.
struct sessions {
    pthread_mutex_t mutex;
    struct {
        struct keys keys;
        time_t expires;
        struct session kept;
    } entries[MAX_SESSIONS];
};

struct sessions *sessions_new(void);
void sessions_free(struct sessions *sessions);

// Creates new keys. Each page gets its own, which prevents session fixation: an ID that an attacker
// set before the login is invalid after it. Returns 0, or -1 on failure.
int keys_new(struct keys *keys);

// Stores `*session` and clears it.
void sessions_put(struct sessions *sessions, struct session *session, const struct keys *keys);

// If step and page match, moves the session into `*session` and returns 0; otherwise leaves it and
// returns -1. Only one of two requests with the same keys gets it, because a ticket is single-use.
int sessions_take(struct sessions *sessions, const char *id, const char *page, enum step at,
                  struct session *session);

void session_clear(struct session *session);

#endif
