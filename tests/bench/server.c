/* The server of the benchmarks: one thread, epoll, one response.
 *
 *     server [LATENCY_MS]
 *
 * Prints its port. Responds to each POST after LATENCY_MS milliseconds (0: immediately) as
 * /auth/authorization/fail does for a valid ticket, with the headers that nginx sends.
 * `GET /counters` returns the number of connections and requests since the last such request, as JSON. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 4096, MAX_REQUEST = 8192 };

static const char JSON[] =
    "{\"type\":\"authorizationFailResponse\",\"resultCode\":\"A060001\",\"resultMessage\":\"[A060001] "
    "The authorization request was failed as the service asked.\",\"action\":\"LOCATION\","
    "\"responseContent\":\"https://client.example.com/callback?error=login_required&error_description="
    "%5BA060001%5D+The+user+has+not+logged+in.&error_uri=https%3A%2F%2Fdocs.authlete.com%2F%23A060001"
    "&state=1b6c3f4e9d2a4c58&iss=https%3A%2F%2Fas.example.com\"}";

struct connection {
    char request[MAX_REQUEST];
    size_t length;
    int open;
};

struct waiting {
    int fd;
    long long due_ns;
};

static struct connection connections[MAX_CONNECTIONS];
/* Ordered by due time, because the latency is the same for all. */
static struct waiting queue[MAX_CONNECTIONS];
static size_t queue_head, queue_length;
static struct { unsigned long connections, requests; } counters;
static char response[2048];
static size_t response_length;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static long long now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void send_all(int fd, const char *bytes, size_t length) {
    /* It fits into the socket buffer. */
    if (send(fd, bytes, length, MSG_NOSIGNAL) != (ssize_t)length)
        shutdown(fd, SHUT_RDWR);
}

static void send_counters(int fd) {
    char body[256], head[256];
    int body_length = snprintf(body, sizeof body,
        "{\"connections\":%lu,\"requests\":%lu}", counters.connections, counters.requests);
    int head_length = snprintf(head, sizeof head,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
        "Content-Length: %d\r\n\r\n", body_length);
    send_all(fd, head, (size_t)head_length);
    send_all(fd, body, (size_t)body_length);
    shutdown(fd, SHUT_WR);
    memset(&counters, 0, sizeof counters);
}

/* Whether the headers and the body have arrived. */
static int is_complete(const struct connection *connection) {
    const char *end = memmem(connection->request, connection->length, "\r\n\r\n", 4);
    if (end == NULL)
        return 0;
    size_t head = (size_t)(end - connection->request) + 4, body = 0;
    for (const char *line = connection->request; line < end;) {
        if (strncasecmp(line, "content-length:", 15) == 0)
            body = strtoul(line + 15, NULL, 10);
        line = (const char *)memchr(line, '\n', (size_t)(end + 2 - line)) + 1;
    }
    return connection->length >= head + body;
}

static void close_connection(int fd) {
    connections[fd].open = 0;
    close(fd);
}

static void serve(int fd, long long latency_ns) {
    struct connection *connection = &connections[fd];
    ssize_t got = recv(fd, connection->request + connection->length,
                       MAX_REQUEST - connection->length, 0);
    if (got <= 0 || connection->length + (size_t)got == MAX_REQUEST) {
        close_connection(fd);
        return;
    }
    connection->length += (size_t)got;
    if (strncmp(connection->request, "GET /counters", 13) == 0) {
        counters.connections--;
        send_counters(fd);
        return;
    }
    if (!is_complete(connection))
        return;
    connection->length = 0;
    counters.requests++;
    if (latency_ns == 0) {
        send_all(fd, response, response_length);
    } else {
        queue[(queue_head + queue_length++) % MAX_CONNECTIONS] =
            (struct waiting){fd, now_ns() + latency_ns};
    }
}

static void accept_all(int listener, int epoll) {
    int fd, on = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (fd >= MAX_CONNECTIONS) {
            close(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        connections[fd] = (struct connection){.open = 1};
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
            die("epoll_ctl");
        counters.connections++;
    }
}

/* Sends the responses that are due; returns the time until the next one. */
static struct timespec *send_due(struct timespec *wait) {
    while (queue_length > 0) {
        struct waiting *first = &queue[queue_head % MAX_CONNECTIONS];
        long long left = first->due_ns - now_ns();
        if (left > 0) {
            *wait = (struct timespec){left / 1000000000, left % 1000000000};
            return wait;
        }
        if (connections[first->fd].open)
            send_all(first->fd, response, response_length);
        queue_head++;
        queue_length--;
    }
    return NULL;
}

int main(int count, char **arguments) {
    long long latency_ns = count > 1 ? atoll(arguments[1]) * 1000000 : 0;
    response_length = (size_t)snprintf(response, sizeof response,
        "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sat, 21 Nov 2026 10:00:00 GMT\r\n"
        "Content-Type: application/json;charset=utf-8\r\nContent-Length: %zu\r\n"
        "Connection: keep-alive\r\n\r\n%s", sizeof JSON - 1, JSON);

    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) != 0 ||
        listen(listener, 1024) != 0 || getsockname(listener, (struct sockaddr *)&address, &size) != 0)
        die("listen");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);

    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) != 0)
        die("epoll");
    for (;;) {
        struct epoll_event events[64];
        struct timespec wait;
        int ready = epoll_pwait2(epoll, events, 64, send_due(&wait), NULL);
        if (ready < 0 && errno != EINTR)
            die("epoll_pwait2");
        for (int i = 0; i < ready; i++) {
            if (events[i].data.fd == listener)
                accept_all(listener, epoll);
            else
                serve(events[i].data.fd, latency_ns);
        }
    }
}
