/* Repeatedly loads, calls and unloads a plugin that contains the archive, also during a DNS lookup
 * that hangs: plugin FILE CONFIG CONFIG_OF_A_HANGING_LOOKUP */

#define _GNU_SOURCE
#include "../c/check.h"
#include "../faults/c/gate.h"

#include <authlete_fail.h>
#include <dirent.h>
#include <sched.h>

#define LOADED(name) (__extension__(__typeof__(&name)) dlsym(plugin, #name))

enum { ROUNDS = 20 };

static const char *file;

/* Replaces getaddrinfo of glibc, also for the plugin; blocks until the gate opens. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **result) {
    (void)name, (void)service, (void)hints, (void)result;
    wait_at_gate();
    return EAI_AGAIN;
}

struct call {
    const char *config;
    authlete_fail_status expected;
};

/* Runs on a thread that exits, because glibc keeps a library loaded while a thread still has to run
 * destructors in it. */
static void *load_and_call(void *argument) {
    const struct call *self = argument;
    authlete_fail_client *client = NULL;
    authlete_fail_reply *reply = NULL;
    void *plugin = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (plugin == NULL) {
        CHECK_TEXT(dlerror(), "");
        return NULL;
    }
    LOADED(authlete_fail_client_new)(self->config, strlen(self->config), NULL, NULL, &client, NULL);
    LOADED(authlete_fail_backchannel_authentication)(client, "{}", 2, &reply);
    CHECK_INT(LOADED(authlete_fail_reply_status)(reply), self->expected);
    LOADED(authlete_fail_reply_free)(reply);
    LOADED(authlete_fail_client_free)(client);
    CHECK_INT(dlclose(plugin), 0);
    return NULL;
}

static void call_on_thread(const char *config, authlete_fail_status expected) {
    struct call call = {config, expected};
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, load_and_call, &call), 0);
    pthread_join(thread, NULL);
}

/* dlclose makes glibc unload libraries that it could not unload before. */
static int is_loaded(void) {
    char line[512];
    int found = 0;
    dlclose(dlopen(file, RTLD_NOW | RTLD_LOCAL));
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        found |= strstr(line, file) != NULL;
    }
    fclose(maps);
    return found;
}

static int threads(void) {
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    while (readdir(tasks) != NULL) {
        count++;
    }
    closedir(tasks);
    return count - 2; /* . and .. */
}

int main(int count, char **arguments) {
    if (count != 4) {
        return 2;
    }
    file = arguments[1];
    alarm(60); /* if a thread of the library never ends, the test fails */
    CHECK_INT(pipe(gate), 0);
    for (int i = 0; i < ROUNDS; i++) {
        call_on_thread(arguments[2], AUTHLETE_FAIL_STATUS_OK);
        CHECK(!is_loaded());
    }
    call_on_thread(arguments[3], AUTHLETE_FAIL_STATUS_TIMEOUT);
    CHECK_INT(threads(), 2);
    CHECK(is_loaded()); /* the lookup still runs in the plugin */
    close(gate[1]);
    while (threads() > 1) {
        sched_yield();
    }
    CHECK(!is_loaded());
    return check_result("plugin");
}
