// An authorization server on cpp-httplib: authorization code flow, CIBA in poll mode, and the
// deprecated password grant. To run it, see ../README.md.

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>

#include "server.hpp"

/// If the fallback is empty, the library rejects the configuration.
static std::string variable(const char *name, const char *fallback = "") {
    const char *value = std::getenv(name);
    return value ? value : fallback;
}

/// Responds if an endpoint throws an exception. By default, its message is sent to the client.
static void send_exception(const Request &from, Response &to, std::exception_ptr thrown) try {
    std::rethrow_exception(std::move(thrown));
} catch (const std::exception &error) {
    log_line(authlete_fail::log_level::warn, error.what());
    // For example, the request is not UTF-8 and cannot be sent to Authlete.
    const bool is_invalid = dynamic_cast<const std::invalid_argument *>(&error) != nullptr;
    const int status = is_invalid ? 400 : 500;
    if (from.path == "/token" || from.path == "/backchannel/authentication") {
        return send_error(to, status, is_invalid ? "invalid_request" : "server_error");
    }
    send_message(to, status, "The request failed.");
}

/// Listens on 127.0.0.1 and returns the port; 0 selects any free port.
static int listen_on(httplib::Server &server, int port) {
    int bound_socket = -1;
    server.set_socket_options([&](int socket) {
        const int yes = 1; // not SO_REUSEPORT, which lets two servers share a port
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        bound_socket = socket;
    });
    const bool is_bound = port == 0 ? (port = server.bind_to_any_port("127.0.0.1")) > 0
                                    : server.bind_to_port("127.0.0.1", port);
    // The default backlog of 5 is too small for a few concurrent browsers.
    if (!is_bound || listen(bound_socket, SOMAXCONN) != 0) {
        throw std::runtime_error("cannot listen");
    }
    return port;
}

int main(int argc, char **argv) try {
    const bool has_secure_cookies = argc == 4 && argv[3] == std::string_view("--secure-cookies");
    if ((argc != 3 && !has_secure_cookies) || argv[1] != std::string_view("--port")) {
        std::cerr << "usage: " << argv[0] << " --port N [--secure-cookies]\n";
        return 2;
    }
    // Threads inherit the mask, so only sigwait() receives these signals.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    const auto config = authlete_fail::request({
        {"baseUrl", variable("AUTHLETE_BASE_URL")},
        {"serviceId", variable("AUTHLETE_SERVICE_APIKEY")},
        {"accessToken", variable("AUTHLETE_SERVICE_ACCESSTOKEN")},
        {"locationStatus", 303}, // makes the browser use GET after a POST
        {"logLevel", variable("LOG_LEVEL", "info")},
    });
    const authlete_fail::client client(config, log_line);
    httplib::Server server;
    // Each thread waits for at most one API response.
    server.new_task_queue = [] { return new httplib::ThreadPool(16); };
    server.set_payload_max_length(64 * 1024);
    server.set_keep_alive_max_count(1); // an idle connection would occupy a thread
    server.set_exception_handler(send_exception);
    mount(server, client, has_secure_cookies);
    const int bound = listen_on(server, std::stoi(argv[2]));
    std::thread listener([&] { server.listen_after_bind(); });
    while (!server.is_running()) { // stop() has no effect earlier
        std::this_thread::yield();
    }
    std::cout << "listening on http://127.0.0.1:" << bound << std::endl;

    int received = 0;
    sigwait(&signals, &received);
    server.stop();     // accepts no further requests
    client.shutdown(); // aborts calls that wait for Authlete
    listener.join();   // joins the thread pool too
    return 0;
} catch (const std::exception &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
