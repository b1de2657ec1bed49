// memory.c: small stacks, no threads, constant memory.

#define _GNU_SOURCE
#include "fault.h"

#include <errno.h>
#include <sys/mman.h>

static void *make_call_free(void *unused) {
    (void)unused;
    authlete_fail_client *client = client_of(config);
    good_call(client, 0, 0);
    good_call(client, 0, 1);
    authlete_fail_client_free(client);
    return NULL;
}

// Makes a client and calls on a stack of `number` KiB, below which is no accessible page. Prints how much of it
// was used.
static void stack(void) {
    pthread_attr_t small;
    pthread_t thread;
    size_t len = (size_t)number * 1024, guard = (size_t)sysconf(_SC_PAGESIZE), unused = 0;
    unsigned char *pages = mmap(NULL, guard + len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned char *bytes = pages + guard;
    CHECK_INT(mprotect(bytes, len, PROT_READ | PROT_WRITE), 0);
    memset(bytes, 0xA5, len);
    pthread_attr_init(&small);
    CHECK_INT(pthread_attr_setstack(&small, bytes, len), 0);
    CHECK_INT(pthread_create(&thread, &small, make_call_free, NULL), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&small);
    while (unused < len && bytes[unused] == 0xA5) {
        unused++;
    }
    printf("stack=%zu\n", len - unused);
    munmap(pages, guard + len);
}

// The same on a stack of the default size: 128 KiB with musl.
static void default_stack(void) {
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, make_call_free, NULL), 0);
    pthread_join(thread, NULL);
}

// After the first tenth of the calls, memory usage does not grow.
static void flat(void) {
    authlete_fail_client *client = client_of(config);
    long before = 0;
    for (int i = 0; i < number; i++) {
        if (i == number / 10) {
            before = memory().resident_kib;
        }
        good_call(client, 0, i);
    }
    long after = memory().resident_kib;
    CHECK(after - before < 256);
    CHECK(after < 16 * 1024);
    authlete_fail_client_free(client);
}

static void clients(void) {
    for (int i = 0; i < number; i++) {
        make_call_free(NULL);
    }
    CHECK_INT(open_sockets(), 0);
}

static void limit_threads(const char *max) {
    FILE *file = fopen(extra[0], "w");
    CHECK(file != NULL && fputs(max, file) >= 0 && fclose(file) == 0);
}

// A lookup needs a thread, but the control group (pids.max) allows only one.
static void no_thread(void) {
    limit_threads("1");
    authlete_fail_client *client = client_of(config);
    authlete_fail_reply *reply = fail_ticket(client, "t");
    CHECK_INT(authlete_fail_reply_ticket_state(reply), AUTHLETE_FAIL_TICKET_STATE_UNTOUCHED);
    finish(reply, AUTHLETE_FAIL_STATUS_RESOURCE);
    // The next call gets a thread.
    limit_threads("max");
    good_call(client, 0, 0);
    authlete_fail_client_free(client);
}

static const struct mode MODES[] = {
    {"stack", stack},
    {"default-stack", default_stack},
    {"flat", flat},
    {"clients", clients},
    {"no-thread", no_thread},
};

int main(int count, char **arguments) {
    return RUN_IN_FRAME(MODES, count, arguments);
}
