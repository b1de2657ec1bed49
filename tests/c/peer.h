// peer.h: a server for tests, for C99 and C++. It waits for events and never sleeps. A connection
// that hangs fails after PEER_TIMEOUT_S.

#ifndef PEER_H
#define PEER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { PEER_TIMEOUT_S = 20, PEER_CONNECTIONS = 32, PEER_REQUEST_LEN = 4096 };

// Binds a free port of 127.0.0.1, which refuses connections until a socket listens on it.
static inline int peer_bind(int *port) {
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    int taken = socket(AF_INET, SOCK_STREAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (taken < 0 || bind(taken, (struct sockaddr *)&address, len) != 0 ||
        getsockname(taken, (struct sockaddr *)&address, &len) != 0) {
        perror("peer_bind");
        abort();
    }
    *port = ntohs(address.sin_port);
    return taken;
}

static inline int peer_listen(int *port) {
    struct timeval timeout;
    int listener = peer_bind(port);
    timeout.tv_sec = PEER_TIMEOUT_S;
    timeout.tv_usec = 0;
    if (listen(listener, PEER_CONNECTIONS) != 0 ||
        setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) != 0) {
        perror("peer_listen");
        abort();
    }
    return listener;
}

// A port that refuses connections. It stays bound, so that no other program can listen on it.
static inline int peer_closed_port(void) {
    static int port = 0;
    if (port == 0) {
        peer_bind(&port);
    }
    return port;
}

// Whether a connection is waiting to be accepted.
static inline int peer_has_connection(int listener) {
    struct pollfd event;
    event.fd = listener;
    event.events = POLLIN;
    event.revents = 0;
    return poll(&event, 1, 0) != 0;
}

// Reads one request: headers, and a compact JSON object without nested objects. Returns 0
// at the end of the stream.
static inline size_t peer_read_request(int connection, char *request, size_t size) {
    size_t len = 0;
    while (len + 1 < size) {
        ssize_t n = recv(connection, request + len, size - len - 1, 0);
        if (n <= 0) {
            return 0;
        }
        len += (size_t)n;
        request[len] = '\0';
        if (strstr(request, "\r\n\r\n") != NULL && request[len - 1] == '}') {
            return len;
        }
    }
    return 0;
}

// Sends a response with a status such as "200 OK" and a JSON body.
static inline void peer_respond(int connection, const char *status, const char *json) {
    char headers[256];
    int len = snprintf(headers, sizeof headers,
                       "HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
                       "Request-Id: request-1\r\nContent-Length: %zu\r\n\r\n",
                       status, strlen(json));
    send(connection, headers, (size_t)len, MSG_NOSIGNAL);
    send(connection, json, strlen(json), MSG_NOSIGNAL);
}

// A server that sends the same response to every request.
typedef struct peer {
    int port;
    int listener;
    const char *status;
    const char *json;
    pthread_t thread;
} peer;

static inline void *peer_serve(void *argument) {
    const peer *self = (const peer *)argument;
    struct pollfd sockets[PEER_CONNECTIONS];
    char request[PEER_REQUEST_LEN];
    nfds_t count = 1;
    sockets[0].fd = self->listener;
    sockets[0].events = POLLIN;
    while (poll(sockets, count, -1) > 0 && (sockets[0].revents & POLLHUP) == 0) {
        for (nfds_t i = 1; i < count; i++) {
            if (sockets[i].revents == 0) {
                continue;
            }
            if (peer_read_request(sockets[i].fd, request, sizeof request) > 0) {
                peer_respond(sockets[i].fd, self->status, self->json);
            } else {
                close(sockets[i].fd);
                sockets[i].fd = -1; // poll ignores it
            }
        }
        if (sockets[0].revents != 0 && count < PEER_CONNECTIONS) {
            sockets[count].fd = accept(self->listener, NULL, NULL);
            sockets[count++].events = POLLIN;
        }
    }
    while (--count > 0) {
        close(sockets[count].fd);
    }
    return NULL;
}

static inline void peer_start(peer *self, const char *status, const char *json) {
    self->listener = peer_listen(&self->port);
    self->status = status;
    self->json = json;
    pthread_create(&self->thread, NULL, peer_serve, self);
}

static inline void peer_stop(peer *self) {
    shutdown(self->listener, SHUT_RDWR);
    pthread_join(self->thread, NULL);
    close(self->listener);
}

#endif
