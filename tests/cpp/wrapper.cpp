// wrapper.cpp: the guarantees of authlete_fail.hpp beyond the C ABI: movable owners, exceptions that
// carry the reply, functions that do not throw, text without NUL, and clients that outlive their
// calls.

#include "../c/check.h"
#include "../c/peer.h"

#include <authlete_fail.hpp>

#include <atomic>
#include <cstdlib>
#include <dlfcn.h>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

static std::atomic<int> clients_freed{0};

// Interposes the library's function, to count freed clients.
void authlete_fail_client_free(authlete_fail_client *client) {
    using function = decltype(&authlete_fail_client_free);
    static const auto real = reinterpret_cast<function>(dlsym(RTLD_NEXT, __func__));
    clients_freed += client != nullptr;
    real(client);
}

std::string_view version_in_second_unit();
authlete_fail::reply call_in_second_unit(const authlete_fail::client &client);

namespace {

using authlete_fail::client;
using authlete_fail::error;
using authlete_fail::outcome;
using authlete_fail::reply;
using authlete_fail::response;
using authlete_fail::status;
using authlete_fail::ticket_state;
using namespace std::string_view_literals;

template <typename T>
constexpr bool is_move_only = std::is_nothrow_move_constructible_v<T> &&
                              std::is_nothrow_move_assignable_v<T> &&
                              !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T>;
static_assert(is_move_only<client> && is_move_only<reply>);
static_assert(std::is_nothrow_copy_constructible_v<error>);
static_assert(std::is_base_of_v<std::runtime_error, error>);
static_assert(!std::is_convertible_v<std::string_view, client>);
static_assert(!std::is_convertible_v<reply, bool>);
static_assert(!std::is_constructible_v<client, std::nullptr_t>);
static_assert(noexcept(std::declval<const client &>().try_connect()));
static_assert(noexcept(std::declval<const client &>().try_authorization({})));
static_assert(noexcept(std::declval<const client &>().try_token({})));
static_assert(noexcept(std::declval<const client &>().try_backchannel_authentication({})));
static_assert(noexcept(std::declval<const client &>().try_call(std::declval<std::string>())));
static_assert(noexcept(std::declval<const client &>().shutdown()));
// The pointers from get() cannot be freed.
using client_handle = decltype(std::declval<client &>().get());
using reply_handle = decltype(std::declval<reply &>().get());
static_assert(!std::is_invocable_v<decltype(authlete_fail_client_free), client_handle>);
static_assert(!std::is_invocable_v<decltype(authlete_fail_reply_free), reply_handle>);

constexpr auto REQUEST = R"({"ticket":"t","reason":"DENIED"})"sv;
constexpr auto DELIVERED =
    R"({"resultCode":"A060306","action":"LOCATION","responseContent":"https://client.example/"})";
constexpr int ROUNDS = 20;

std::string config(int port) {
    return R"({"baseUrl":"http://127.0.0.1:)" + std::to_string(port) +
           R"(","serviceId":"1","accessToken":"token","timeoutMs":20000})";
}

#define CHECK_VIEW(actual, expected) CHECK_TEXT(std::string(actual).c_str(), expected)

void check_safe(const std::optional<response> &response) {
    CHECK(response.has_value());
    CHECK_INT(response->status(), 500);
    CHECK_INT(response->headers().size(), 3);
    CHECK_VIEW(response->body(), R"({"error":"server_error"})");
}

// The scenarios check every accessor.
void check_delivered(const reply &reply) {
    CHECK(static_cast<bool>(reply));
    CHECK(reply.outcome() == outcome::delivered);
    CHECK_VIEW(reply.json(), DELIVERED);
    CHECK_VIEW(reply.request_id(), "request-1");
    const auto headers = reply.response()->headers();
    CHECK_INT(headers.size(), 3);
    CHECK_VIEW(headers.front().first, "Location");
    CHECK_VIEW(headers.front().second, "https://client.example/");
}

// Runs `make`, which must throw an error with the status `expected`; returns a copy of the error.
template <typename Make>
error caught(Make make, status expected) {
    try {
        (void)make();
    } catch (const error &error) {
        CHECK(error.reply().status() == expected);
        CHECK(error.what() == error.reply().error());
        return error;
    }
    const bool has_thrown = false;
    CHECK(has_thrown);
    return error(reply());
}

void test_names() {
    CHECK_VIEW(name(status::invalid_argument), "INVALID_ARGUMENT");
    CHECK_VIEW(name(static_cast<status>(99)), "?");
    CHECK_VIEW(authlete_fail::version(), AUTHLETE_FAIL_VERSION);
    CHECK(version_in_second_unit() == authlete_fail::version());
}

void test_errors() {
    const client closed(config(peer_closed_port()));
    const error copy = caught([&] { return closed.authorization(REQUEST); }, status::connect);
    error second = copy;
    second = caught([&] { return closed.token("{}"); }, status::invalid_request);
    CHECK(copy.reply().ticket_state() == ticket_state::untouched);
    CHECK(copy.reply().error_json().find("CONNECT") != std::string_view::npos);
    check_safe(copy.reply().response());
    check_safe(second.reply().response());
    caught([&] { return closed.backchannel_authentication("\xff"); }, status::invalid_argument);
    const reply failed = closed.try_authorization(REQUEST);
    CHECK(!failed && failed.status() == status::connect);
    check_safe(failed.response());
    const reply none;
    check_safe(none.response());
    CHECK_VIEW(none.error(), "no reply");
}

