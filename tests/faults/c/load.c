// load.c: loads the library at run time, again and again; and beside another one made with Rust.

#define _GNU_SOURCE
#include "../../c/check.h"
#include "../../c/peer.h"

#include <authlete_fail.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>

static int lookup_gate[2];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int is_looking_up;

// A lookup that hangs until the gate opens.
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **result) {
    char byte;
    (void)name, (void)service, (void)hints, (void)result;
    pthread_mutex_lock(&lock);
    is_looking_up++;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    while (read(lookup_gate[0], &byte, 1) < 0 && errno == EINTR) {
    }
    return EAI_AGAIN;
}

static void *function(void *library, const char *name) {
    void *found = dlsym(library, name);
    CHECK(found != NULL);
    return found;
}

// Loads, calls, unloads.
static void use(const char *path, const char *config, authlete_fail_status expected) {
    __typeof__(authlete_fail_client_new) *client_new;
    __typeof__(authlete_fail_client_free) *client_free;
    __typeof__(authlete_fail_authorization) *call;
    __typeof__(authlete_fail_reply_free) *reply_free;
    const char request[] = "{\"ticket\":\"t\",\"reason\":\"DENIED\"}";
    authlete_fail_client *client = NULL;
    authlete_fail_reply *reply = NULL;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        CHECK_TEXT(dlerror(), "");
        return;
    }
    *(void **)&client_new = function(library, "authlete_fail_client_new");
    *(void **)&client_free = function(library, "authlete_fail_client_free");
    *(void **)&call = function(library, "authlete_fail_authorization");
    *(void **)&reply_free = function(library, "authlete_fail_reply_free");
    CHECK_INT(client_new(config, strlen(config), NULL, NULL, &client, NULL),
              AUTHLETE_FAIL_STATUS_OK);
    CHECK_INT(call(client, request, strlen(request), &reply), expected);
    reply_free(reply);
    client_free(client);
    CHECK_INT(dlclose(library), 0);
}

struct use {
    const char *path, *config;
    authlete_fail_status expected;
};

static void *use_on_thread(void *argument) {
    const struct use *self = argument;
    use(self->path, self->config, self->expected);
    return NULL;
}

static void on_thread(struct use use) {
    pthread_t thread;
    pthread_create(&thread, NULL, use_on_thread, &use);
    pthread_join(thread, NULL);
}

// The threads of the library outlive the handle that was closed.
static void close_during_lookup(const char *path) {
    const char *const config =
        "{\"baseUrl\":\"http://hangs.test:9\",\"allowInsecureHttp\":true,\"serviceId\":\"1\","
        "\"accessToken\":\"t\",\"timeoutMs\":20}";
    for (int i = 0; i < 5; i++) {
        on_thread((struct use){path, config, AUTHLETE_FAIL_STATUS_TIMEOUT});
    }
    pthread_mutex_lock(&lock);
    while (is_looking_up < 5) {
        pthread_cond_wait(&changed, &lock);
    }
    pthread_mutex_unlock(&lock);
    close(lookup_gate[1]);
}

// Another library with its own copy of Rust's runtime, its own panic hook, and a caught panic.
static void check_other(void *other, int expected_panics) {
    int (*panic_and_catch)(void);
    *(void **)&panic_and_catch = function(other, "panic_and_catch");
    CHECK_INT(panic_and_catch(), expected_panics);
}

int main(int count, char **arguments) {
    if (count != 4) {
        return 2;
    }
    const char *path = arguments[1], *config = arguments[2];
    CHECK_INT(pipe(lookup_gate), 0);
    void *other = dlopen(arguments[3], RTLD_NOW | RTLD_LOCAL);
    CHECK(other != NULL);
    check_other(other, 1);
    for (int i = 0; i < 25; i++) {
        use(path, config, AUTHLETE_FAIL_STATUS_OK);
        on_thread((struct use){path, config, AUTHLETE_FAIL_STATUS_OK});
    }
    check_other(other, 2);
    close_during_lookup(path);
    return check_result("load");
}
