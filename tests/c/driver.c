// driver.c: runs the scenarios through the C ABI. It uses the protocol of the test harness:
//
//   in    <verb> <length>\n<bytes>\n      client, connect, authorization, token,
//                                        backchannel_authentication, shutdown
//   out   <name> <length>\n<bytes>\n ...  the records of the reply, then: end\n
//
// The reply to `shutdown` has no records. The bytes of the command are empty or the path of a FIFO.
// With a FIFO, a thread shuts the client down when the FIFO is opened for writing.
//
// With the argument "log", each reply has two more records: the new log lines, and the number of
// allocated bytes.

#include <authlete_fail.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef authlete_fail_status endpoint(const authlete_fail_client *, const char *, size_t,
                                      authlete_fail_reply **);
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
};

// Log lines arrive only on the main thread, so no lock is needed.
static char logged[64 * 1024];
static size_t logged_len = 0;

static void keep_line(void *context, int32_t level, const char *line, size_t len) {
    (void)context;
    (void)level;
    if (len + 1 < sizeof logged - logged_len) {
        memcpy(logged + logged_len, line, len);
        logged[logged_len + len] = '\n';
        logged_len += len + 1;
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

static void record_log(void) {
    struct mallinfo2 info = mallinfo2();
    record_number("allocated", (long long)(info.uordblks + info.hblkhd));
    if (logged_len > 0) {
        record("log", logged, logged_len);
        logged_len = 0;
    }
}

static void write_reply(const authlete_fail_reply *reply) {
    size_t len;
    record_text("status", authlete_fail_status_name(authlete_fail_reply_status(reply)));
    record_text("outcome", authlete_fail_outcome_name(authlete_fail_reply_outcome(reply)));
    record_text("ticketState",
                authlete_fail_ticket_state_name(authlete_fail_reply_ticket_state(reply)));
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

static endpoint *find(const char *verb) {
    if (strcmp(verb, "authorization") == 0) {
        return authlete_fail_authorization;
    }
    if (strcmp(verb, "token") == 0) {
        return authlete_fail_token;
    }
    if (strcmp(verb, "backchannel_authentication") == 0) {
        return authlete_fail_backchannel_authentication;
    }
    return NULL;
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
        // The exact size, so that sanitizers detect a read beyond the end.
        char *bytes = malloc(len > 0 ? len : 1);
        if (bytes == NULL || fread(bytes, 1, len, stdin) != len || getchar() != '\n') {
            return protocol_error("a command has the wrong length");
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
        endpoint *call = find(verb);
        authlete_fail_reply *reply = NULL;
        authlete_fail_status status;
        if (call != NULL) {
            status = call(client, bytes, len, &reply);
        } else if (strcmp(verb, "client") == 0) {
            free_client(client);
            status = authlete_fail_client_new(bytes, len, log, NULL, &client, &reply);
        } else if (strcmp(verb, "connect") == 0) {
            status = authlete_fail_client_connect(client, &reply);
        } else {
            return protocol_error("unknown verb");
        }
        if (status != authlete_fail_reply_status(reply)) {
            return protocol_error("the returned status is not that of the reply");
        }
        write_reply(reply);
        if (log != NULL) {
            record_log();
        }
        printf("end\n");
        fflush(stdout);
        authlete_fail_reply_free(reply);
        free(bytes);
    }
    free_client(client);
    return 0;
}