void test_connect() {
    const client closed(config(peer_closed_port()));
    const error failed = caught([&] { return closed.connect(); }, status::connect);
    CHECK(failed.reply().ticket_state() == ticket_state::none);
    check_safe(failed.reply().response());
    CHECK(closed.try_connect().status() == status::connect);

    int port = 0;
    const int listener = peer_listen(&port);
    const client client(config(port));
    client.connect(); // the replies may be ignored
    client.try_connect();
    const reply found = client.connect();
    CHECK(static_cast<bool>(found) && found.outcome() == outcome::no_api_response);
    CHECK(found.ticket_state() == ticket_state::none);
    CHECK_INT(found.attempts(), 0);
    close(listener);
}

void test_creating_a_client() {
    CHECK_VIEW(caught([] { return client("{}"); }, status::invalid_config).what(),
               "config: \"baseUrl\" is missing; the environment is read only if the configuration "
               "is empty");
    // Empty text does not select the environment.
    setenv("AUTHLETE_BASE_URL", "http://127.0.0.1:1", 1);
    setenv("AUTHLETE_SERVICE_APIKEY", "1", 1);
    setenv("AUTHLETE_SERVICE_ACCESSTOKEN", "token", 1);
    CHECK_VIEW(caught([] { return client(""); }, status::invalid_config).what(),
               "config: is empty");
    CHECK(client::from_environment().get() != nullptr);
    unsetenv("AUTHLETE_BASE_URL");
    caught([] { return client::from_environment(); }, status::invalid_config);
}

void test_views_without_nul() {
    peer server;
    peer_start(&server, "200 OK", DELIVERED);
    {
        const std::string configs = config(server.port) + "}garbage";
        const std::string requests = std::string(REQUEST) + "garbage\xff";
        const client client(std::string_view(configs).substr(0, configs.size() - 8));
        const auto request = std::string_view(requests).substr(0, REQUEST.size());
        check_delivered(client.authorization(request));
        check_delivered(client.try_authorization(request));
        check_delivered(call_in_second_unit(client));
    }
    peer_stop(&server);
}

void test_moves() {
    client first(config(peer_closed_port()));
    client second(config(peer_closed_port()));
    const auto *handle = first.get();
    second = std::move(first);
    CHECK(second.get() == handle && first.get() == nullptr);
    CHECK(first.try_authorization(REQUEST).status() == status::invalid_argument);
    CHECK(first.try_connect().status() == status::invalid_argument);
    first.shutdown();
    client &alias = second;
    second = std::move(alias);
    CHECK(second.get() == handle);

    reply held = second.try_authorization(REQUEST);
    const reply taken = std::move(held);
    CHECK(taken.status() == status::connect && held.status() == status::invalid_argument);
}

// Runs `meanwhile` while a call waits for its response. The client must be freed, but not before
// the call has returned.
template <typename Meanwhile>
void test_during_a_call(status expected, Meanwhile meanwhile) {
    char request[PEER_REQUEST_LEN];
    int port = 0;
    const int listener = peer_listen(&port);
    auto owner = std::make_unique<client>(config(port));
    reply result;
    std::thread caller([&result, &client = *owner] { result = client.try_authorization(REQUEST); });
    const int connection = accept(listener, nullptr, nullptr);
    CHECK(connection >= 0 && peer_read_request(connection, request, sizeof request) > 0);
    const int freed = clients_freed;
    meanwhile(owner);
    CHECK_INT(clients_freed, freed);
    peer_respond(connection, "200 OK", DELIVERED);
    caller.join();
    owner.reset();
    CHECK(clients_freed > freed);
    close(connection);
    close(listener);
    CHECK(result.status() == expected);
    if (expected == status::ok) {
        check_delivered(result);
    }
}

void test_calls_keep_the_client_alive() {
    using owner = std::unique_ptr<client>;
    test_during_a_call(status::ok, [](owner &client) { client.reset(); });
    test_during_a_call(status::ok, [](owner &client) {
        const auto moved = std::move(*client);
        client.reset();
    });
    test_during_a_call(status::ok, [](owner &client) {
        *client = authlete_fail::client(config(peer_closed_port()));
        CHECK(client->try_authorization(REQUEST).status() == status::connect);
    });
    test_during_a_call(status::shutdown, [](owner &client) { client->shutdown(); });
}

// Changes the token: assigns to a client object while threads make calls.
void test_assignment_while_threads_call() {
    peer server;
    peer_start(&server, "200 OK", DELIVERED);
    {
        client shared(config(server.port));
        std::vector<std::thread> callers;
        for (int i = 0; i < 4; ++i) {
            callers.emplace_back([&shared] {
                for (int round = 0; round < ROUNDS; ++round) {
                    check_delivered(shared.authorization(REQUEST));
                }
            });
        }
        for (int round = 0; round < 3; ++round) {
            check_delivered(shared.authorization(REQUEST));
            shared = client(config(server.port));
        }
        for (auto &caller : callers) {
            caller.join();
        }
    }
    peer_stop(&server);
}

} // namespace

int main() {
    test_names();
    test_errors();
    test_connect();
    test_creating_a_client();
    test_views_without_nul();
    test_moves();
    test_calls_keep_the_client_alive();
    test_assignment_while_threads_call();
    return check_result("wrapper");
}
