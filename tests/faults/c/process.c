// process.c: signals, the environment, descriptors, the root directory, the end of threads.

#define _GNU_SOURCE
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { ALARMS = 20, MOST_CALLS = 100000 };

static void calls(void) {
    authlete_fail_client *client = client_of(config);
    for (int i = 0; i < number; i++) {
        good_call(client, 0, i);
    }
    authlete_fail_client_free(client);
}

// A long request, which is still being sent when the server resets the connection.
static void sigpipe(void) {
    static char request[100 * 1024];
    const char start[] = "{\"reason\":\"DENIED\",\"ticket\":\"";
    struct sigaction action;
    memset(request, 'x', sizeof request);
    memcpy(request, start, strlen(start));
    memcpy(request + sizeof request - 2, "\"}", 2);
    signal(SIGPIPE, SIG_DFL);
    authlete_fail_client *client = client_of(config);
    for (int i = 0; i < number; i++) {
        finish(fail_authorization(client, request, sizeof request), AUTHLETE_FAIL_STATUS_NETWORK);
    }
    authlete_fail_client_free(client);
    sigaction(SIGPIPE, NULL, &action);
    CHECK(action.sa_handler == SIG_DFL);
}

static atomic_int alarms;

static void on_alarm(int signal_number) {
    (void)signal_number;
    atomic_fetch_add(&alarms, 1);
}

static void set_alarm_interval(long interval_us) {
    const struct itimerval timer = {{0, interval_us}, {0, interval_us}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

// SIGALRM arrives every millisecond, and makes system calls fail with EINTR.
static void sigalrm(void) {
    struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);
    authlete_fail_client *client = client_of(config);
    atomic_store(&alarms, 0);
    set_alarm_interval(1000);
    for (int i = 0; i < number || (atomic_load(&alarms) < ALARMS && i < MOST_CALLS); i++) {
        good_call(client, 0, i);
    }
    set_alarm_interval(0);
    CHECK(atomic_load(&alarms) >= ALARMS);
    authlete_fail_client_free(client);
}

// The call ends at its deadline, not earlier, although signals constantly interrupt its waits.
static void sigalrm_silence(void) {
    struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);
    authlete_fail_client *client = client_of(config);
    set_alarm_interval(1000);
    double start = now_ms();
    finish(fail_ticket(client, "t"), AUTHLETE_FAIL_STATUS_TIMEOUT);
    CHECK(now_ms() - start >= number);
    set_alarm_interval(0);
    authlete_fail_client_free(client);
}

// Sockets get the numbers 0, 1 and 2.
static void stdio_closed(void) {
    int saved[3];
    for (int i = 0; i < 3; i++) {
        saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 20);
        close(i);
    }
    authlete_fail_client *client = NULL;
    authlete_fail_reply_free(new_client(config, strlen(config), NULL, NULL, &client));
    int good = 0, sockets = 0;
    for (int i = 0; i < number; i++) {
        char ticket[32];
        snprintf(ticket, sizeof ticket, "t-%d", i);
        authlete_fail_reply *reply = fail_ticket(client, ticket);
        good += is_for(reply, ticket);
        authlete_fail_reply_free(reply);
        struct sockaddr_storage peer;
        socklen_t len = sizeof peer;
        sockets += getpeername(0, (struct sockaddr *)&peer, &len) == 0;
    }
    int pid = (int)fork();
    if (pid == 0) {
        authlete_fail_client_free(client);
        _exit(fcntl(0, F_GETFD) >= 0);
    }
    int child = result_of(pid);
    authlete_fail_reply *reply = fail_ticket(client, "last");
    good += is_for(reply, "last");
    authlete_fail_reply_free(reply);
    authlete_fail_client_free(client);
    int are_closed = fcntl(0, F_GETFD) < 0 && fcntl(1, F_GETFD) < 0 && fcntl(2, F_GETFD) < 0;
    for (int i = 0; i < 3; i++) {
        dup2(saved[i], i);
        close(saved[i]);
    }
    CHECK_INT(good, number + 1);
    CHECK_INT(sockets, number);
    CHECK_INT(child, 0);
    CHECK(are_closed);
}

