// sessions.h: what the server keeps between the pages of one authorization request.

#ifndef SESSIONS_H
#define SESSIONS_H

#include <pthread.h>
#include <time.h>

enum { KEY_LEN = 64, SESSIONS_MOST = 10000 };

// The page that the user has before them.
enum step { STEP_NONE, STEP_LOGIN, STEP_CONSENT };

// What the browser has to show for a session: the id, from its cookie, and from a field of the form
// the page. All tabs share the cookie; only the page tells which request the user decides.
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
    } entries[SESSIONS_MOST];
};

struct sessions *sessions_new(void);
void sessions_free(struct sessions *sessions);

// Makes new keys. For every page: an id that somebody planted before the login is worth nothing
// after it. Returns 0, or -1.
int keys_new(struct keys *keys);

// Keeps `*session`, which is empty afterwards.
void sessions_put(struct sessions *sessions, struct session *session, const struct keys *keys);

// Moves the session into `*session` if it is at that step and has that page, and returns 0;
// otherwise it stays, and this returns -1. Of two requests with the same keys, one gets it: a
// ticket works once.
int sessions_take(struct sessions *sessions, const char *id, const char *page, enum step at,
                  struct session *session);

void session_clear(struct session *session);

#endif
