/* Loads a plugin that contains the archive, calls and unloads it, again and again, also while a
 * lookup hangs: plugin FILE CONFIG CONFIG_OF_A_HANGING_LOOKUP */

#define _GNU_SOURCE
#include "../c/check.h"

#include <authlete_fail.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <sched.h>
#include <unistd.h>

#define LOADED(name) (__extension__(__typeof__(&name)) dlsym(plugin, #name))

enum { ROUNDS = 20 };

static const char *file;
static int lookup_gate[2];

/* The plugin finds this one, which hangs until the gate closes. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **result) {
    char byte;
    (void)name, (void)service, (void)hints, (void)result;
    while (read(lookup_gate[0], &byte, 1) < 0 && errno == EINTR) {
    }
    return EAI_AGAIN;
}

struct use {
    const char *config;
    authlete_fail_status expected;
};

/* On a thread that ends: glibc keeps what a thread has to destroy at its end. */
static void *use(void *argument) {
    const struct use *self = argument;
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

static void use_on_thread(const char *config, authlete_fail_status expected) {
    struct use how = {config, expected};
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, use, &how), 0);
    pthread_join(thread, NULL);
}

/* glibc unloads what it had to keep when something is closed. */
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
    alarm(60); /* a thread of the library that never ends is a failure */
    CHECK_INT(pipe(lookup_gate), 0);
    for (int i = 0; i < ROUNDS; i++) {
        use_on_thread(arguments[2], AUTHLETE_FAIL_STATUS_OK);
        CHECK(!is_loaded());
    }
    use_on_thread(arguments[3], AUTHLETE_FAIL_STATUS_TIMEOUT);
    CHECK_INT(threads(), 2);
    CHECK(is_loaded()); /* the lookup still runs in it */
    close(lookup_gate[1]);
    while (threads() > 1) {
        sched_yield();
    }
    CHECK(!is_loaded());
    return check_result("plugin");
}
