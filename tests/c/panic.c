// panic.c: a panic inside the library becomes an error reply, however the library was linked.
//
// The library reads the clock with clock_gettime, and Rust panics if that fails. It never does, so this
// program replaces the function.

#define _GNU_SOURCE

#include "check.h"
#include "peer.h"

#include <authlete_fail.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>

#define REQUEST "{\"ticket\":\"t\",\"reason\":\"UNKNOWN\"}"
#define DELIVERED \
    "{\"resultCode\":\"A060306\",\"action\":\"LOCATION\",\"responseContent\":\"https://c.example/\"}"

enum { PANICS = 100 };

// The number of the call of clock_gettime that fails; 0: none.
static int failing;

int clock_gettime(clockid_t clock, struct timespec *now) {
    if (failing > 0 && --failing == 0) {
        errno = EINVAL;
        return -1;
    }
    return (int)syscall(SYS_clock_gettime, clock, now);
}

static authlete_fail_status call(const authlete_fail_client *client) {
    authlete_fail_reply *reply;
    authlete_fail_status status =
        authlete_fail_authorization(client, REQUEST, strlen(REQUEST), &reply);
    authlete_fail_reply_free(reply);
    return status;
}

int main(void) {
    peer server;
    char config[256];
    authlete_fail_client *client;
    peer_start(&server, "200 OK", DELIVERED);
    snprintf(config, sizeof config,
             "{\"baseUrl\":\"http://127.0.0.1:%d\",\"serviceId\":\"1\",\"accessToken\":\"x\"}", server.port);
    CHECK_INT(authlete_fail_client_new(config, strlen(config), NULL, NULL, &client, NULL),
              AUTHLETE_FAIL_STATUS_OK);
    CHECK_INT(call(client), AUTHLETE_FAIL_STATUS_OK);
    // Rust writes a message for each panic.
    int messages = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY);
    for (int i = 0; i < PANICS; i++) {
        dup2(nowhere, STDERR_FILENO);
        // The first call, for the duration, is outside the code that catches panics.
        failing = 2;
        authlete_fail_status status = call(client);
        dup2(messages, STDERR_FILENO);
        CHECK_TEXT(authlete_fail_status_name(status), "INTERNAL");
        CHECK_INT(failing, 0);
    }
    CHECK_INT(call(client), AUTHLETE_FAIL_STATUS_OK);
    close(messages);
    close(nowhere);
    authlete_fail_client_free(client);
    peer_stop(&server);
    return check_result("panic");
}
