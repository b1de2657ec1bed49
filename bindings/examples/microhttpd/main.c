// An authorization server on libmicrohttpd. To run it, see ../README.md.

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server.h"

// Each thread serves its own connections, and none of them while it waits for Authlete.
enum { THREADS = 16, TIMEOUT_SECONDS = 10 };

// The ID of the request that this thread serves.
static _Thread_local const char *request_id = "-";

// Writes a line of the library's log. It runs on the thread that made the call.
static void log_line(void *context, int32_t level, const char *line, size_t len) {
    static const char *const LEVELS[] = {"?", "ERROR", "WARN", "INFO", "DEBUG"};
    (void)context, (void)len;
    char now[sizeof "2026-01-31T23:59:59Z"];
    strftime(now, sizeof now, "%FT%TZ", gmtime_r(&(time_t){time(NULL)}, &(struct tm){0}));
    // One call, so that lines are not interleaved.
    fprintf(stderr, "%s %s [%.16s] %s\n", now, LEVELS[level <= 4 ? level : 0], request_id, line);
}

static void *begin(void *client, const char *target, struct MHD_Connection *connection) {
    const char *mark = strchr(target, '?');
    struct request *request = calloc(1, sizeof *request);
    if (!request) return NULL;
    request->client = client;
    request->connection = connection;
    request->query = strdup(mark ? mark + 1 : "");
    random_key(request->id);
    return request;
}

// Called with the headers, then with each piece of the body, then once more.
static enum MHD_Result proceed(void *client, struct MHD_Connection *connection, const char *path,
                               const char *method, const char *version, const char *bytes,
                               size_t *len, void **context) {
    (void)client, (void)connection, (void)version;
    struct request *request = *context;
    if (!request || !request->query) return MHD_NO;
    if (!request->method) {
        request->method = method;
    } else if (*len > 0) {
        if (*len > MAX_BODY - request->len) return MHD_NO; // closes the connection
        memcpy(request->body + request->len, bytes, *len);
        request->len += *len;
        *len = 0;
    } else {
        bool is_utf8 = authlete_fail_json_string(request->body, request->len, NULL, 0) < SIZE_MAX;
        if (!is_utf8 || strlen(request->body) != request->len) *request->body = '\0';
        request_id = request->id;
        return handle_request(request, path);
    }
    return MHD_YES;
}

static void end(void *client, struct MHD_Connection *connection, void **context,
                enum MHD_RequestTerminationCode code) {
    (void)connection, (void)code;
    struct request *request = *context;
    if (!request) return;
    request_id = request->id;
    // Opens a connection while the user reads the page, for the call that the form causes.
    if (request->shows_form) authlete_fail_client_connect(client, NULL);
    free(request->query);
    free(request);
}

static struct MHD_Daemon *start(authlete_fail_client *client, int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG, 0, NULL, NULL, proceed,
        client, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_SECONDS, MHD_OPTION_URI_LOG_CALLBACK,
        begin, client, MHD_OPTION_NOTIFY_COMPLETED, end, client, MHD_OPTION_END);
}

int main(int argc, char **argv) {
    has_secure_cookies = argc == 4 && strcmp(argv[3], "--secure-cookies") == 0;
    if ((argc != 3 && !has_secure_cookies) || strcmp(argv[1], "--port") != 0) {
        fprintf(stderr, "usage: %s --port N [--secure-cookies]\n", argv[0]);
        return 2;
    }
    // Threads inherit the mask, so only sigwait() receives these signals.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);

    const char *level = getenv("LOG_LEVEL"); // see docs/guide/observe.md
    char *config = json("{\"baseUrl\":?,\"serviceId\":?,\"accessToken\":?,\"locationStatus\":303,"
                        "\"logLevel\":?}",
                        getenv("AUTHLETE_BASE_URL"), getenv("AUTHLETE_SERVICE_APIKEY"),
                        getenv("AUTHLETE_SERVICE_ACCESSTOKEN"), level ? level : "info");
    authlete_fail_client *client;
    authlete_fail_reply *result;
    authlete_fail_client_new(config, config ? strlen(config) : 0, log_line, NULL, &client, &result);
    if (!client) fprintf(stderr, "%s\n", authlete_fail_reply_error(result, NULL));
    struct MHD_Daemon *daemon = client ? start(client, atoi(argv[2])) : NULL;
    if (daemon) {
        printf("listening on http://127.0.0.1:%d\n",
               MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
        fflush(stdout);
        int received;
        sigwait(&signals, &received);
        MHD_socket listener = MHD_quiesce_daemon(daemon); // accepts no further connections
        if (listener != MHD_INVALID_SOCKET) close(listener);
        authlete_fail_client_shutdown(client); // aborts calls that wait for Authlete
        MHD_stop_daemon(daemon);               // joins the threads
    }
    authlete_fail_reply_free(result);
    authlete_fail_client_free(client);
    free(config);
    return daemon ? 0 : 1;
}
