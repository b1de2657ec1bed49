#include <arpa/inet.h>
#include <authlete_fail.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <future>
#include <iostream>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

static std::string ticket;

/// Makes a call, and sends the status of the response.
static void respond(const authlete_fail::client &client, int connection) {
    const auto reply = client.try_authorization(
        authlete_fail::request({{"ticket", ticket}, {"reason", "DENIED"}}));
    const auto text = std::string(name(reply.status())) + ": HTTP " +
                      std::to_string(reply.response()->status()) + '\n';
    send(connection, text.data(), text.size(), MSG_NOSIGNAL);
}

static int listen_on_any_port() {
    sockaddr_in address = {};
    socklen_t len = sizeof address;
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto *const any = reinterpret_cast<sockaddr *>(&address);
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, any, len) != 0 || listen(listener, SOMAXCONN) != 0 ||
        getsockname(listener, any, &len) != 0)
        throw std::runtime_error("cannot listen");
    std::cout << "listening on 127.0.0.1:" << ntohs(address.sin_port) << std::endl;
    return listener;
}

// [serve]
static void serve(const authlete_fail::client &client, int listener) {
    for (;;) {
        const int connection = accept(listener, nullptr, nullptr);
        if (connection < 0 && errno == EINVAL) return; // the listener has been shut down
        if (connection < 0) continue;
        respond(client, connection); // makes the calls, and sends the response
        close(connection);
    }
}
// [/serve]

int main(int argc, char **argv) try {
    if (argc != 3) return 2;
    const std::chrono::seconds limit(std::stoi(argv[1]));
    ticket = argv[2];
    // [stop]
    sigset_t signals; // blocked in all threads; this thread waits for them, so no handler runs
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    const auto client = authlete_fail::client::from_environment();
    const int listener = listen_on_any_port();
    std::vector<std::future<void>> threads;
    for (int i = 0; i < 4; i++)
        threads.push_back(std::async(std::launch::async, [&] { serve(client, listener); }));

    int received;
    sigwait(&signals, &received);
    shutdown(listener, SHUT_RDWR); // wakes the threads in accept()
    const auto deadline = std::chrono::steady_clock::now() + limit; // for example, 5 seconds
    for (const auto &thread : threads) thread.wait_until(deadline); // for the calls in flight
    client.shutdown(); // aborts those that are left
    for (const auto &thread : threads) thread.wait();
    // [/stop]
    close(listener);
} catch (const std::exception &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
