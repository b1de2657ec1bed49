// driver.cpp: runs the scenarios through the C++ functions that throw. The protocol is that of
// tests/c/driver.c, except that creating a client returns no reply: its only record is `status`.

#include <authlete_fail.hpp>
#include <exception>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace {

using authlete_fail::client;
using authlete_fail::reply;

void record(std::string_view name, std::string_view bytes) {
    std::cout << name << ' ' << bytes.size() << '\n' << bytes << '\n';
}

void write(const reply &reply) {
    record("status", name(reply.status()));
    record("outcome", name(reply.outcome()));
    record("ticketState", name(reply.ticket_state()));
    record("attempts", std::to_string(reply.attempts()));
    record("httpStatus", std::to_string(reply.http_status()));
    record("retryAfterMs", std::to_string(reply.retry_after_ms()));
    record("error", reply.error());
    record("errorJson", reply.error_json());
    record("json", reply.json());
    record("action", reply.action());
    record("resultCode", reply.result_code());
    record("requestId", reply.request_id());
    const auto response = reply.response();
    record("responseStatus", std::to_string(response.status()));
    for (const auto &[name, value] : response.headers()) {
        record("header", std::string(name).append(": ").append(value));
    }
    record("responseBody", response.body());
}

reply call(const client &client, std::string_view verb, std::string_view request) {
    if (verb == "connect") {
        return client.connect();
    }
    if (verb == "authorization") {
        return client.authorization(request);
    }
    if (verb == "token") {
        return client.token(request);
    }
    if (verb == "backchannel_authentication") {
        return client.backchannel_authentication(request);
    }
    throw std::invalid_argument("unknown verb");
}

// A moved-from client, the counterpart of NULL in C.
client moved_from() {
    client source(R"({"baseUrl":"http://127.0.0.1:1","serviceId":"1","accessToken":"-"})");
    const client taken = std::move(source);
    return source;
}

// Joins the thread that shuts the client down, before the client is destroyed.
struct joining_thread {
    std::thread thread;

    void join() {
        if (thread.joinable()) {
            thread.join();
        }
    }

    ~joining_thread() { join(); }
};

struct driver {
    client current = moved_from();
    joining_thread shutdown_thread;

    void shut_down(std::string fifo);
    void run(std::string_view verb, std::string_view bytes);
};

void driver::shut_down(std::string fifo) {
    if (fifo.empty()) {
        current.shutdown();
        return;
    }
    shutdown_thread.thread = std::thread([this, fifo = std::move(fifo)] {
        const std::ifstream opened(fifo); // returns when the FIFO is opened for writing
        current.shutdown();
    });
}

void driver::run(std::string_view verb, std::string_view bytes) try {
    if (verb == "shutdown") {
        shut_down(std::string(bytes));
    } else if (verb == "client") {
        shutdown_thread.join();
        current = moved_from();
        current = bytes.empty() ? client::from_environment() : client(bytes);
        record("status", name(authlete_fail::status::ok));
    } else {
        write(call(current, verb, bytes));
    }
} catch (const authlete_fail::error &error) {
    write(error.reply());
}

} // namespace

int main() try {
    driver driver;
    std::string verb;
    std::size_t len = 0;
    while (std::cin >> verb >> len) {
        std::string bytes(len, '\0');
        if (std::cin.get() != '\n' ||
            !std::cin.read(bytes.data(), static_cast<std::streamsize>(len)) ||
            std::cin.get() != '\n') {
            throw std::invalid_argument("a command has the wrong length");
        }
        driver.run(verb, bytes);
        std::cout << "end\n" << std::flush;
    }
    return 0;
} catch (const std::exception &error) {
    std::cerr << "driver: " << error.what() << '\n';
    return 2;
}
