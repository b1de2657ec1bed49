// abi.c: arguments at the edge of memory, handles that go from thread to thread, and a log callback
// that calls the library.

#define _GNU_SOURCE
#include "fault.h"

#include <stdint.h>
#include <sys/mman.h>

static const char *config;

// A copy of `len` bytes that ends where the readable memory ends.
static char *at_the_edge(const char *bytes, size_t len) {
    size_t page = 4096, room = (len / page + 1) * page;
    char *start = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                       0);
    CHECK_INT(mprotect(start + room, page, PROT_NONE), 0);
    return memcpy(start + room - len, bytes, len);
}

static void edges(void) {
    const char request[] = "{\"ticket\":\"t\",\"reason\":\"DENIED\"}";
    static const char *const not_utf8[] = {"\xff", "{\"ticket\":\"\xc3\"", "\xc0\x80", "\xed\xa0\x80"};
    authlete_fail_client *client = NULL;
    authlete_fail_reply *reply = NULL;
    size_t len = strlen(config);
    authlete_fail_client_new(at_the_edge(config, len), len, NULL, NULL, &client, &reply);
    finish(reply, AUTHLETE_FAIL_STATUS_OK);
    for (int i = 0; i < 2; i++) {
        authlete_fail_authorization(client, at_the_edge(request, strlen(request)), strlen(request),
                                    &reply);
        finish(reply, AUTHLETE_FAIL_STATUS_OK);
    }
    for (size_t i = 0; i < sizeof not_utf8 / sizeof not_utf8[0]; i++) {
        len = strlen(not_utf8[i]);
        authlete_fail_token(client, at_the_edge(not_utf8[i], len), len, &reply);
        finish(reply, AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
        authlete_fail_client *none = client;
        authlete_fail_client_new(not_utf8[i], len, NULL, NULL, &none, &reply);
        CHECK(none == NULL);
        finish(reply, AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
    }
    authlete_fail_token(client, request, SIZE_MAX, &reply);
    finish(reply, AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
    authlete_fail_token(client, NULL, 1, &reply);
    finish(reply, AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT);
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
    reply = fail_ticket(client, "t");
    return NULL;
}

static void *read_and_free(void *unused) {
    (void)unused;
    CHECK(is_for(reply, "t"));
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

// No lock is held while it runs: it may call with another client, and shut down its own.
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
    authlete_fail_client_new(config, strlen(config), call_from_log, other, &logging, NULL);
    client = other;
    good_call(logging, 0, 0);
    authlete_fail_client_free(logging);
    client = NULL;
    authlete_fail_client_new(config, strlen(config), shut_down_from_log, NULL, &logging, NULL);
    client = logging;
    good_call(logging, 0, 0);
    finish(fail_ticket(logging, "t"), AUTHLETE_FAIL_STATUS_SHUTDOWN);
    authlete_fail_client_free(logging);
    authlete_fail_client_free(other);
}

int main(int count, char **arguments) {
    if (count != 4) {
        return 2;
    }
    static const struct {
        const char *name;
        void (*run)(void);
    } modes[] = {{"edges", edges}, {"threads", threads}, {"callback", callback}};
    config = arguments[2];
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        if (strcmp(arguments[1], modes[i].name) == 0) {
            modes[i].run();
        }
    }
    return check_result(arguments[1]);
}
