// log.cpp: the log callback of the C++ wrapper: lines, lifetime and exceptions.

#include <authlete_fail.hpp>

#include <string>
#include <utility>
#include <vector>

#include "../c/check.h"
#include "../c/peer.h"

namespace {

using authlete_fail::client;
using authlete_fail::log_level;
using authlete_fail::status;

constexpr std::string_view REQUEST = R"({"ticket":"CANARY","reason":"DENIED"})";

std::string config(const char *level) {
    return R"({"baseUrl":"http://127.0.0.1:)" + std::to_string(peer_closed_port()) +
           R"(","serviceId":"1","accessToken":"CANARY","logLevel":")" + level + "\"}";
}

void test_lines() {
    std::vector<std::pair<log_level, std::string>> lines;
    const auto callback = [&](log_level level, std::string_view line) {
        lines.emplace_back(level, line);
    };
    CHECK(client(config("error"), callback).try_authorization(REQUEST).status() == status::connect);
    CHECK_INT(lines.size(), 0);
    CHECK(client(config("debug"), callback).try_authorization(REQUEST).status() == status::connect);
    CHECK_INT(lines.size(), 2);
    CHECK(lines.front().first == log_level::debug);
    CHECK(lines.back().first == log_level::warn);
    for (const auto &line : lines) {
        CHECK(line.second.find("CANARY") == std::string::npos);
    }
}

void test_exceptions_stay_inside() {
    int thrown = 0;
    const client service(config("warn"), [&](log_level, std::string_view) {
        ++thrown;
        throw std::runtime_error("thrown by the callback");
    });
    CHECK(service.try_authorization(REQUEST).status() == status::connect);
    CHECK(service.try_token(REQUEST).status() == status::invalid_request);
    CHECK_INT(thrown, 2);
}

// The client owns the callback, also after a move.
void test_lifetime() {
    auto counter = std::make_shared<int>(0);
    const std::weak_ptr<int> watch = counter;
    {
        client first(config("warn"), [kept = std::move(counter)](log_level, std::string_view) {
            ++*kept;
        });
        const client second = std::move(first);
        CHECK(second.try_authorization(REQUEST).status() == status::connect);
        CHECK(!watch.expired());
        CHECK_INT(*watch.lock(), 1);
    }
    CHECK(watch.expired());
}

} // namespace

int main() {
    test_lines();
    test_exceptions_stay_inside();
    test_lifetime();
    return check_result("log");
}
