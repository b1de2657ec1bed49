// phases.c: shutdown and cancellation in every phase of a call or authlete_fail_client_connect.

#define _GNU_SOURCE
#include "fault.h"

#include "../../c/peer.h"
#include "gate.h"

enum { SHUTDOWN_MS = 50 };

enum phase { LOOKUP, CONNECT, HANDSHAKE, WAIT, BODY, PHASES };
static const char *const PHASE_NAMES[] = {"lookup", "connect", "handshake", "wait", "body"};
// The system call in which the calling thread blocks.
static const long SYSCALLS[] = {SYS_futex, SYS_poll, SYS_recvfrom, SYS_recvfrom, SYS_recvfrom};

static atomic_int hanging_lookups;

// The library calls this function to look up names.
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **result) {
    if (gate[0] != 0 && strcmp(name, "hangs.test") == 0) {
        atomic_fetch_add(&hanging_lookups, 1);
        wait_at_gate();
        atomic_fetch_sub(&hanging_lookups, 1);
        return EAI_AGAIN;
    }
    return real_getaddrinfo(name, service, hints, result);
}

static authlete_fail_reply *call(const authlete_fail_client *client) {
    return fail_ticket(client, "t-" CANARY);
}

// The function that blocks: `call`, or `open_early`, which has only the phases before the request.
static authlete_fail_reply *(*blocking)(const authlete_fail_client *) = call;

struct hanging {
    enum phase phase;
    int timeout_ms;
    authlete_fail_client *client;
    int port, listener, connection;
    int fillers[16];
    pid_t thread;
    pthread_mutex_t lock;
    pthread_cond_t started;
    int has_returned;
    authlete_fail_reply *reply;
    double waited_ms; // for a CPU
    pthread_t caller;
};

static void keep_reply(void *argument) {
    (void)argument;
}

static void *call_and_hang(void *argument) {
    struct hanging *self = argument;
    pthread_cleanup_push(keep_reply, self);
    pthread_mutex_lock(&self->lock);
    self->thread = (pid_t)syscall(SYS_gettid);
    pthread_cond_signal(&self->started);
    pthread_mutex_unlock(&self->lock);
    self->reply = blocking(self->client);
    self->has_returned = 1;
    self->waited_ms = cpu_wait_ms();
    pthread_testcancel();
    pthread_cleanup_pop(0);
    return NULL;
}

// Fills the accept queue, so that the kernel drops further connection requests.
static void fill_queue(struct hanging *self) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)self->port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_INT(listen(self->listener, 0), 0);
    for (size_t i = 0; i < sizeof self->fillers / sizeof self->fillers[0]; i++) {
        self->fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect(self->fillers[i], (struct sockaddr *)&address, sizeof address);
    }
}

// Starts a thread that runs `blocking`, and returns when it blocks in the given phase.
static void hang(struct hanging *self, enum phase phase, int timeout_ms) {
    char text[512];
    memset(self, 0, sizeof *self);
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->started, NULL);
    self->phase = phase;
    self->timeout_ms = timeout_ms;
    self->connection = -1;
    self->listener = peer_listen(&self->port);
    if (phase == CONNECT) {
        fill_queue(self);
    }
    snprintf(text, sizeof text,
             "{\"baseUrl\":\"%s://%s:%d\",\"allowInsecureHttp\":true,\"serviceId\":\"1\","
             "\"accessToken\":\"" CANARY "\",\"logLevel\":\"debug\",\"timeoutMs\":%d,\"connectTimeoutMs\":%d}",
             phase == HANDSHAKE ? "https" : "http", phase == LOOKUP ? "hangs.test" : "127.0.0.1",
             self->port, timeout_ms, timeout_ms);
    self->client = client_of(text);
    pthread_mutex_lock(&self->lock);
    pthread_create(&self->caller, NULL, call_and_hang, self);
    while (self->thread == 0) {
        pthread_cond_wait(&self->started, &self->lock);
    }
    pthread_mutex_unlock(&self->lock);
    if (phase >= HANDSHAKE) {
        char request[PEER_REQUEST_LEN];
        self->connection = accept(self->listener, NULL, NULL);
        if (phase == HANDSHAKE) {
            CHECK(recv(self->connection, request, 1, 0) == 1);
        } else {
            CHECK(peer_read_request(self->connection, request, sizeof request) > 0);
        }
        if (phase == BODY) {
            const char half[] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"action\":";
            CHECK(send(self->connection, half, strlen(half), 0) > 0);
        }
    }
    CHECK(wait_for_syscall(self->thread, SYSCALLS[phase]));
}

