// driver.c: runs the scenarios through the C ABI. It uses the protocol of the test harness:
//
//   in    <verb> <length>\n<bytes>\n      client, connect, authorization, token,
//                                        backchannel_authentication, call, shutdown,
//                                        path, options, get
//   out   <name> <length>\n<bytes>\n ...  the records of the reply, then: end\n
//
// `path`, `options` and `get` have no records. They set the path and the options of the next call, and
// a JSON Pointer whose value is added to the records of that call.
//
// The reply to `shutdown` has no records. The bytes of the command are empty or the path of a FIFO.
// With a FIFO, a thread shuts the client down when the FIFO is opened for writing.
//
// With the argument "log", each reply has three more records: the new log lines, each preceded by the
// number of its level and a space; the statistics; and the number of allocated bytes.

#include "allocated.h"

#include <assert.h>
#include <authlete_fail.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef authlete_fail_status endpoint(const authlete_fail_client *, const char *, size_t,
                                      authlete_fail_reply **);

// The functions of the fail endpoints, and the path with which authlete_fail_call does the same.
static const struct {
    const char *verb;
    endpoint *call;
    const char *path;
} ENDPOINTS[] = {
    {"authorization", authlete_fail_authorization, "/auth/authorization/fail"},
    {"token", authlete_fail_token, "/auth/token/fail"},
    {"backchannel_authentication", authlete_fail_backchannel_authentication,
     "/backchannel/authentication/fail"},
};

typedef const char *text(const authlete_fail_reply *, size_t *);

static const struct {
    const char *name;
    text *read;
} TEXTS[] = {
    {"error", authlete_fail_reply_error},
    {"errorJson", authlete_fail_reply_error_json},
    {"json", authlete_fail_reply_json},
    {"action", authlete_fail_reply_action},
    {"resultCode", authlete_fail_reply_result_code},
    {"requestId", authlete_fail_reply_request_id},
    {"diagnostics", authlete_fail_reply_diagnostics},
};

// The names of authlete_fail_json_type.
static const char *const TYPES[] = {"ABSENT", "NULL",  "BOOLEAN", "NUMBER",
                                    "STRING", "ARRAY", "OBJECT"};

enum { MAX_POINTERS = 64 };

// The settings of the next call, from the commands before it.
static struct {
    char *path; // NUL-terminated, like the pointers
    char *options;
    size_t options_len;
    char *pointers[MAX_POINTERS];
    size_t pointer_count;
} next_call;

static void clear_next_call(void) {
    free(next_call.path);
    free(next_call.options);
    for (size_t i = 0; i < next_call.pointer_count; i++) {
        free(next_call.pointers[i]);
    }
    memset(&next_call, 0, sizeof next_call);
}

// Stores `bytes` if `verb` is one of these commands.
static int set_for_next_call(const char *verb, char *bytes, size_t len) {
    if (strcmp(verb, "path") == 0) {
        next_call.path = bytes;
    } else if (strcmp(verb, "options") == 0) {
        next_call.options = bytes;
        next_call.options_len = len;
    } else if (strcmp(verb, "get") == 0) {
        assert(next_call.pointer_count < MAX_POINTERS);
        next_call.pointers[next_call.pointer_count++] = bytes;
    } else {
        return 0;
    }
    return 1;
}

// Log lines arrive only on the main thread, so no lock is needed.
static char logged[64 * 1024];
static size_t logged_len = 0;

static void keep_line(void *context, int32_t level, const char *line, size_t len) {
    (void)context;
    if (len + 3 < sizeof logged - logged_len) {
        logged[logged_len++] = (char)('0' + level);
        logged[logged_len++] = ' ';
        memcpy(logged + logged_len, line, len);
        logged_len += len;
        logged[logged_len++] = '\n';
    }
}

static void record(const char *name, const char *bytes, size_t len) {
    printf("%s %zu\n", name, len);
    fwrite(bytes, 1, len, stdout);
    putchar('\n');
}

