// arguments.c: arguments at the edge of memory, handles that move between threads, and a log callback
// that calls the library.

#define _GNU_SOURCE
#include "fault.h"

#include <stdint.h>
#include <sys/mman.h>

enum { PAGE = 4096 };

static size_t room_for(size_t len) {
    return (len / PAGE + 1) * PAGE;
}

// A copy of `len` bytes that ends where the readable memory ends.
static const char *at_the_edge(const char *bytes, size_t len) {
    size_t room = room_for(len);
    char *start = mmap(NULL, room + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                       0);
    CHECK_INT(mprotect(start + room, PAGE, PROT_NONE), 0);
    return memcpy(start + room - len, bytes, len);
}

static void unmap(const char *bytes, size_t len) {
    size_t room = room_for(len);
    CHECK_INT(munmap((void *)(bytes + len - room), room + PAGE), 0);
}

static void edges(void) {
    const char request[] = "{\"ticket\":\"t\",\"reason\":\"DENIED\"}";
    static const char *const not_utf8[] = {"\xff", "{\"ticket\":\"\xc3\"", "\xc0\x80", "\xed\xa0\x80"};
    authlete_fail_client *client = NULL;
    size_t len = strlen(config), request_len = strlen(request);
    const char *text = at_the_edge(config, len);
    finish(new_client(text, len, check_line, NULL, &client), AUTHLETE_FAIL_STATUS_OK);
    unmap(text, len);
    for (int i = 0; i < 2; i++) {
        text = at_the_edge(request, request_len);
        finish(fail_authorization(client, text, request_len), AUTHLETE_FAIL_STATUS_OK);
        unmap(text, request_len);
    }
    for (size_t i = 0; i < sizeof not_utf8 / sizeof not_utf8[0]; i++) {
        authlete_fail_client *none = client;
        len = strlen(not_utf8[i]);
        text = at_the_edge(not_utf8[i], len);
        finish(fail_token(client, text, len), AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
        finish(new_client(text, len, NULL, NULL, &none), AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
        CHECK(none == NULL);
        unmap(text, len);
    }
    finish(fail_token(client, request, SIZE_MAX), AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
    finish(fail_token(client, NULL, 1), AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
    authlete_fail_client_free(client);
}

static authlete_fail_client *client;
static authlete_fail_reply *reply;

static void *make(void *unused) {
    (void)unused;
    client = client_of(config);
    return NULL;
}

static void *call(void *unused) {
    (void)unused;
    reply = fail_ticket(client, "t-" CANARY);
    return NULL;
}

static void *read_and_free(void *unused) {
    (void)unused;
    CHECK(is_for(reply, "t-" CANARY));
    finish(reply, AUTHLETE_FAIL_STATUS_OK);
    return NULL;
}

static void *end(void *unused) {
    (void)unused;
    authlete_fail_client_shutdown(client);
    authlete_fail_client_free(client);
    return NULL;
}

static void threads(void) {
    void *(*const steps[])(void *) = {make, call, read_and_free, call, read_and_free, end};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, steps[i], NULL);
        pthread_join(thread, NULL);
    }
    authlete_fail_client_free(NULL);
    authlete_fail_client_shutdown(NULL);
    authlete_fail_reply_free(NULL);
}

// The library runs the callback without a lock, so the callback may make calls and shut down its
// client.
static void call_from_log(void *other, int32_t level, const char *line, size_t len) {
    (void)level, (void)line, (void)len;
    good_call(other, 0, 0);
    if (client != NULL) {
        good_call(client, 0, 1);
    }
}

static void shut_down_from_log(void *unused, int32_t level, const char *line, size_t len) {
    (void)unused, (void)level, (void)line, (void)len;
    authlete_fail_client_shutdown(client);
}

static void callback(void) {
    authlete_fail_client *other = client_of(config), *logging = NULL;
    finish(new_client(config, strlen(config), call_from_log, other, &logging),
           AUTHLETE_FAIL_STATUS_OK);
    client = other;
    good_call(logging, 0, 0);
    authlete_fail_client_free(logging);
    client = NULL;
    finish(new_client(config, strlen(config), shut_down_from_log, NULL, &logging),
           AUTHLETE_FAIL_STATUS_OK);
    client = logging;
    good_call(logging, 0, 0);
    finish(fail_ticket(logging, "t"), AUTHLETE_FAIL_STATUS_SHUTDOWN);
    client = NULL;
    authlete_fail_client_free(logging);
    authlete_fail_client_free(other);
}

static const struct mode MODES[] = {
    {"edges", edges},
    {"threads", threads},
    {"callback", callback},
};

int main(int count, char **arguments) {
    return RUN_IN_FRAME(MODES, count, arguments);
}
