// memory.c: small stacks, no threads, and memory that stays as it is.

#define _GNU_SOURCE
#include "fault.h"

#include <errno.h>

static const char *config;
static int number;

static void *make_call_free(void *unused) {
    (void)unused;
    authlete_fail_client *client = client_of(config);
    good_call(client, 0, 0);
    good_call(client, 0, 1);
    authlete_fail_client_free(client);
    return NULL;
}

// Everything on a stack of `number` KiB: configuration, handshake, call.
static void stack(void) {
    pthread_attr_t small;
    pthread_t thread;
    pthread_attr_init(&small);
    CHECK_INT(pthread_attr_setstacksize(&small, (size_t)number * 1024), 0);
    CHECK_INT(pthread_create(&thread, &small, make_call_free, NULL), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&small);
}

static long resident_kib(void) {
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK_INT(fscanf(file, "%ld %ld", &pages, &resident), 2);
    fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

// The last nine tenths of the calls need no memory that the first did not.
static void flat(void) {
    authlete_fail_client *client = client_of(config);
    long before = 0;
    for (int i = 0; i < number; i++) {
        if (i == number / 10) {
            before = resident_kib();
        }
        good_call(client, 0, i);
    }
    long after = resident_kib();
    printf("%ld KiB, then %ld KiB\n", before, after);
    CHECK(after - before < 256);
    CHECK(after < 16 * 1024);
    authlete_fail_client_free(client);
}

// The same, where clients come and go.
static void flat_clients(void) {
    long before = 0;
    for (int i = 0; i < number; i++) {
        if (i == number / 10) {
            before = resident_kib();
        }
        make_call_free(NULL);
    }
    long after = resident_kib();
    printf("%ld KiB, then %ld KiB\n", before, after);
    CHECK(after - before < 512);
    CHECK_INT(open_sockets(), 0);
}

// Lookups need a thread: this process may have no other, by its control group.
static void no_thread(void) {
    authlete_fail_client *client = client_of(config);
    authlete_fail_reply *reply = fail_ticket(client, "t");
    CHECK_INT(authlete_fail_reply_ticket_state(reply), AUTHLETE_FAIL_TICKET_STATE_UNTOUCHED);
    finish(reply, AUTHLETE_FAIL_STATUS_RESOURCE);
    // The next call gets one.
    FILE *file = fopen(getenv("PIDS_MAX"), "w");
    CHECK(file != NULL && fputs("max", file) >= 0 && fclose(file) == 0);
    good_call(client, 0, 0);
    authlete_fail_client_free(client);
}

int main(int count, char **arguments) {
    if (count != 4) {
        return 2;
    }
    static const struct {
        const char *name;
        void (*run)(void);
    } modes[] = {
        {"stack", stack}, {"flat", flat}, {"flat-clients", flat_clients}, {"no-thread", no_thread},
    };
    config = arguments[2];
    number = atoi(arguments[3]);
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        if (strcmp(arguments[1], modes[i].name) == 0) {
            modes[i].run();
        }
    }
    return check_result(arguments[1]);
}
