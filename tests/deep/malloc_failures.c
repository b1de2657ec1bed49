// malloc_failures.c: makes each allocation of an operation fail in turn, each in a separate process:
// malloc_failures CONFIG.json. The result must be success, an error, or SIGABRT, with which Rust reacts
// to a failed allocation; never another signal, a hang or an unsafe reply.

#define _GNU_SOURCE

#include <authlete_fail.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

long failing_malloc_arm(long nth, int and_all_after);

enum { TEST_TIMEOUT_S = 20, LIMIT = 20000 };

// How a process ends.
enum { DONE = 40, REFUSED, NOT_REACHED, WRONG };

static char config[16 * 1024];

static const char GOOD[] = "{\"ticket\":\"t1-c4n4ry\",\"reason\":\"ACCESS_DENIED\"}";
static const char BAD[] = "{\"ticket\":\"t1-c4n4ry\",\"reason\":\"c4n4ry\"}";
static const char BAD_CONFIG[] = "{\"accessToken\":\"c4n4ry\",\"timeoutMs\":0,\"base\":1}";

static void require(int claim) {
    if (!claim) {
        _exit(WRONG);
    }
}

static authlete_fail_client *new_client(void) {
    authlete_fail_client *client = NULL;
    authlete_fail_client_new(config, strlen(config), NULL, NULL, &client, NULL);
    require(client != NULL);
    return client;
}

// Checks what applies to every reply.
static int check_reply(authlete_fail_status status, authlete_fail_reply *reply, int is_whole) {
    require(authlete_fail_reply_status(reply) == status || reply == NULL);
    if (status == AUTHLETE_FAIL_STATUS_OK) {
        authlete_fail_reply_free(reply);
        return DONE;
    }
    require(authlete_fail_reply_response_status(reply) == 500);
    require(strcmp(authlete_fail_reply_response_body(reply, NULL),
                   "{\"error\":\"server_error\"}") == 0);
    require(strstr(authlete_fail_reply_error(reply, NULL), "c4n4ry") == NULL);
    require(!is_whole || authlete_fail_reply_error(reply, NULL)[0] != '\0');
    authlete_fail_reply_free(reply);
    return REFUSED;
}

static int call(const authlete_fail_client *client, const char *request, long nth, int all) {
    authlete_fail_reply *reply = NULL;
    failing_malloc_arm(nth, all);
    authlete_fail_status status = authlete_fail_backchannel_authentication(
        client, request, strlen(request), &reply);
    long failed = failing_malloc_arm(0, 0);
    int end = check_reply(status, reply, 1);
    return failed == 0 ? NOT_REACHED : end;
}

static int open_early(long nth, int all) {
    authlete_fail_client *client = new_client();
    authlete_fail_reply *reply = NULL;
    failing_malloc_arm(nth, all);
    authlete_fail_status status = authlete_fail_client_connect(client, &reply);
    long failed = failing_malloc_arm(0, 0);
    int end = check_reply(status, reply, 1);
    return failed == 0 ? NOT_REACHED : end;
}

static int make(const char *text, long nth, int all) {
    authlete_fail_client *client = NULL;
    authlete_fail_reply *reply = NULL;
    failing_malloc_arm(nth, all);
    authlete_fail_status status =
        authlete_fail_client_new(text, strlen(text), NULL, NULL, &client, &reply);
    long failed = failing_malloc_arm(0, 0);
    require((client != NULL) == (status == AUTHLETE_FAIL_STATUS_OK));
    int end = check_reply(status, reply, 1);
    authlete_fail_client_free(client);
    return failed == 0 ? NOT_REACHED : end;
}

static int client_new(long nth, int all) {
    return make(config, nth, all);
}

static int config_error(long nth, int all) {
    return make(BAD_CONFIG, nth, all);
}

static int request_error(long nth, int all) {
    return call(new_client(), BAD, nth, all);
}

static int cold_call(long nth, int all) {
    return call(new_client(), GOOD, nth, all);
}

