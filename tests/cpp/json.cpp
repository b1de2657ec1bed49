// json.cpp: the JSON that the C++ wrapper builds, and the values that it reads from a reply.

#include <authlete_fail.hpp>

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "../c/check.h"
#include "../c/peer.h"

namespace {

using authlete_fail::client;
using authlete_fail::json;
using authlete_fail::json_type;
using authlete_fail::json_value;
using authlete_fail::options;
using authlete_fail::reply;
using authlete_fail::request;
using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace std::string_view_literals;

#define CHECK_VIEW(actual, expected) CHECK_TEXT(std::string(actual).c_str(), expected)

// A pointer must not become a boolean, nor a character a number.
template <typename T>
constexpr bool is_value = std::is_convertible_v<T, json_value>;
static_assert(is_value<const char *> && is_value<std::string> && is_value<std::string_view>);
static_assert(is_value<bool> && is_value<std::uint8_t> && is_value<double> && is_value<json>);
static_assert(is_value<std::vector<std::string>> && is_value<std::vector<json>>);
static_assert(!is_value<std::nullptr_t> && !is_value<char> && !is_value<const void *>);
static_assert(!is_value<json_type>);
// Options cannot be passed as a request by mistake.
static_assert(!std::is_convertible_v<options, std::string_view>);

// A duration that is not a whole number of milliseconds does not compile.
static_assert(std::is_convertible_v<std::chrono::minutes, std::chrono::milliseconds>);
static_assert(!std::is_convertible_v<std::chrono::microseconds, std::chrono::milliseconds>);

std::string literal(const json_value &value) { return value.literal(); }

// Checks that `make` throws std::invalid_argument with the message `expected`.
template <typename Make>
void check_rejected(Make make, const char *expected) {
    std::string message = "nothing was thrown";
    try {
        (void)make();
    } catch (const std::invalid_argument &error) {
        message = error.what();
    }
    CHECK_VIEW(message, expected);
}

void test_strings() {
    CHECK_VIEW(literal(""), R"("")");
    CHECK_VIEW(literal("a/+-_="), R"("a/+-_=")");
    CHECK_VIEW(literal("\"\\/"s), R"("\"\\/")");
    CHECK_VIEW(literal("\0\x01\x1f\x20\x7f"sv), "\"\\u0000\\u0001\\u001f \x7f\"");
    CHECK_VIEW(literal("\b\t\n\f\r"), R"("\b\t\n\f\r")");
    CHECK_VIEW(literal("\xc3\xb6\xe2\x80\xa8\xf0\x9f\x8e\xab"),
               "\"\xc3\xb6\xe2\x80\xa8\xf0\x9f\x8e\xab\"");
    CHECK_INT(literal(std::string(1000, '\x01')).size(), 6002);

    constexpr auto NOT_UTF8 = "authlete_fail: JSON text must be UTF-8";
    for (const auto *text : {"\xff", "a\xc3", "\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80"}) {
        check_rejected([&] { return literal(text); }, NOT_UTF8);
        check_rejected([&] { return request({{"ticket", text}}); }, NOT_UTF8);
        check_rejected([&] { return json().add(text, "value"); }, NOT_UTF8);
        check_rejected([&] { return options().header("traceparent", text); }, NOT_UTF8);
    }
}

void test_numbers_and_booleans() {
    CHECK_VIEW(literal(true), "true");
    CHECK_VIEW(literal(false), "false");
    CHECK_VIEW(literal(-1), "-1");
    CHECK_VIEW(literal(std::uint8_t{65}), "65");
    CHECK_VIEW(literal(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
    CHECK_VIEW(literal(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
    CHECK_VIEW(literal(0.1), "0.1");
    CHECK_VIEW(literal(-2.5e-300), "-2.5e-300");
    CHECK_VIEW(literal(std::numeric_limits<double>::max()), "1.7976931348623157e+308");
    CHECK_VIEW(literal(std::numeric_limits<double>::denorm_min()), "5e-324");
    CHECK_VIEW(literal(-std::numeric_limits<double>::min()), "-2.2250738585072014e-308");
    using limits = std::numeric_limits<double>;
    for (const double number : {limits::infinity(), -limits::infinity(), limits::quiet_NaN()}) {
        check_rejected([&] { return literal(number); },
                       "authlete_fail: a JSON number must be finite");
    }
}

void test_objects() {
    CHECK_VIEW(json().text(), "{}");
    CHECK_VIEW(request({}), "{}");
    CHECK_VIEW(request({{"ticket", "t"}, {"\"", 1}, {"c", true}}),
               R"({"ticket":"t","\"":1,"c":true})");
    CHECK_VIEW(json().add("a", json().add("b", json())).add("c", std::vector{"d", "e"}),
               R"({"a":{"b":{}},"c":["d","e"]})");
    CHECK_VIEW(json().add("a", std::vector<int>{}).add("b", std::vector{true, false}),
               R"({"a":[],"b":[true,false]})");
    CHECK_VIEW(json().add("a", std::vector{json().add("b", 1), json()}), R"({"a":[{"b":1},{}]})");

    json object;
    object.add("ticket", "t");
    object.add("sub", "s").add("n", 1);
    CHECK_VIEW(object, R"({"ticket":"t","sub":"s","n":1})");
    check_rejected([&] { return object.add("bad", "\xff"); },
                   "authlete_fail: JSON text must be UTF-8");
    CHECK_VIEW(object.text(), R"({"ticket":"t","sub":"s","n":1})"); // unchanged by the failure
}

void test_options() {
    CHECK_VIEW(options().text(), "");
    CHECK_VIEW(options().timeout(500ms).text(), R"({"timeoutMs":500})");
    CHECK_VIEW(options().timeout(1min).access_token("t\"").method("GET").text(),
               R"({"timeoutMs":60000,"accessToken":"t\"","method":"GET"})");
    const options shared = options().header("traceparent", "00-1").timeout(2s);
    CHECK_VIEW(shared.header("X-A", "b").text(),
               R"({"timeoutMs":2000,"headers":{"traceparent":"00-1","X-A":"b"}})");
    CHECK_VIEW(shared.text(), R"({"timeoutMs":2000,"headers":{"traceparent":"00-1"}})");
}

// The reply to a call with the API response `document`.
reply reply_with(const char *document) {
    peer server;
    peer_start(&server, "200 OK", document);
    reply result = client(json()
                              .add("baseUrl", "http://127.0.0.1:" + std::to_string(server.port))
                              .add("serviceId", "1")
                              .add("accessToken", "token")
                              .add("maxIdleConnections", 0))
                       .try_call("/auth/authorization", request({{"parameters", "a=b"}}));
    peer_stop(&server);
    return result;
}

void test_values() {
    const std::string long_string(1000, 'x');
    const std::string document = json()
                                     .add("s", "a\"\xc3\xb6")
                                     .add("empty", "")
                                     .add("long", long_string)
                                     .add("i", 42)
                                     .add("b", true)
                                     .add("o", json().add("k/~", "v"))
                                     .add("a", std::vector{1, 2})
                                     .add("nul", "a\0b"sv)
                                     .text();
    const reply reply = reply_with(document.c_str());
    CHECK(static_cast<bool>(reply));
    const auto check = [&](std::string_view pointer, json_type type, const char *text) {
        const auto value = reply.get(pointer);
        CHECK(value && value->type() == type);
        CHECK_VIEW(value ? value->text() : "absent", text);
    };
    check("/s", json_type::string, "a\"\xc3\xb6");
    check("/empty", json_type::string, "");
    check("/long", json_type::string, long_string.c_str());
    check("/i", json_type::number, "42");
    check("/b", json_type::boolean, "true");
    check("/o", json_type::object, R"({"k/~":"v"})");
    check("/o/k~1~0", json_type::string, "v");
    check("/a", json_type::array, "[1,2]");
    check("/a/1", json_type::number, "2");
    check("", json_type::object, document.c_str());
    for (const auto pointer : {"/absent"sv, "/a/2"sv, "s"sv, "/s\0"sv, "/nul"sv, "/~2"sv}) {
        CHECK(!reply.get(pointer));
        CHECK_VIEW(reply.get_string(pointer), "");
    }
    CHECK(!authlete_fail::reply().get(""));
    CHECK_VIEW(reply.get_string("/s"), "a\"\xc3\xb6");
    CHECK_VIEW(reply.get_string("/i"), ""); // not a string

    // A value becomes part of a request unchanged.
    CHECK_VIEW(json()
                   .add("s", *reply.get("/s"))
                   .add("a", *reply.get("/a"))
                   .add("o", *reply.get("/o"))
                   .add("i", std::vector{*reply.get("/i")}),
               "{\"s\":\"a\\\"\xc3\xb6\",\"a\":[1,2],\"o\":{\"k/~\":\"v\"},\"i\":[42]}");

    const auto null = reply_with(R"({"n": null})").get("/n"); // of a temporary: a copy
    CHECK(null && null->type() == json_type::null);
    CHECK_VIEW(null ? null->literal() : "absent", "null");
}

} // namespace

int main() {
    test_strings();
    test_numbers_and_booleans();
    test_objects();
    test_options();
    test_values();
    return check_result("json");
}
