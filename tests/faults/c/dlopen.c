// dlopen.c: loads the library at run time, repeatedly, also together with another Rust library. It
// is not linked with the library, so that dlopen and dlclose really load and unload it.
//
// EXTRA: the path of the library, the path of the other one.

#define _GNU_SOURCE
#include "frame.h"

#include "gate.h"

#include <authlete_fail.h>

enum { LOOKUPS = 4 }; // as many as the library runs for one host

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int started_lookups, ended_lookups;

// The library calls this function to look up names. Every lookup hangs until the gate opens.
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **result) {
    (void)name, (void)service, (void)hints, (void)result;
    pthread_mutex_lock(&lock);
    started_lookups++;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    wait_at_gate();
    pthread_mutex_lock(&lock);
    ended_lookups++;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    return EAI_AGAIN;
}

static void *function(void *library, const char *name) {
    void *found = dlsym(library, name);
    CHECK(found != NULL);
    return found;
}

// Loads the library, makes a call and unloads the library.
static void use(const char *settings, authlete_fail_status expected) {
    __typeof__(authlete_fail_client_new) *client_new;
    __typeof__(authlete_fail_client_free) *client_free;
    __typeof__(authlete_fail_authorization) *call;
    __typeof__(authlete_fail_reply_error) *reply_error;
    __typeof__(authlete_fail_reply_free) *reply_free;
    const char request[] = "{\"ticket\":\"t-" CANARY "\",\"reason\":\"DENIED\"}";
    authlete_fail_client *client = NULL;
    authlete_fail_reply *reply = NULL;
    void *library = dlopen(extra[0], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        CHECK_TEXT(dlerror(), "");
        return;
    }
    *(void **)&client_new = function(library, "authlete_fail_client_new");
    *(void **)&client_free = function(library, "authlete_fail_client_free");
    *(void **)&call = function(library, "authlete_fail_authorization");
    *(void **)&reply_error = function(library, "authlete_fail_reply_error");
    *(void **)&reply_free = function(library, "authlete_fail_reply_free");
    CHECK_INT(client_new(settings, strlen(settings), check_line, NULL, &client, NULL),
              AUTHLETE_FAIL_STATUS_OK);
    double start = now_ms();
    CHECK_INT(call(client, request, strlen(request), &reply), expected);
    check_deadline(start, timeout_of(settings, strlen(settings)));
    CHECK(strstr(reply_error(reply, NULL), CANARY) == NULL);
    reply_free(reply);
    client_free(client);
    CHECK_INT(dlclose(library), 0);
}

static void use_good(const char *settings) {
    use(settings, AUTHLETE_FAIL_STATUS_OK);
}

static void *use_good_on_thread(void *unused) {
    (void)unused;
    use_good(config);
    return NULL;
}

// Each call looks up a different host, because the library limits the lookups of one host.
static void *look_up(void *host_number) {
    char settings[256];
    snprintf(settings, sizeof settings,
             "{\"baseUrl\":\"http://host-%d.test:9\",\"allowInsecureHttp\":true,"
             "\"serviceId\":\"1\",\"accessToken\":\"t\",\"timeoutMs\":20}",
             *(int *)host_number);
    use(settings, AUTHLETE_FAIL_STATUS_TIMEOUT);
    return NULL;
}

static void on_thread(void *(*run)(void *), void *argument) {
    pthread_t thread;
    pthread_create(&thread, NULL, run, argument);
    pthread_join(thread, NULL);
}

static void wait_until(const int *count, int wanted) {
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += TEST_TIMEOUT_S;
    pthread_mutex_lock(&lock);
    while (*count < wanted && pthread_cond_timedwait(&changed, &lock, &end) == 0) {
    }
    CHECK_INT(*count, wanted);
    pthread_mutex_unlock(&lock);
}

// The threads of the library continue after dlclose.
static void close_during_lookup(void) {
    CHECK_INT(pipe(gate), 0);
    started_lookups = ended_lookups = 0;
    for (int i = 0; i < LOOKUPS; i++) {
        on_thread(look_up, &i);
    }
    wait_until(&started_lookups, LOOKUPS);
    close(gate[1]);
    wait_until(&ended_lookups, LOOKUPS);
    close(gate[0]);
}

// The other library has its own Rust runtime and its own panic hook, and catches a panic.
static void check_other(void *other) {
    static int panics = 0;
    int (*panic_and_catch)(void);
    *(void **)&panic_and_catch = function(other, "panic_and_catch");
    CHECK_INT(panic_and_catch(), ++panics);
}

static void load_and_unload(void) {
    void *other = dlopen(extra[1], RTLD_NOW | RTLD_LOCAL);
    CHECK(other != NULL);
    check_other(other);
    for (int i = 0; i < number; i++) {
        use_good(config);
        on_thread(use_good_on_thread, NULL);
    }
    check_other(other);
    close_during_lookup();
}

static const struct mode MODES[] = {{"load", load_and_unload}};

int main(int count, char **arguments) {
    return run_in_frame(MODES, 1, use_good, count, arguments);
}
