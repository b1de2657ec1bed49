/* The lower bound: sends a prepared request in one write and reads the response in one read, of which
 * only the status is checked. Not an example of a real client. */

#define _POSIX_C_SOURCE 200809L
#include "call.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

static const char REQUEST[] =
    "POST " PATH " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " TOKEN "\r\n"
    "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s";
static const char BODY[] = "{\"ticket\":\"" TICKET "\",\"reason\":\"NOT_LOGGED_IN\","
                           "\"description\":\"The user has not logged in.\"}";

struct client {
    int fd;
    SSL *tls;
    int length;
    char request[1024];
};

static struct client client;

static SSL *tls_new(int fd, const char *ca_file) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context == NULL || SSL_CTX_load_verify_locations(context, ca_file, NULL) != 1)
        return NULL;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL *tls = SSL_new(context);
    if (tls == NULL || X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), "127.0.0.1") != 1 ||
        SSL_set_fd(tls, fd) != 1 || SSL_connect(tls) != 1)
        return NULL;
    return tls;
}

struct client *client_new(const char *base_url, const char *ca_file) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval limit = {.tv_sec = TIMEOUT_MS / 1000};
    int on = 1;
    address.sin_port = htons((uint16_t)atoi(strrchr(base_url, ':') + 1));
    client.fd = socket(AF_INET, SOCK_STREAM, 0);
    if (setsockopt(client.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
        setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        connect(client.fd, (struct sockaddr *)&address, sizeof address) != 0) {
        perror("socket");
        return NULL;
    }
    if (strncmp(base_url, "https:", 6) == 0 && (client.tls = tls_new(client.fd, ca_file)) == NULL) {
        ERR_print_errors_fp(stderr);
        return NULL;
    }
    client.length = snprintf(client.request, sizeof client.request, REQUEST, (int)sizeof BODY - 1, BODY);
    return &client;
}

struct caller *caller_new(struct client *shared) {
    return (struct caller *)shared;
}

int call(struct caller *caller, struct result *result) {
    char response[4096];
    (void)caller;
    (void)result;
    ssize_t got;
    if (client.tls != NULL) {
        SSL_write(client.tls, client.request, client.length);
        got = SSL_read(client.tls, response, sizeof response);
    } else {
        send(client.fd, client.request, (size_t)client.length, MSG_NOSIGNAL);
        got = recv(client.fd, response, sizeof response, 0);
    }
    int failed = got < 12 || memcmp(response, "HTTP/1.1 200", 12) != 0;
    if (failed)
        fputs("socket: no response\n", stderr);
    return failed;
}
