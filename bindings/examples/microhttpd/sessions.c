#include "sessions.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LIFETIME_SECONDS = 600 };

// Not the wall clock, which may be set.
static time_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

// 256 bits from the kernel: not to be guessed, unlike rand().
static int random_id(char id[SESSION_ID_LEN + 1]) {
    unsigned char bytes[SESSION_ID_LEN / 2];
    if (getentropy(bytes, sizeof bytes) != 0) {
        return -1;
    }
    for (size_t i = 0; i < sizeof bytes; i++) {
        id[2 * i] = "0123456789abcdef"[bytes[i] / 16];
        id[2 * i + 1] = "0123456789abcdef"[bytes[i] % 16];
    }
    id[SESSION_ID_LEN] = '\0';
    return 0;
}

struct sessions *sessions_new(void) {
    struct sessions *sessions = calloc(1, sizeof *sessions);
    if (sessions) {
        pthread_mutex_init(&sessions->mutex, NULL);
    }
    return sessions;
}

void sessions_free(struct sessions *sessions) {
    if (!sessions) {
        return;
    }
    for (size_t i = 0; i < SESSIONS_MOST; i++) {
        session_clear(&sessions->entries[i].kept);
    }
    pthread_mutex_destroy(&sessions->mutex);
    free(sessions);
}

int sessions_put(struct sessions *sessions, struct session *session, char id[SESSION_ID_LEN + 1]) {
    if (random_id(id) != 0) {
        return -1;
    }
    pthread_mutex_lock(&sessions->mutex);
    // Free entries are the oldest; if there is none, nobody may fill the memory.
    size_t oldest = 0;
    for (size_t i = 1; i < SESSIONS_MOST && sessions->entries[oldest].expires != 0; i++) {
        if (sessions->entries[i].expires < sessions->entries[oldest].expires) {
            oldest = i;
        }
    }
    session_clear(&sessions->entries[oldest].kept);
    memcpy(sessions->entries[oldest].id, id, SESSION_ID_LEN + 1);
    sessions->entries[oldest].expires = now() + LIFETIME_SECONDS;
    sessions->entries[oldest].kept = *session;
    pthread_mutex_unlock(&sessions->mutex);
    *session = (struct session){0};
    return 0;
}

int sessions_take(struct sessions *sessions, const char *id, enum step at,
                  struct session *session) {
    int result = -1;
    pthread_mutex_lock(&sessions->mutex);
    for (size_t i = 0; i < SESSIONS_MOST && result != 0; i++) {
        struct session *kept = &sessions->entries[i].kept;
        if (kept->at == at && sessions->entries[i].expires > now() &&
            strcmp(sessions->entries[i].id, id) == 0) {
            *session = *kept;
            *kept = (struct session){0};
            sessions->entries[i].expires = 0;
            result = 0;
        }
    }
    pthread_mutex_unlock(&sessions->mutex);
    return result;
}

void session_clear(struct session *session) {
    free(session->ticket);
    free(session->client_name);
    *session = (struct session){0};
}
