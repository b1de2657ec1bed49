// driver.cpp: runs the scenarios through the C++ functions that throw. The protocol is that of
// tests/c/driver.c, except that creating a client returns no reply: its only record is `status`.

#include <authlete_fail.hpp>
#include <exception>
#include <fstream>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using authlete_fail::client;
using authlete_fail::json_type;
using authlete_fail::reply;

void record(std::string_view name, std::string_view bytes) {
    std::cout << name << ' ' << bytes.size() << '\n' << bytes << '\n';
}

std::string described(const std::optional<authlete_fail::json_value> &value) {
    if (!value) {
        return "ABSENT ";
    }
    switch (value->type()) {
    case json_type::null: return "NULL " + value->text();
    case json_type::boolean: return "BOOLEAN " + value->text();
    case json_type::number: return "NUMBER " + value->text();
    case json_type::string: return "STRING " + value->text();
    case json_type::array: return "ARRAY " + value->text();
    case json_type::object: return "OBJECT " + value->text();
    default: throw std::invalid_argument("unknown type");
    }
}

void write(const reply &reply, const std::vector<std::string> &pointers) {
    record("status", name(reply.status()));
    record("outcome", name(reply.outcome()));
    record("ticketState", name(reply.ticket_state()));
    record("attempts", std::to_string(reply.attempts()));
    record("httpStatus", std::to_string(reply.http_status()));
    record("retryAfterMs", std::to_string(reply.retry_after_ms()));
    record("mayRepeat", reply.may_repeat() ? "1" : "0");
    record("durationUs", std::to_string(reply.duration().count()));
    record("error", reply.error());
    record("errorJson", reply.error_json());
    record("json", reply.json());
    record("action", reply.action());
    record("resultCode", reply.result_code());
    record("requestId", reply.request_id());
    record("diagnostics", reply.diagnostics());
    for (const auto &pointer : pointers) {
        record("value", described(reply.get(pointer)));
    }
    const auto response = reply.response();
    record("responseStatus", std::to_string(response ? response->status() : 0));
    if (response) {
        for (const auto &[name, value] : response->headers()) {
            record("header", std::string(name).append(": ").append(value));
        }
    }
    record("responseBody", response ? response->body() : "");
}

// The settings of the next call, from the commands before it.
struct call_settings {
    std::string path;
    std::string options;
    std::vector<std::string> pointers; // the values to record
};

// The wrapper only builds options, but a scenario has their text, which may be malformed.
reply reply_with_options(const client &client, std::string_view verb, std::string_view request,
                         const call_settings &settings) {
    const auto path = verb == "authorization" ? "/auth/authorization/fail"
                      : verb == "token"       ? "/auth/token/fail"
                      : verb == "call"        ? settings.path
                                              : "/backchannel/authentication/fail";
    authlete_fail_reply *result = nullptr;
    authlete_fail_call(client.get(), path.c_str(), request.data(), request.size(),
                       settings.options.data(), settings.options.size(), &result);
    reply owned(result);
    if (!owned) {
        throw authlete_fail::error(std::move(owned));
    }
    return owned;
}

reply reply_of(const client &client, std::string_view verb, std::string_view request,
               const call_settings &settings) {
    if (verb == "connect") {
        return client.connect();
    }
    if (!settings.options.empty()) {
        return reply_with_options(client, verb, request, settings);
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
    if (verb == "call") {
        return client.call(settings.path, request);
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
    call_settings next;
    joining_thread shutdown_thread;

    void shut_down(std::string fifo);
    void create(std::string_view config);
    void call(std::string_view verb, std::string_view request);
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

void driver::create(std::string_view config) try {
    shutdown_thread.join();
    current = moved_from();
    current = config.empty() ? client::from_environment() : client(config);
    record("status", name(authlete_fail::status::ok));
} catch (const authlete_fail::error &error) {
    write(error.reply(), {});
}

void driver::call(std::string_view verb, std::string_view request) {
    const call_settings settings = std::exchange(next, {});
    try {
        write(reply_of(current, verb, request, settings), settings.pointers);
    } catch (const authlete_fail::error &error) {
        write(error.reply(), settings.pointers);
    }
}

void driver::run(std::string_view verb, std::string_view bytes) {
    if (verb == "shutdown") {
        shut_down(std::string(bytes));
    } else if (verb == "client") {
        create(bytes);
    } else if (verb == "path") {
        next.path = bytes;
    } else if (verb == "options") {
        next.options = bytes;
    } else if (verb == "get") {
        next.pointers.emplace_back(bytes);
    } else {
        call(verb, bytes);
    }
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
