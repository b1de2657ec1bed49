// The front end of an authorization server on libmicrohttpd; it shows how requests fail.
//
//   make servers-build                  # in the root of the repository
//   export AUTHLETE_BASE_URL=https://us.authlete.com
//   export AUTHLETE_SERVICE_APIKEY=SERVICE_ID AUTHLETE_SERVICE_ACCESSTOKEN=TOKEN
//   target/servers/microhttpd --port 8080

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "endpoints.h"

// Each thread serves its own connections, and none of them while it waits for Authlete.
enum { THREADS = 16, CONNECTION_TIMEOUT_SECONDS = 10 };

static void *begin(void *server, const char *target, struct MHD_Connection *connection) {
    (void)server;
    (void)connection;
    return request_new(target);
}

// Called with the headers, then with each piece of the body, then once more.
static enum MHD_Result proceed(void *server, struct MHD_Connection *connection, const char *path,
                               const char *method, const char *version, const char *bytes,
                               size_t *len, void **context) {
    (void)version;
    struct request *request = *context;
    if (!request || !request->query) {
        return MHD_NO;
    }
    if (!request->has_begun) {
        request->has_begun = true;
        request->connection = connection;
        return MHD_YES;
    }
    if (*len > 0) {
        // No response may be sent yet, so the excess is read and discarded.
        if (text_append(&request->body, bytes, *len, MAX_BODY) != 0) {
            request->is_too_large = true;
        }
        *len = 0;
        return MHD_YES;
    }
    if (request->is_too_large) {
        return send_empty(request, MHD_HTTP_CONTENT_TOO_LARGE);
    }
    return handle_request(server, request, method, path);
}

static void end(void *server, struct MHD_Connection *connection, void **context,
                enum MHD_RequestTerminationCode code) {
    (void)server;
    (void)connection;
    (void)code;
    request_free(*context);
    *context = NULL;
}

static void log_line(void *context, int32_t level, const char *line, size_t len) {
    (void)context;
    (void)level;
    (void)len;
    fprintf(stderr, "%s\n", line); // one call, so that lines of threads do not mix
}

// Returns -1 if the arguments are invalid.
static int port_of(int argc, char **argv) {
    if (argc != 3 || strcmp(argv[1], "--port") != 0) {
        return -1;
    }
    char *end;
    errno = 0;
    long port = strtol(argv[2], &end, 10);
    return errno == 0 && end != argv[2] && *end == '\0' && port >= 0 && port <= 65535 ? (int)port
                                                                                      : -1;
}

static int serve(struct server *server, int port, const sigset_t *signals) {
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG, 0, NULL, NULL, proceed,
        server, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_TIMEOUT_SECONDS,
        MHD_OPTION_URI_LOG_CALLBACK, begin, NULL, MHD_OPTION_NOTIFY_COMPLETED, end, NULL,
        MHD_OPTION_END);
    if (!daemon) {
        fprintf(stderr, "cannot listen on port %d\n", port);
        return 1;
    }
    printf("listening on http://127.0.0.1:%d\n",
           MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);

    int received;
    sigwait(signals, &received);
    MHD_socket listener = MHD_quiesce_daemon(daemon); // accepts no further connections
    if (listener != MHD_INVALID_SOCKET) close(listener);
    authlete_fail_client_shutdown(server->client); // aborts calls that wait for Authlete
    MHD_stop_daemon(daemon);                        // joins the threads
    return 0;
}

int main(int argc, char **argv) {
    int port = port_of(argc, argv);
    if (port < 0) {
        fprintf(stderr, "usage: %s --port N\n", argv[0]);
        return 2;
    }
    // Threads inherit the mask, so only sigwait() receives these signals.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN); // libcurl does not do this with CURLOPT_NOSIGNAL

    int status = 1;
    struct server server = {0};
    char *config = NULL;
    authlete_fail_reply *result = NULL;
    curl_global_init(CURL_GLOBAL_DEFAULT); // must run before threads are created
    if (settings_from_environment(&server.settings) != 0) {
        goto done;
    }
    server.sessions = sessions_new();
    config = client_config(&server.settings);
    if (!server.sessions || !config) {
        fprintf(stderr, "out of memory\n");
        goto done;
    }
    authlete_fail_client_new(config, strlen(config), log_line, NULL, &server.client, &result);
    if (!server.client) {
        fprintf(stderr, "%s\n", authlete_fail_reply_error(result, NULL));
        goto done;
    }
    status = serve(&server, port, &signals);
done:
    authlete_fail_reply_free(result);
    authlete_fail_client_free(server.client);
    sessions_free(server.sessions);
    cJSON_free(config);
    curl_global_cleanup();
    return status;
}