static void record_text(const char *name, const char *text) {
    record(name, text, strlen(text));
}

static void record_number(const char *name, long long number) {
    char text[32];
    snprintf(text, sizeof text, "%lld", number);
    record_text(name, text);
}

static void record_header(const char *name, const char *value) {
    printf("header %zu\n%s: %s\n", strlen(name) + 2 + strlen(value), name, value);
}

static void record_stats(const authlete_fail_client *client) {
    char stats[4096]; // enough, according to the header
    size_t len = authlete_fail_client_stats(client, stats, sizeof stats);
    assert(len < sizeof stats && strlen(stats) == len);
    record("stats", stats, len);
}

static void record_log(const authlete_fail_client *client) {
    record_stats(client);
    record_number("allocated", (long long)allocated_bytes());
    record("log", logged, logged_len);
    logged_len = 0;
}

// Reads the value with an `out_size` of 0, one that is too small and one that suffices. The buffer has
// exactly the required size, so that sanitizers detect a write beyond its end.
static void record_value(const authlete_fail_reply *reply, const char *pointer) {
    size_t len = 0;
    size_t same_len = 0;
    authlete_fail_json_type type = authlete_fail_reply_get(reply, pointer, NULL, 0, &len);
    char *out = malloc(len + 1);
    assert(out != NULL);
    memset(out, '?', len + 1);
    assert(authlete_fail_reply_get(reply, pointer, out, 0, &same_len) == type && same_len == len);
    assert(out[0] == '?');
    if (len > 0) {
        assert(authlete_fail_reply_get(reply, pointer, out, len, &same_len) == type);
        assert(out[0] == '\0' && same_len == len);
    }
    assert(authlete_fail_reply_get(reply, pointer, out, len + 1, NULL) == type);
    assert(out[len] == '\0' && strlen(out) == len);
    assert((size_t)type < sizeof TYPES / sizeof TYPES[0]);
    printf("value %zu\n%s %s\n", strlen(TYPES[type]) + 1 + len, TYPES[type], out);
    free(out);
}

static void write_reply(const authlete_fail_reply *reply) {
    size_t len;
    record_text("status", authlete_fail_status_name(authlete_fail_reply_status(reply)));
    record_text("outcome", authlete_fail_outcome_name(authlete_fail_reply_outcome(reply)));
    record_text("ticketState",
                authlete_fail_ticket_state_name(authlete_fail_reply_ticket_state(reply)));
    record_number("mayRepeat", authlete_fail_reply_may_repeat(reply));
    record_number("durationUs", authlete_fail_reply_duration_us(reply));
    record_number("attempts", authlete_fail_reply_attempts(reply));
    record_number("httpStatus", authlete_fail_reply_http_status(reply));
    record_number("retryAfterMs", authlete_fail_reply_retry_after_ms(reply));
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        const char *bytes = TEXTS[i].read(reply, &len);
        record(TEXTS[i].name, bytes, len);
    }
    record_number("responseStatus", authlete_fail_reply_response_status(reply));
    for (size_t i = 0; i < authlete_fail_reply_response_header_count(reply); i++) {
        record_header(authlete_fail_reply_response_header_name(reply, i),
                      authlete_fail_reply_response_header_value(reply, i));
    }
    const char *body = authlete_fail_reply_response_body(reply, &len);
    record("responseBody", body, len);
    for (size_t i = 0; i < next_call.pointer_count; i++) {
        record_value(reply, next_call.pointers[i]);
    }
}

// The thread that shuts the client down.
static struct {
    pthread_t id;
    int is_running;
    const authlete_fail_client *client;
    char fifo[4096];
} shutdown_thread;

static void *wait_and_shut_down(void *unused) {
    FILE *fifo = fopen(shutdown_thread.fifo, "r"); // returns when the FIFO is opened for writing
    if (fifo != NULL) {
        fclose(fifo);
    }
    authlete_fail_client_shutdown(shutdown_thread.client);
    return unused;
}

