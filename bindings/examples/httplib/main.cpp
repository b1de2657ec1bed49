// The front end of an authorization server on cpp-httplib; it shows how requests fail.
//
//   make servers-build                  # in the root of the repository
//   export AUTHLETE_BASE_URL=https://us.authlete.com
//   export AUTHLETE_SERVICE_APIKEY=SERVICE_ID AUTHLETE_SERVICE_ACCESSTOKEN=TOKEN
//   target/servers/httplib --port 8080

#include <charconv>
#include <csignal>
#include <exception>
#include <httplib.h>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <sys/socket.h>
#include <thread>

#include "authlete.hpp"
#include "endpoints.hpp"

static constexpr std::size_t THREADS = 16; // each waits for at most one API response
static constexpr std::size_t MAX_BODY = 64 * 1024;

static std::optional<int> port_of(int argc, char **argv) {
    if (argc != 3 || std::string_view(argv[1]) != "--port") {
        return std::nullopt;
    }
    const std::string_view text = argv[2];
    int port = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    const bool is_port = error == std::errc() && end == text.data() + text.size() && port >= 0 &&
                         port <= 65535;
    return is_port ? std::optional(port) : std::nullopt;
}

static void configure(httplib::Server &server) {
    server.new_task_queue = [] { return new httplib::ThreadPool(THREADS); };
    server.set_payload_max_length(MAX_BODY);
    server.set_keep_alive_max_count(1); // an idle connection would occupy a thread
    // By default, the message of an exception is sent to the client.
    server.set_exception_handler([](const auto &, auto &response, std::exception_ptr thrown) {
        try {
            std::rethrow_exception(thrown);
        } catch (const std::exception &error) {
            std::cerr << std::string(error.what()) + '\n';
        }
        response.status = 500;
    });
}

/// Listens on 127.0.0.1 and returns the port; 0 selects any free port.
static int listen_on(httplib::Server &server, int port) {
    int bound_socket = -1;
    server.set_socket_options([&](int socket) {
        const int yes = 1; // not SO_REUSEPORT, which lets two servers share a port
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        bound_socket = socket;
    });
    if (port == 0) {
        port = server.bind_to_any_port("127.0.0.1");
    } else if (!server.bind_to_port("127.0.0.1", port)) {
        port = -1;
    }
    // The default backlog of 5 is too small for a few concurrent browsers.
    if (port < 0 || listen(bound_socket, SOMAXCONN) != 0) {
        throw std::runtime_error("cannot listen");
    }
    return port;
}

int main(int argc, char **argv) try {
    const auto port = port_of(argc, argv);
    if (!port) {
        std::cerr << "usage: " << argv[0] << " --port N\n";
        return 2;
    }
    // Threads inherit the mask, so only sigwait() receives these signals.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    endpoints endpoints(settings::from_environment());
    httplib::Server server;
    configure(server);
    endpoints.mount(server);
    const int bound = listen_on(server, *port);
    std::thread listener([&] { server.listen_after_bind(); });
    while (!server.is_running()) { // stop() has no effect earlier
        std::this_thread::yield();
    }
    std::cout << "listening on http://127.0.0.1:" << bound << std::endl;

    int received = 0;
    sigwait(&signals, &received);
    server.stop();        // accepts no further requests
    endpoints.shutdown(); // aborts calls that wait for Authlete
    listener.join();      // joins the thread pool too
    return 0;
} catch (const std::exception &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
