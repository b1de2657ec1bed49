// process_state.c: loads the library, makes calls and unloads it, and compares the state of the process
// before and after each step. Also compares the signal mask of the library's threads.
//
//     process_state LIBRARY CONFIG CONFIG_OF_A_HANGING_LOOKUP
//
// With the environment variable EMULATED, it does not read the signal masks in /proc: they are those of
// qemu-user, which has also a thread that is not the program's.

#define _GNU_SOURCE
#include "../faults/c/gate.h"
#include "check.h"

#include <arpa/inet.h>
#include <authlete_fail.h>
#include <dirent.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

extern char **environ;

// The function `name` of the library, with its type from the header.
#define LOADED(name) (__extension__(__typeof__(&name)) dlsym(library, #name))

static void *library;
static int started[2]; // a pipe with a byte for each lookup that hangs

// Replaces getaddrinfo() for the library: hangs.test blocks until the gate opens, and other names
// resolve to 127.0.0.1.
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **result) {
    static struct sockaddr_in loopback = {.sin_family = AF_INET};
    static struct addrinfo found = {.ai_family = AF_INET,
                                    .ai_socktype = SOCK_STREAM,
                                    .ai_addrlen = sizeof loopback,
                                    .ai_addr = (struct sockaddr *)&loopback};
    (void)service, (void)hints;
    if (strcmp(name, "hangs.test") == 0) {
        CHECK_INT(write(started[1], "", 1), 1);
        wait_at_gate();
        return EAI_AGAIN;
    }
    loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *result = &found;
    return 0;
}

void freeaddrinfo(struct addrinfo *result) {
    (void)result;
}

static void describe_signals(FILE *out) {
    struct sigaction action;
    sigset_t blocked;
    stack_t stack;
    for (int number = 1; number < NSIG; number++) {
        if (sigaction(number, NULL, &action) == 0) {
            fprintf(out, "signal %d: handler %p flags %x mask", number,
                    (void *)(uintptr_t)action.sa_handler, (unsigned)action.sa_flags);
            for (int other = 1; other < NSIG; other++) {
                fprintf(out, "%s", sigismember(&action.sa_mask, other) == 1 ? "1" : "0");
            }
            fprintf(out, "\n");
        }
    }
    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    for (int number = 1; number < NSIG; number++) {
        fprintf(out, "%s", sigismember(&blocked, number) == 1 ? "1" : "0");
    }
    sigaltstack(NULL, &stack);
    fprintf(out, " are blocked\nsigaltstack %p %x\n", stack.ss_sp, (unsigned)stack.ss_flags);
}

// The state that the library must not change, as text; the caller frees it.
static char *state(void) {
    char *text = NULL, folder[4096];
    size_t len;
    FILE *out = open_memstream(&text, &len);
    mode_t mask = umask(0);
    umask(mask);
    describe_signals(out);
    fprintf(out, "locale %s, thread locale %p\n", setlocale(LC_ALL, NULL), (void *)uselocale(NULL));
    fprintf(out, "environ %p\n", (void *)environ);
    for (char **variable = environ; *variable != NULL; variable++) {
        fprintf(out, "%p %s\n", (void *)*variable, *variable);
    }
    for (int resource = 0; resource < (int)RLIMIT_NLIMITS; resource++) {
        struct rlimit limit;
        getrlimit(resource, &limit);
        fprintf(out, "rlimit %d: %lld %lld\n", resource, (long long)limit.rlim_cur,
                (long long)limit.rlim_max);
    }
    fprintf(out, "folder %s, umask %o, priority %d, dumpable %d\n", getcwd(folder, sizeof folder),
            mask, getpriority(PRIO_PROCESS, 0), prctl(PR_GET_DUMPABLE));
    fclose(out);
    return text;
}

static char *before;

static void check_unchanged(const char *step) {
    char *after = state();
    if (strcmp(after, before) != 0) {
        fprintf(stderr, "%s changed the state from\n%s\nto\n%s\n", step, before, after);
    }
    CHECK(strcmp(after, before) == 0);
    free(after);
}

// Creates a client, opens a connection and makes a call; the status of both must be `expected`.
static authlete_fail_client *call(const char *config, authlete_fail_status expected) {
    authlete_fail_client *client = NULL;
    authlete_fail_reply *reply = NULL;
    LOADED(authlete_fail_client_new)(config, strlen(config), NULL, NULL, &client, &reply);
    CHECK_TEXT(LOADED(authlete_fail_reply_error)(reply, NULL), "");
    LOADED(authlete_fail_reply_free)(reply);
    check_unchanged("authlete_fail_client_new");
    CHECK_INT(LOADED(authlete_fail_client_connect)(client, NULL), expected);
    check_unchanged("authlete_fail_client_connect");
    LOADED(authlete_fail_backchannel_authentication)(client, "{}", 2, &reply);
    CHECK_INT(LOADED(authlete_fail_reply_status)(reply), expected);
    LOADED(authlete_fail_reply_free)(reply);
    check_unchanged("the call");
    return client;
}

// Whether a thread blocks all signals that can be blocked; those from 32 to SIGRTMIN are internal to libc.
static int blocks_all(const char *thread) {
    char path[64], line[256];
    unsigned long long blocked = 0;
    const unsigned long long internal = (1ULL << (SIGRTMIN - 32)) - 1;
    const unsigned long long unblockable =
        1ULL << (SIGKILL - 1) | 1ULL << (SIGSTOP - 1) | internal << 31;
    snprintf(path, sizeof path, "/proc/self/task/%.20s/status", thread);
    FILE *status = fopen(path, "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        sscanf(line, "SigBlk: %llx", &blocked);
    }
    fclose(status);
    return (blocked | unblockable) == ~0ULL;
}

static void unexpected_signal(int number) {
    (void)number;
    CHECK(0 && "a signal handler ran on a thread of the library");
}

// All other threads belong to the library.
static void check_threads(void) {
    char own[32];
    struct dirent *entry;
    int count = 0;
    snprintf(own, sizeof own, "%d", (int)getpid());
    DIR *threads = opendir("/proc/self/task");
    while ((entry = readdir(threads)) != NULL) {
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, own) != 0) {
            CHECK(getenv("EMULATED") != NULL || blocks_all(entry->d_name));
            count++;
        }
    }
    closedir(threads);
    CHECK(count >= 1);

    // A server may block a signal in all threads and receive it with sigwait().
    sigset_t set;
    int number = 0;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    kill(getpid(), SIGUSR1);
    CHECK_INT(sigwait(&set, &number), 0);
    CHECK_INT(number, SIGUSR1);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

int main(int count, char **arguments) {
    if (count != 4) {
        return 2;
    }
    struct sigaction action = {.sa_handler = unexpected_signal};
    sigaction(SIGUSR1, &action, NULL);
    CHECK_INT(pipe(gate) + pipe(started), 0);
    before = state();

    library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    check_unchanged("dlopen");
    authlete_fail_client *good = call(arguments[2], AUTHLETE_FAIL_STATUS_OK);
    authlete_fail_client *hanging = call(arguments[3], AUTHLETE_FAIL_STATUS_TIMEOUT);
    char byte;
    CHECK_INT(read(started[0], &byte, 1), 1);
    check_threads();
    LOADED(authlete_fail_client_shutdown)(hanging);
    LOADED(authlete_fail_client_free)(hanging);
    LOADED(authlete_fail_client_free)(good);
    check_unchanged("authlete_fail_client_free");
    close(gate[1]);
    dlclose(library);
    check_unchanged("dlclose");
    free(before);
    return check_result("process_state");
}
