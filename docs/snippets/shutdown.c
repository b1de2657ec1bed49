#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <authlete_fail.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 4 };

static const char *ticket;

/* [server] */
struct server {
    const authlete_fail_client *client;
    int listener; /* a socket that listens */
    int running;  /* threads */
    pthread_mutex_t mutex;
    pthread_cond_t ended;
};
/* [/server] */

/* Makes a call, and sends the status of the response. */
static void respond(const authlete_fail_client *client, int connection) {
    char request[256];
    snprintf(request, sizeof request, "{\"ticket\":\"%s\",\"reason\":\"DENIED\"}", ticket);
    authlete_fail_reply *reply;
    authlete_fail_authorization(client, request, strlen(request), &reply);
    dprintf(connection, "%s: HTTP %d\n", authlete_fail_status_name(authlete_fail_reply_status(reply)),
            authlete_fail_reply_response_status(reply));
    authlete_fail_reply_free(reply);
}

static int listen_on_any_port(void) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, len) != 0 || listen(listener, SOMAXCONN) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &len) != 0)
        abort();
    printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

/* [serve] */
static void *serve(void *context) {
    struct server *server = context;
    for (;;) {
        int connection = accept(server->listener, NULL, NULL);
        if (connection < 0 && errno == EINVAL) break; /* stop() has shut the listener down */
        if (connection < 0) continue;
        respond(server->client, connection); /* makes the calls, and sends the response */
        close(connection);
    }
    pthread_mutex_lock(&server->mutex);
    server->running--;
    pthread_cond_signal(&server->ended);
    pthread_mutex_unlock(&server->mutex);
    return NULL;
}

static void stop(struct server *server, int seconds) {
    shutdown(server->listener, SHUT_RDWR); /* wakes the threads in accept() */
    struct timespec deadline;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += seconds;
    pthread_mutex_lock(&server->mutex); /* wait for the calls in flight */
    int error = 0;
    while (server->running > 0 && error == 0)
        error = pthread_cond_timedwait(&server->ended, &server->mutex, &deadline);
    pthread_mutex_unlock(&server->mutex);
    authlete_fail_client_shutdown(server->client); /* aborts those that are left */
}
/* [/serve] */

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    int seconds = atoi(argv[1]);
    ticket = argv[2];
    /* [stop] */
    sigset_t signals; /* blocked in all threads; this thread waits for them, so no handler runs */
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);

    authlete_fail_client *client;
    authlete_fail_client_new(NULL, 0, NULL, NULL, &client, NULL);
    struct server server = {client, listen_on_any_port(), THREADS, PTHREAD_MUTEX_INITIALIZER,
                            PTHREAD_COND_INITIALIZER};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, serve, &server);

    int received;
    sigwait(&signals, &received);
    stop(&server, seconds); /* for example, 5 */
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    authlete_fail_client_free(client);
    /* [/stop] */
    close(server.listener);
}
