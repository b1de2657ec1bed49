// call.cpp: the general call of the C++ wrapper, the options of each call, the views of a reply, its
// diagnostics and the statistics of the client.

#include <authlete_fail.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "../c/check.h"
#include "../c/peer.h"

namespace {

using authlete_fail::client;
using authlete_fail::error;
using authlete_fail::options;
using authlete_fail::outcome;
using authlete_fail::reply;
using authlete_fail::request;
using authlete_fail::status;
using namespace std::chrono_literals;
using namespace std::string_literals;

// A view of a temporary reply does not compile; see the deleted functions.
#define IS_DELETED_ON_TEMPORARIES(view)                                                            \
    template <typename T, typename = void>                                                         \
    struct has_##view : std::false_type {};                                                        \
    template <typename T>                                                                          \
    struct has_##view<T, std::void_t<decltype(std::declval<T>().view())>> : std::true_type {};     \
    static_assert(has_##view<reply &>::value && has_##view<const reply &>::value);                 \
    static_assert(!has_##view<reply>::value && !has_##view<const reply>::value)
IS_DELETED_ON_TEMPORARIES(error);
IS_DELETED_ON_TEMPORARIES(error_json);
IS_DELETED_ON_TEMPORARIES(json);
IS_DELETED_ON_TEMPORARIES(action);
IS_DELETED_ON_TEMPORARIES(result_code);
IS_DELETED_ON_TEMPORARIES(request_id);
IS_DELETED_ON_TEMPORARIES(diagnostics);
IS_DELETED_ON_TEMPORARIES(response);

authlete_fail::json config(int port) {
    return request({{"baseUrl", "http://127.0.0.1:" + std::to_string(port)},
                    {"serviceId", "1"},
                    {"accessToken", "token"},
                    {"timeoutMs", 20000}});
}

const auto DENIED = request({{"ticket", "t"},
                             {"reason", authlete_fail::authorization_reason::denied}});
const auto INVALID_TARGET = request({{"ticket", "t"},
                                     {"reason", authlete_fail::token_reason::invalid_target}});

void test_call() {
    peer server;
    peer_start(&server, "200 OK", R"({"action":"INTERACTION","ticket":"t"})");
    {
        const client client(config(server.port));
        const std::string path = "/auth/authorization";
        const reply reply = client.call(path, request({{"parameters", "a=b"}}),
                                        options().timeout(1min).header("X-A", "b"));
        CHECK(static_cast<bool>(reply) && reply.outcome() == outcome::other_api);
        CHECK(!reply.response()); // the server has to show a login page first
        CHECK(reply.get_string("/ticket") == "t");
        CHECK(!reply.may_repeat() && reply.duration() > 0us);
        CHECK(client.try_call(path, "{}").outcome() == outcome::other_api);
        CHECK(client.try_authorization(DENIED, options()).outcome() == outcome::unknown_action);
    }
    peer_stop(&server);
}

void test_failures() {
    const client closed(config(peer_closed_port()));
    const reply failed = closed.try_call("/auth/token", "{}");
    CHECK(failed.status() == status::connect && failed.may_repeat());
    CHECK(failed.response().has_value() && failed.response()->status() == 500);
    // The rest of the path is not ignored.
    CHECK(closed.try_call("/auth/token\0/fail"s, "{}").status() == status::invalid_argument);
    CHECK(closed.try_call("/auth/token/fail\0"s, "{}").status() == status::invalid_argument);
}

void test_options() {
    const client closed(config(peer_closed_port()));
    const auto bad = options().timeout(0ms);
    const auto check = [](const reply &reply) {
        CHECK(reply.status() == status::invalid_request);
        CHECK(reply.error().find("timeoutMs") != std::string_view::npos);
    };
    check(closed.try_call("/auth/token", "{}", bad));
    check(closed.try_authorization(DENIED, bad));
    check(closed.try_token(INVALID_TARGET, bad));
    check(closed.try_backchannel_authentication("{}", bad));
    const auto check_thrown = [&](auto function) {
        try {
            (void)function();
            const bool has_thrown = false;
            CHECK(has_thrown);
        } catch (const error &error) {
            check(error.reply());
        }
    };
    check_thrown([&] { return closed.call("/auth/token", "{}", bad); });
    check_thrown([&] { return closed.authorization(DENIED, bad); });
    check_thrown([&] { return closed.token(INVALID_TARGET, bad); });
    check_thrown([&] { return closed.backchannel_authentication("{}", bad); });
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

void test_diagnostics() {
    const client closed(config(peer_closed_port()));
    const reply failed = closed.try_authorization(DENIED);
    CHECK(contains(failed.diagnostics(), R"("endpoint":"/auth/authorization/fail")"));
    CHECK(contains(failed.diagnostics(), R"("connection":null)"));
    const reply none;
    CHECK(none.diagnostics().empty());
}

void test_stats() {
    client counted(config(peer_closed_port()));
    (void)counted.try_authorization(DENIED);
    (void)counted.try_token("{}");
    const std::string stats = counted.stats();
    CHECK(contains(stats, R"("CONNECT":{"NO_API_RESPONSE":1})"));
    CHECK(contains(stats, R"("INVALID_REQUEST":{"NO_API_RESPONSE":1})"));
    const client moved = std::move(counted);
    CHECK(moved.stats() == stats && counted.stats().empty());
}

} // namespace

int main() {
    test_call();
    test_failures();
    test_options();
    test_diagnostics();
    test_stats();
    return check_result("call");
}
