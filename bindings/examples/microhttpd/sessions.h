// sessions.h: what the server keeps between the pages of one authorization request.

#ifndef SESSIONS_H
#define SESSIONS_H

#include <pthread.h>
#include <time.h>

enum { SESSION_ID_LEN = 64, SESSIONS_MOST = 10000 };

// The page that the user has before them.
enum step { STEP_NONE, STEP_LOGIN, STEP_CONSENT };

struct session {
    enum step at;
    char *ticket; // a secret: never in a page, a URL or a cookie
    char *client_name;
};

// Shared by threads.
struct sessions {
    pthread_mutex_t mutex;
    struct {
        char id[SESSION_ID_LEN + 1];
        time_t expires;
        struct session kept;
    } entries[SESSIONS_MOST];
};

struct sessions *sessions_new(void);
void sessions_free(struct sessions *sessions);

// Keeps `*session`, which is empty afterwards, and writes a new id for the cookie. One for every
// page: an id that somebody planted before the login is worth nothing after it. Returns 0, or -1.
int sessions_put(struct sessions *sessions, struct session *session, char id[SESSION_ID_LEN + 1]);

// Moves the session into `*session` if it is at that page, and returns 0, otherwise -1. Of two
// requests with one id, one gets it: a ticket works once.
int sessions_take(struct sessions *sessions, const char *id, enum step at, struct session *session);

void session_clear(struct session *session);

#endif
