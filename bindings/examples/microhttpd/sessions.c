#include "sessions.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

enum { LIFETIME_SECONDS = 600 };

// Monotonic, because the wall clock may be changed.
static time_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

// 256 bits from the kernel. rand() is predictable.
static int random_key(char key[KEY_LEN + 1]) {
    unsigned char bytes[KEY_LEN / 2];
    if (getentropy(bytes, sizeof bytes) != 0) {
        return -1;
    }
    for (size_t i = 0; i < sizeof bytes; i++) {
        key[2 * i] = "0123456789abcdef"[bytes[i] / 16];
        key[2 * i + 1] = "0123456789abcdef"[bytes[i] % 16];
    }
    key[KEY_LEN] = '\0';
    return 0;
}

int keys_new(struct keys *keys) {
    return random_key(keys->id) == 0 && random_key(keys->page) == 0 ? 0 : -1;
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
    for (size_t i = 0; i < MAX_SESSIONS; i++) {
        session_clear(&sessions->entries[i].kept);
    }
    pthread_mutex_destroy(&sessions->mutex);
    free(sessions);
}

void sessions_put(struct sessions *sessions, struct session *session, const struct keys *keys) {
    pthread_mutex_lock(&sessions->mutex);
    // A free entry has the lowest time. If none is free, the oldest session is replaced, so that
    // clients cannot exhaust memory.
    size_t oldest = 0;
    for (size_t i = 1; i < MAX_SESSIONS && sessions->entries[oldest].expires != 0; i++) {
        if (sessions->entries[i].expires < sessions->entries[oldest].expires) {
            oldest = i;
        }
    }
    session_clear(&sessions->entries[oldest].kept);
    sessions->entries[oldest].keys = *keys;
    sessions->entries[oldest].expires = now() + LIFETIME_SECONDS;
    sessions->entries[oldest].kept = *session;
    pthread_mutex_unlock(&sessions->mutex);
    *session = (struct session){0};
}

int sessions_take(struct sessions *sessions, const char *id, const char *page, enum step at,
                  struct session *session) {
    int result = -1;
    pthread_mutex_lock(&sessions->mutex);
    for (size_t i = 0; i < MAX_SESSIONS && result != 0; i++) {
        struct session *kept = &sessions->entries[i].kept;
        if (kept->at == at && sessions->entries[i].expires > now() &&
            strcmp(sessions->entries[i].keys.id, id) == 0 &&
            text_equals(sessions->entries[i].keys.page, page)) {
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