static int shut_down(const authlete_fail_client *client, const char *fifo, size_t len) {
    if (len == 0) {
        authlete_fail_client_shutdown(client);
        return 0;
    }
    if (len >= sizeof shutdown_thread.fifo) {
        return -1;
    }
    memcpy(shutdown_thread.fifo, fifo, len);
    shutdown_thread.fifo[len] = '\0';
    shutdown_thread.client = client;
    shutdown_thread.is_running = 1;
    return pthread_create(&shutdown_thread.id, NULL, wait_and_shut_down, NULL);
}

static void free_client(authlete_fail_client *client) {
    if (shutdown_thread.is_running) {
        pthread_join(shutdown_thread.id, NULL);
        shutdown_thread.is_running = 0;
    }
    authlete_fail_client_free(client);
}

// Makes the call that `verb` names; returns -1 if it names none.
static int call(const char *verb, const authlete_fail_client *client, const char *request,
                size_t len, authlete_fail_status *status, authlete_fail_reply **reply) {
    const char *path = strcmp(verb, "call") == 0 ? next_call.path : NULL;
    for (size_t i = 0; i < sizeof ENDPOINTS / sizeof ENDPOINTS[0]; i++) {
        if (strcmp(verb, ENDPOINTS[i].verb) == 0) {
            if (next_call.options == NULL) {
                *status = ENDPOINTS[i].call(client, request, len, reply);
                return 0;
            }
            path = ENDPOINTS[i].path;
        }
    }
    if (path == NULL) {
        return -1;
    }
    *status = authlete_fail_call(client, path, request, len, next_call.options,
                                 next_call.options_len, reply);
    return 0;
}

static int protocol_error(const char *why) {
    fprintf(stderr, "driver: %s\n", why);
    return 2;
}

int main(int argc, char **argv) {
    authlete_fail_log_fn log = argc > 1 && strcmp(argv[1], "log") == 0 ? keep_line : NULL;
    authlete_fail_client *client = NULL;
    char line[64];
    while (fgets(line, sizeof line, stdin) != NULL) {
        char verb[32];
        size_t len;
        if (sscanf(line, "%31s %zu", verb, &len) != 2) {
            return protocol_error("a command must be a verb and a length");
        }
        int is_terminated = strcmp(verb, "path") == 0 || strcmp(verb, "get") == 0;
        // The exact size, so that sanitizers detect a read beyond the end.
        char *bytes = calloc(1, is_terminated || len == 0 ? len + 1 : len);
        if (bytes == NULL || fread(bytes, 1, len, stdin) != len || getchar() != '\n') {
            return protocol_error("a command has the wrong length");
        }
        if (set_for_next_call(verb, bytes, len)) {
            printf("end\n");
            fflush(stdout);
            continue;
        }
        if (strcmp(verb, "shutdown") == 0) {
            if (shut_down(client, bytes, len) != 0) {
                return protocol_error("cannot create the shutdown thread");
            }
            free(bytes);
            printf("end\n");
            fflush(stdout);
            continue;
        }
        authlete_fail_reply *reply = NULL;
        authlete_fail_status status;
        if (strcmp(verb, "client") == 0) {
            free_client(client);
            status = authlete_fail_client_new(bytes, len, log, NULL, &client, &reply);
        } else if (strcmp(verb, "connect") == 0) {
            status = authlete_fail_client_connect(client, &reply);
        } else if (call(verb, client, bytes, len, &status, &reply) != 0) {
            return protocol_error("unknown verb, or a call without a path");
        }
        if (status != authlete_fail_reply_status(reply)) {
            return protocol_error("the returned status is not that of the reply");
        }
        write_reply(reply);
        clear_next_call();
        if (log != NULL) {
            record_log(client);
        }
        printf("end\n");
        fflush(stdout);
        authlete_fail_reply_free(reply);
        free(bytes);
    }
    free_client(client);
    return 0;
}
