// stray.c: calls in quick succession on one connection. After the first API response, a stray
// response or the end of the stream arrives. The server sends it after the call with the number 0
// of each caller.

#define _GNU_SOURCE
#include "fault.h"

#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <sys/mman.h>

enum { LATER_CALLS = 300 };

// Waits until something has arrived on the idle connection, unless the library has closed it.
static void wait_for_arrival(void) {
    struct pollfd idle = {.events = POLLIN};
    find_sockets(&idle.fd);
    CHECK(idle.fd < 0 || poll(&idle, 1, 10000) == 1);
}

// Makes a call, and returns whether it got its own response. The library may refuse a stray
// response.
static int is_right(const authlete_fail_client *client, int caller, int call) {
    char ticket[64];
    snprintf(ticket, sizeof ticket, "t-%d-%d-%d", (int)getpid(), caller, call);
    authlete_fail_reply *reply = fail_ticket(client, ticket);
    int is_own = is_for(reply, ticket);
    authlete_fail_status status = authlete_fail_reply_status(reply);
    CHECK(status == AUTHLETE_FAIL_STATUS_OK || status == AUTHLETE_FAIL_STATUS_PROTOCOL);
    authlete_fail_reply_free(reply);
    return is_own;
}

// Each client calls again as soon as something has arrived after its first call.
static void call_after_arrival(int is_first_right) {
    for (int i = 0; i < number; i++) {
        authlete_fail_client *client = client_of(config);
        CHECK_INT(is_right(client, i, 0), is_first_right);
        wait_for_arrival();
        good_call(client, i, 1);
        good_call(client, i, 2);
        authlete_fail_client_free(client);
    }
}

// The number of responses that the server has sent and that have arrived, except for stray responses.
static const volatile uint64_t *responses;

static void map_responses(void) {
    int file = open(getenv("RESPONSES"), O_RDONLY);
    responses = mmap(NULL, sizeof *responses, PROT_READ, MAP_SHARED, file, 0);
    CHECK(responses != MAP_FAILED);
    close(file);
}

static void wait_for_responses(uint64_t count) {
    double end = now_ms() + 10000;
    while (*responses < count && now_ms() < end) {
        sched_yield();
    }
    CHECK(*responses == count);
}

// Each client continues to call, no faster than the server responds. At most one call gets the stray
// response, and no call gets the response of another call.
static void keep_calling(void) {
    static uint64_t calls;
    int most = 0, all = 0;
    map_responses();
    for (int i = 0; i < number; i++) {
        authlete_fail_client *client = client_of(config);
        int wrong = 0;
        for (int j = 0; j <= LATER_CALLS; j++) {
            wrong += !is_right(client, i, j);
            wait_for_responses(++calls);
        }
        authlete_fail_client_free(client);
        most = wrong > most ? wrong : most;
        all += wrong;
    }
    munmap((void *)responses, sizeof *responses);
    printf("wrong or refused responses: %d of %d calls, at most %d per client\n", all,
           number * LATER_CALLS, most);
    CHECK(most <= 1);
}

static void arrived(void) {
    call_after_arrival(1);
}

static void early(void) {
    call_after_arrival(0);
}

static const struct mode MODES[] = {
    {"arrived", arrived},
    {"early", early},
    {"keep-calling", keep_calling},
};

int main(int count, char **arguments) {
    return RUN_IN_FRAME(MODES, count, arguments);
}