static void clean_up(struct hanging *self) {
    authlete_fail_client_free(self->client);
    if (self->connection >= 0) {
        close(self->connection);
    }
    for (size_t i = 0; self->phase == CONNECT && i < 16; i++) {
        close(self->fillers[i]);
    }
    close(self->listener);
}

// Shuts down, joins and frees, as the header says. The time for which either thread waits for a CPU
// is subtracted.
static void shut_down(enum phase phase) {
    authlete_fail_ticket_state ticket_state =
        blocking != call ? AUTHLETE_FAIL_TICKET_STATE_NONE
        : phase >= WAIT  ? AUTHLETE_FAIL_TICKET_STATE_UNKNOWN
                         : AUTHLETE_FAIL_TICKET_STATE_UNTOUCHED;
    struct hanging thread;
    hang(&thread, phase, 20000);
    double start = now_ms(), waited_before = cpu_wait_ms();
    authlete_fail_client_shutdown(thread.client);
    pthread_join(thread.caller, NULL);
    double took = now_ms() - start - (cpu_wait_ms() - waited_before) - thread.waited_ms;
    printf("%s: %.2f ms\n", PHASE_NAMES[phase], took);
    CHECK(took < SHUTDOWN_MS);
    CHECK_INT(authlete_fail_reply_ticket_state(thread.reply), ticket_state);
    finish(thread.reply, AUTHLETE_FAIL_STATUS_SHUTDOWN);
    clean_up(&thread);
}

// The function continues until its deadline. The thread then exits at its own cancellation point.
static void cancel(enum phase phase) {
    struct hanging thread;
    void *result = NULL;
    hang(&thread, phase, 400);
    CHECK_INT(pthread_cancel(thread.caller), 0);
    pthread_join(thread.caller, &result);
    CHECK(result == PTHREAD_CANCELED);
    CHECK(thread.has_returned);
    finish(thread.reply, AUTHLETE_FAIL_STATUS_TIMEOUT);
    finish(blocking(thread.client), AUTHLETE_FAIL_STATUS_TIMEOUT);
    clean_up(&thread);
}

// The functions of the library read files, connect and close, which are cancellation points, but are
// not cancellation points themselves.
static void *use_with_cancellation_pending(void *has_returned) {
    pthread_cancel(pthread_self());
    authlete_fail_client *made = client_of(config);
    finish(open_early(made), AUTHLETE_FAIL_STATUS_OK);
    good_call(made, 0, 0);
    authlete_fail_client_shutdown(made);
    authlete_fail_client_free(made);
    *(int *)has_returned = 1;
    pthread_testcancel();
    return NULL;
}

static void cancel_before(void) {
    pthread_t thread;
    void *result = NULL;
    int has_returned = 0;
    pthread_create(&thread, NULL, use_with_cancellation_pending, &has_returned);
    pthread_join(thread, &result);
    CHECK(result == PTHREAD_CANCELED);
    CHECK(has_returned);
}

static void in_every_phase(void (*end)(enum phase)) {
    CHECK_INT(pipe(gate), 0);
    for (enum phase phase = LOOKUP; phase < (blocking == call ? PHASES : WAIT); phase++) {
        end(phase);
    }
    close(gate[1]); // ends the lookups that no call waits for
    while (atomic_load(&hanging_lookups) > 0) {
        sched_yield();
    }
    close(gate[0]);
    gate[0] = 0;
}

static void shut_down_in_every_phase(void) {
    in_every_phase(shut_down);
}

static void cancel_in_every_phase(void) {
    in_every_phase(cancel);
}

static void shut_down_connect(void) {
    blocking = open_early;
    in_every_phase(shut_down);
}

static void cancel_connect(void) {
    blocking = open_early;
    in_every_phase(cancel);
}

static const struct mode MODES[] = {
    {"shutdown", shut_down_in_every_phase},
    {"cancel", cancel_in_every_phase},
    {"shutdown-connect", shut_down_connect},
    {"cancel-connect", cancel_connect},
    {"cancel-before", cancel_before},
};

int main(int count, char **arguments) {
    return RUN_IN_FRAME(MODES, count, arguments);
}
