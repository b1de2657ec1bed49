#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "server.h"

enum { MAX_SESSIONS = 5000, LIFETIME_SECONDS = 600 };

// A new session replaces the oldest one, so that clients cannot exhaust memory.
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static size_t oldest;
static struct session sessions[MAX_SESSIONS];

bool session_put(struct session *session) {
    if (!random_key(session->id) || !random_key(session->page)) return false;
    pthread_mutex_lock(&mutex);
    session->expires = time(NULL) + LIFETIME_SECONDS;
    sessions[oldest] = *session;
    oldest = (oldest + 1) % MAX_SESSIONS;
    pthread_mutex_unlock(&mutex);
    return true;
}

bool session_take(enum step at, const char *id, const char *page, struct session *session) {
    bool is_found = false;
    pthread_mutex_lock(&mutex);
    for (size_t i = 1; i <= MAX_SESSIONS && !is_found; i++) { // the newest first
        struct session *kept = &sessions[(oldest + MAX_SESSIONS - i) % MAX_SESSIONS];
        is_found = kept->at == at && kept->expires > time(NULL) &&
                   (!id || strcmp(kept->id, id) == 0) && (!page || strcmp(kept->page, page) == 0);
        if (is_found) *session = *kept;
        if (is_found && page) memset(kept, 0, sizeof *kept);
    }
    pthread_mutex_unlock(&mutex);
    return is_found;
}

bool random_key(char key[KEY_LEN + 1]) {
    unsigned char bytes[KEY_LEN]; // from the kernel; rand() is predictable
    if (getentropy(bytes, sizeof bytes) != 0) return false;
    for (size_t i = 0; i < KEY_LEN; i++) key[i] = "0123456789abcdef"[bytes[i] % 16];
    key[KEY_LEN] = '\0';
    return true;
}