static int warm_call(long nth, int all) {
    authlete_fail_client *client = new_client();
    require(call(client, GOOD, 0, 0) == NOT_REACHED);
    return call(client, GOOD, nth, all);
}

// A general call with options, and the functions around it.
static int general_call(long nth, int all) {
    static const char options[] = "{\"accessToken\":\"own-c4n4ry\",\"timeoutMs\":9000,"
                                  "\"headers\":{\"X-Own\":\"c4n4ry\\u0021\"}}";
    static const char request[] = "{\"ticket\":\"t1-c4n4ry\"}";
    authlete_fail_client *client = new_client();
    authlete_fail_reply *reply = NULL;
    char out[64];
    failing_malloc_arm(nth, all);
    authlete_fail_json_string("c4n4ry\n", 7, out, sizeof out);
    authlete_fail_status status =
        authlete_fail_call(client, "/auth/introspection?a=b", request, strlen(request), options,
                           strlen(options), &reply);
    authlete_fail_reply_get(reply, "/action", out, sizeof out, NULL);
    long failed = failing_malloc_arm(0, 0);
    int end = check_reply(status, reply, 1);
    return failed == 0 ? NOT_REACHED : end;
}

// After an error, the next call succeeds.
static int next_call(long nth, int all) {
    authlete_fail_client *client = new_client();
    int end = call(client, GOOD, nth, all);
    if (end == REFUSED) {
        authlete_fail_reply *reply = NULL;
        require(authlete_fail_backchannel_authentication(client, GOOD, strlen(GOOD), &reply) ==
                AUTHLETE_FAIL_STATUS_OK);
        authlete_fail_reply_free(reply);
    }
    authlete_fail_client_free(client);
    return end;
}

static const struct {
    const char *name;
    int (*run)(long nth, int all);
} OPERATIONS[] = {
    {"client_new", client_new},       {"config error", config_error},
    {"request error", request_error}, {"cold call", cold_call},
    {"warm call", warm_call},         {"call after an error", next_call},
    {"connect", open_early},          {"general call", general_call},
};

static int run_in_child(int (*run)(long, int), long nth, int all) {
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        // Rust prints "memory allocation of … bytes failed".
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDERR_FILENO);
        alarm(TEST_TIMEOUT_S);
        _exit(run(nth, all));
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror("malloc_failures");
        exit(2);
    }
    return status;
}

static int fail_each(const char *name, int (*run)(long, int), int all) {
    long done = 0, refused = 0, aborted = 0, nth;
    for (nth = 1; nth <= LIMIT; nth++) {
        int status = run_in_child(run, nth, all);
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) {
            aborted++;
        } else if (WIFEXITED(status) && WEXITSTATUS(status) == DONE) {
            done++;
        } else if (WIFEXITED(status) && WEXITSTATUS(status) == REFUSED) {
            refused++;
        } else if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_REACHED) {
            printf("%s, %s: %ld allocations: %ld succeeded, %ld gave an error, %ld aborted\n",
                   name, all ? "all from the n-th on" : "the n-th", nth - 1, done, refused,
                   aborted);
            return nth == 1;
        } else {
            printf("%s, allocation %ld: %s %d\n", name, nth,
                   WIFSIGNALED(status) ? "signal" : "exit code",
                   WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
            return 1;
        }
    }
    printf("%s: more than %d allocations\n", name, LIMIT);
    return 1;
}

int main(int argc, char **argv) {
    FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (file == NULL || fread(config, 1, sizeof config - 1, file) == 0) {
        fprintf(stderr, "malloc_failures CONFIG.json\n");
        return 2;
    }
    fclose(file);
    setvbuf(stdout, NULL, _IOLBF, 0);
    int failures = 0;
    for (size_t i = 0; i < sizeof OPERATIONS / sizeof OPERATIONS[0]; i++) {
        for (int all = 0; all < 2; all++) {
            failures += fail_each(OPERATIONS[i].name, OPERATIONS[i].run, all);
        }
    }
    return failures == 0 ? 0 : 1;
}
