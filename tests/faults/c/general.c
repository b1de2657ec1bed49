// general.c: general calls in threads and forked processes, and values of large documents.

#define _GNU_SOURCE
#include "fault.h"

enum { THREADS = 8, CHILDREN = 4, LITTLE_STACK = 128 * 1024 };

static authlete_fail_client *client;

// Makes a call whose ticket is also its access token, which the server compares.
static void call_with_own_token(int caller, int call) {
    char token[64], request[128], options[128];
    snprintf(token, sizeof token, "t-" CANARY "-%d-%d-%d", (int)getpid(), caller, call);
    int len = snprintf(request, sizeof request, "{\"ticket\":\"%s\"}", token);
    int options_len = snprintf(options, sizeof options, "{\"accessToken\":\"%s\"}", token);
    authlete_fail_reply *reply = general_call(client, "/auth/authorization/issue", request,
                                              (size_t)len, options, (size_t)options_len);
    CHECK(is_for(reply, token));
    finish(reply, AUTHLETE_FAIL_STATUS_OK);
}

static void *call_often(void *caller) {
    for (int i = 0; i < number; i++) {
        call_with_own_token(1 + (int)(size_t)caller, i);
        good_call(client, 1 + (int)(size_t)caller, number + i);
    }
    return NULL;
}

static void threads(void) {
    pthread_t callers[THREADS];
    client = client_of(config);
    for (size_t i = 0; i < THREADS; i++) {
        pthread_create(&callers[i], NULL, call_often, (void *)i);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(callers[i], NULL);
    }
    authlete_fail_client_free(client);
}

static void call_in_child(void *unused) {
    (void)unused;
    for (int i = 0; i < number; i++) {
        call_with_own_token(0, i);
    }
}

static void fork_during_calls(void) {
    pid_t children[CHILDREN];
    client = client_of(config);
    call_with_own_token(0, -1);
    for (int i = 0; i < CHILDREN; i++) {
        children[i] = in_child(call_in_child, NULL);
    }
    call_in_child(NULL);
    for (int i = 0; i < CHILDREN; i++) {
        CHECK_INT(result_of(children[i]), 0);
    }
    authlete_fail_client_free(client);
    CHECK_INT(open_sockets(), 0);
}

// --- values ---

static authlete_fail_reply *document(void) {
    return general_call(client, "/client/get/1", "", 0, "{\"method\":\"GET\"}", 16);
}

// The CPU time of this thread.
static double cpu_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

// Reads a value several times, and returns the shortest CPU time.
static double time_of(const authlete_fail_reply *reply, const char *pointer,
                      authlete_fail_json_type expected) {
    double shortest = 1e9;
    for (int i = 0; i < 5; i++) {
        char out[64];
        double start = cpu_ms();
        CHECK_INT(authlete_fail_reply_get(reply, pointer, out, sizeof out, NULL), expected);
        double time = cpu_ms() - start;
        shortest = time < shortest ? time : shortest;
    }
    return shortest;
}

// The arguments after the name of the mode: a pointer and its type, any number of times. The server
// sends a small and a large document in turn; the large one is `number` times as long.
static void *read_values(void *unused) {
    client = client_of(config);
    authlete_fail_reply *small = document();
    authlete_fail_reply *large = document();
    size_t small_len, large_len;
    authlete_fail_reply_json(small, &small_len);
    authlete_fail_reply_json(large, &large_len);
    CHECK(large_len > small_len * (size_t)(number - 1));
    for (char **argument = extra; *argument != NULL; argument += 2) {
        authlete_fail_json_type expected = (authlete_fail_json_type)atoi(argument[1]);
        double small_ms = time_of(small, argument[0], expected);
        double large_ms = time_of(large, argument[0], expected);
        printf("%.20s: %.3f ms, %.3f ms\n", argument[0], small_ms, large_ms);
        CHECK(large_ms < 3 * number * small_ms + 1);
        CHECK(large_ms < 100);
    }
    finish(small, AUTHLETE_FAIL_STATUS_OK);
    finish(large, AUTHLETE_FAIL_STATUS_OK);
    authlete_fail_client_free(client);
    return unused;
}

// Calls and reads values with the stack size that the header promises to be sufficient.
static void values(void) {
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    CHECK_INT(pthread_attr_setstacksize(&attributes, LITTLE_STACK), 0);
    CHECK_INT(pthread_create(&thread, &attributes, read_values, NULL), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
}

static const struct mode MODES[] = {
    {"threads", threads},
    {"fork", fork_during_calls},
    {"values", values},
};

int main(int count, char **arguments) {
    return RUN_IN_FRAME(MODES, count, arguments);
}
