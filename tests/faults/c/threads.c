// threads.c: one client and many threads; shutdown and cancellation in every phase of a call.

#define _GNU_SOURCE
#include "fault.h"

#include "../../c/peer.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <sys/ioctl.h>

enum { THREADS = 64, ROTATORS = 8, SHUTDOWN_MS = 50 };

// --- 64 threads, one client ---

static authlete_fail_client *client;

static void *call_often(void *caller) {
    for (int i = 0; i < number; i++) {
        good_call(client, (int)(size_t)caller, i);
    }
    return NULL;
}

static void share(void) {
    pthread_t threads[THREADS];
    client = client_of(config);
    for (size_t i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, call_often, (void *)i);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    authlete_fail_client_free(client);
}

// --- rotating the token, as the header says: swap the pointer, free after the last call ---

struct counted {
    authlete_fail_client *client;
    int token;
    int users;
};

static pthread_mutex_t rotation = PTHREAD_MUTEX_INITIALIZER;
static struct counted *current;
static int calls_left;

// The configuration has %d in place of the number of the token.
static struct counted *make(int token) {
    char text[8192];
    struct counted *made = calloc(1, sizeof *made);
    char *mark = strstr(config, "%d");
    CHECK(mark != NULL);
    snprintf(text, sizeof text, "%.*s%d%s", (int)(mark - config), config, token, mark + 2);
    made->client = client_of(text);
    made->token = token;
    made->users = 1;
    return made;
}

static void leave(struct counted *used) {
    pthread_mutex_lock(&rotation);
    int is_last = --used->users == 0;
    pthread_mutex_unlock(&rotation);
    if (is_last) {
        authlete_fail_client_free(used->client);
        free(used);
    }
}

static void *call_while_rotating(void *caller) {
    for (int i = 0;; i++) {
        char ticket[64];
        pthread_mutex_lock(&rotation);
        int is_over = calls_left-- <= 0;
        struct counted *used = current;
        used->users++;
        pthread_mutex_unlock(&rotation);
        if (is_over) {
            leave(used);
            return NULL;
        }
        snprintf(ticket, sizeof ticket, "token-%d-%d-%d", used->token, (int)(size_t)caller, i);
        authlete_fail_reply *reply = fail_ticket(used->client, ticket);
        CHECK(is_for(reply, ticket));
        finish(reply, AUTHLETE_FAIL_STATUS_OK);
        leave(used);
    }
}

static void rotate(void) {
    pthread_t threads[ROTATORS];
    int left = number;
    calls_left = number;
    current = make(0);
    for (size_t i = 0; i < ROTATORS; i++) {
        pthread_create(&threads[i], NULL, call_while_rotating, (void *)i);
    }
    for (int token = 1; left > 0; token++) {
        struct counted *next = make(token);
        pthread_mutex_lock(&rotation);
        struct counted *before = current;
        current = next;
        left = calls_left;
        pthread_mutex_unlock(&rotation);
        leave(before);
        usleep(2000); // the pace of the rotation, nothing that is waited for
    }
    for (int i = 0; i < ROTATORS; i++) {
        pthread_join(threads[i], NULL);
    }
    leave(current);
}

// --- a call that hangs in one phase ---

enum phase { LOOKUP, CONNECT, HANDSHAKE, WAIT, BODY, PHASES };
static const char *const PHASE_NAMES[] = {"lookup", "connect", "handshake", "wait", "body"};
// What the calling thread hangs in: a futex, poll, or recv.
static const long SYSCALLS[] = {SYS_futex, SYS_poll, SYS_recvfrom, SYS_recvfrom, SYS_recvfrom};

static int lookup_gate[2];
static atomic_int hanging_lookups;

// The library's lookups end up here; this one hangs until the gate opens.
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **result) {
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    char byte;
    if (lookup_gate[0] != 0 && strcmp(name, "hangs.test") == 0) {
        atomic_fetch_add(&hanging_lookups, 1);
        while (read(lookup_gate[0], &byte, 1) < 0 && errno == EINTR) {
        }
        atomic_fetch_sub(&hanging_lookups, 1);
        return EAI_AGAIN;
    }
    return real(name, service, hints, result);
}

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
    self->reply = fail_ticket(self->client, "t-" CANARY);
    self->has_returned = 1;
    self->waited_ms = cpu_wait_ms();
    pthread_testcancel();
    pthread_cleanup_pop(0);
    return NULL;
}

// A queue that is full, so that the kernel drops what asks to get in.
static void fill_queue(struct hanging *self) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)self->port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_INT(listen(self->listener, 0), 0);
    for (size_t i = 0; i < sizeof self->fillers / sizeof self->fillers[0]; i++) {
        self->fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect(self->fillers[i], (struct sockaddr *)&address, sizeof address);
    }
}

// Starts a call and returns when it hangs.
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

// Shutdown, join, free, as the header says. The time for which either thread waits for a CPU does
// not count.
static void shut_down(enum phase phase) {
    authlete_fail_ticket_state ticket_state =
        phase >= WAIT ? AUTHLETE_FAIL_TICKET_STATE_UNKNOWN : AUTHLETE_FAIL_TICKET_STATE_UNTOUCHED;
    struct hanging call;
    hang(&call, phase, 20000);
    double start = now_ms(), waited_before = cpu_wait_ms();
    authlete_fail_client_shutdown(call.client);
    pthread_join(call.caller, NULL);
    double took = now_ms() - start - (cpu_wait_ms() - waited_before) - call.waited_ms;
    printf("%s: %.2f ms\n", PHASE_NAMES[phase], took);
    CHECK(took < SHUTDOWN_MS);
    CHECK_INT(authlete_fail_reply_ticket_state(call.reply), ticket_state);
    finish(call.reply, AUTHLETE_FAIL_STATUS_SHUTDOWN);
    clean_up(&call);
}

// The call goes on to its deadline; then the thread ends at its own cancellation point.
static void cancel(enum phase phase) {
    struct hanging call;
    void *result = NULL;
    hang(&call, phase, 400);
    CHECK_INT(pthread_cancel(call.caller), 0);
    pthread_join(call.caller, &result);
    CHECK(result == PTHREAD_CANCELED);
    CHECK(call.has_returned);
    finish(call.reply, AUTHLETE_FAIL_STATUS_TIMEOUT);
    call.reply = fail_ticket(call.client, "t-" CANARY);
    finish(call.reply, AUTHLETE_FAIL_STATUS_TIMEOUT);
    clean_up(&call);
}

// Reads files, connects, closes: all are cancellation points, in functions that are none.
static void *use_with_cancellation_pending(void *has_returned) {
    pthread_cancel(pthread_self());
    authlete_fail_client *made = client_of(config);
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
    CHECK_INT(pipe(lookup_gate), 0);
    for (enum phase phase = LOOKUP; phase < PHASES; phase++) {
        end(phase);
    }
    close(lookup_gate[1]); // ends the lookups that no call waits for
    while (atomic_load(&hanging_lookups) > 0) {
        sched_yield();
    }
    close(lookup_gate[0]);
    lookup_gate[0] = 0;
}

static void shut_down_in_every_phase(void) {
    in_every_phase(shut_down);
}

static void cancel_in_every_phase(void) {
    in_every_phase(cancel);
}

static const struct mode MODES[] = {
    {"share", share},
    {"rotate", rotate},
    {"shutdown", shut_down_in_every_phase},
    {"cancel", cancel_in_every_phase},
    {"cancel-before", cancel_before},
};

int main(int count, char **arguments) {
    return RUN_IN_FRAME(MODES, count, arguments);
}