static atomic_int is_over;

// Makes the environment grow and move continuously.
static void *set_environment(void *unused) {
    static char value[4096];
    (void)unused;
    memset(value, 'v', sizeof value - 1);
    for (int i = 0; !atomic_load(&is_over); i++) {
        char name[32];
        snprintf(name, sizeof name, "NAME_%d", i % 500);
        setenv(name, value, 1);
        if (i % 3 == 0) {
            unsetenv(name);
        }
    }
    return NULL;
}

static void environment(void) {
    pthread_t other;
    authlete_fail_client *client = client_of(config);
    atomic_store(&is_over, 0);
    pthread_create(&other, NULL, set_environment, NULL);
    for (int i = 0; i < number; i++) {
        good_call(client, 0, i);
    }
    atomic_store(&is_over, 1);
    pthread_join(other, NULL);
    authlete_fail_client_free(client);
}

// Without /etc, names cannot be resolved and there are no system roots; everything else works.
static void empty_root(void) {
    char folder[] = "/tmp/empty-root-XXXXXX";
    // Without resolv.conf, musl queries 127.0.0.1 for 5 s.
    const char *const name = "{\"baseUrl\":\"https://api.authlete.test\",\"serviceId\":\"1\","
                             "\"accessToken\":\"t\",\"connectTimeoutMs\":10000}";
    const char *const system_roots = "{\"baseUrl\":\"https://api.authlete.test\","
                                     "\"serviceId\":\"1\",\"accessToken\":\"t\","
                                     "\"roots\":\"system\"}";
    CHECK(mkdtemp(folder) != NULL);
    CHECK_INT(chroot(folder), 0);
    CHECK_INT(chdir("/"), 0);
    authlete_fail_client *client = client_of(config);
    for (int i = 0; i < number; i++) {
        good_call(client, 0, i);
    }
    authlete_fail_client_free(client);
    client = client_of(name);
    finish(fail_ticket(client, "t"), AUTHLETE_FAIL_STATUS_CONNECT);
    authlete_fail_client_free(client);
    finish(new_client(system_roots, strlen(system_roots), NULL, NULL, &client),
           AUTHLETE_FAIL_STATUS_INVALID_CONFIG);
    CHECK(client == NULL);
}

// --- calls after the thread-local storage of the thread was destroyed ---

static authlete_fail_client *late_client;

static void call_late(void *unused) {
    (void)unused;
    good_call(late_client, 2, 0);
    good_call(late_client, 2, 1);
}

static void *call_and_leave(void *key) {
    good_call(late_client, 1, 0);
    CHECK_INT(pthread_setspecific(*(pthread_key_t *)key, late_client), 0);
    return NULL;
}

static void call_at_exit(void) {
    call_late(NULL);
    _exit(check_failures != 0);
}

static void call_and_exit(void *unused) {
    (void)unused;
    good_call(late_client, 3, 0);
    atexit(call_at_exit);
    exit(1);
}

static void end_of_threads(void) {
    pthread_key_t key;
    pthread_t thread;
    late_client = client_of(config);
    pthread_key_create(&key, call_late);
    pthread_create(&thread, NULL, call_and_leave, &key);
    pthread_join(thread, NULL);
    pthread_key_delete(key);
    run_in_child(call_and_exit, NULL);
    authlete_fail_client_free(late_client);
}

static const struct mode MODES[] = {
    {"end", end_of_threads},
    {"calls", calls},
    {"sigpipe", sigpipe},
    {"sigalrm", sigalrm},
    {"sigalrm-silence", sigalrm_silence},
    {"stdio", stdio_closed},
    {"environment", environment},
    {"empty-root", empty_root},
};

int main(int count, char **arguments) {
    return RUN_IN_FRAME(MODES, count, arguments);
}
