// json.hpp: builds JSON for requests, options and configurations, and represents the values of a
// reply.

#ifndef AUTHLETE_FAIL_JSON_HPP
#define AUTHLETE_FAIL_JSON_HPP

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "authlete_fail.h"
#include "names.hpp"

namespace authlete_fail {

namespace detail {

/// Returns the text that `write(out, out_size)` writes. Like snprintf, `write` returns the length of
/// the text. The first buffer has room for `expected` characters; if the text is longer, `write` is
/// called again.
template <class Write> std::string written(std::size_t expected, Write write) {
    std::string text(expected, '\0');
    for (;;) {
        const std::size_t len = write(text.data(), text.size() + 1);
        const bool is_complete = len <= text.size();
        text.resize(len);
        if (is_complete) {
            return text;
        }
    }
}

} // namespace detail

class json;

/// A JSON value, from a reply or for a request.
///
/// Converts implicitly from strings, numbers, booleans, `json` objects and vectors of them. Throws
/// std::invalid_argument for a number that is not finite.
class json_value {
public:
    template <class T, std::enable_if_t<std::is_convertible_v<const T &, std::string_view> &&
                                            !std::is_null_pointer_v<T> && !std::is_same_v<T, json>,
                                        int> = 0>
    json_value(const T &string) : json_value(json_type::string, std::string_view(string)) {}

    template <class T,
              std::enable_if_t<std::is_arithmetic_v<T> && !std::is_same_v<T, char>, int> = 0>
    json_value(T number_or_boolean) : type_(json_type::number) {
        if constexpr (std::is_same_v<T, bool>) {
            type_ = json_type::boolean;
            text_ = number_or_boolean ? "true" : "false";
        } else if constexpr (std::is_integral_v<T>) {
            text_ = std::to_string(number_or_boolean);
        } else {
            text_ = shortest(static_cast<double>(number_or_boolean));
        }
    }

    json_value(const json &object);

    template <class T>
    json_value(const std::vector<T> &array) : json_value(json_type::array, "[") {
        for (const auto &element : array) {
            const T &value = element; // libc++'s std::vector<bool> has other elements than bool
            text_.append(text_.size() > 1 ? "," : "").append(json_value(value).literal());
        }
        text_ += ']';
    }

    /// The type; never absent in a value from a reply.
    [[nodiscard]] json_type type() const noexcept { return type_; }
    /// The decoded text of a string, or the JSON text of any other value.
    [[nodiscard]] const std::string &text() const & noexcept { return text_; }
    [[nodiscard]] std::string text() && { return std::move(text_); }
    /// The JSON text. Throws std::invalid_argument if a string is not UTF-8.
    [[nodiscard]] std::string literal() const {
        return type_ == json_type::string ? quoted(text_) : text_;
    }

private:
    friend class json;
    friend class reply;

    json_value(json_type type, std::string_view text) : type_(type), text_(text) {}

    static std::string quoted(std::string_view text) {
        const std::size_t expected = text.size() + 2; // if nothing has to be escaped
        return detail::written(expected, [text](char *out, std::size_t out_size) {
            const std::size_t len =
                authlete_fail_json_string(text.data(), text.size(), out, out_size);
            if (len == SIZE_MAX) {
                throw std::invalid_argument("authlete_fail: JSON text must be UTF-8");
            }
            return len;
        });
    }

    /// The shortest text that represents `number` exactly.
    static std::string shortest(double number) {
        if (!std::isfinite(number)) {
            throw std::invalid_argument("authlete_fail: a JSON number must be finite");
        }
        std::string text(32, '\0'); // the longest text has 24 characters
        text.resize(static_cast<std::size_t>(
            std::to_chars(text.data(), text.data() + text.size(), number).ptr - text.data()));
        return text;
    }

    json_type type_;
    std::string text_;
};

/// Builds a JSON object: a request, options or a configuration.
///
///     json().add("ticket", ticket).add("subject", "john").add("authTime", 1700000000)
class json {
public:
    /// Adds a member. Does not check for an existing member of the same name. Throws
    /// std::invalid_argument if `member` or a string in `value` is not UTF-8.
    json &add(std::string_view member, const json_value &value) & {
        const std::string added = json_value::quoted(member) + ':' + value.literal() + '}';
        text_.replace(text_.size() - 1, 1, text_.size() > 2 ? "," : "").append(added);
        return *this;
    }
    [[nodiscard]] json add(std::string_view member, const json_value &value) && {
        return std::move(add(member, value));
    }

    /// The JSON text.
    [[nodiscard]] const std::string &text() const & noexcept { return text_; }
    [[nodiscard]] std::string text() && { return std::move(text_); }
    /// The JSON text, as the functions of `client` take it. Valid as long as the object.
    operator std::string_view() const noexcept { return text_; }

private:
    std::string text_ = "{}";
};

inline json_value::json_value(const json &object) : json_value(json_type::object, object.text()) {}

/// Builds a JSON object from its members: `request({{"ticket", ticket}, {"subject", "john"}})`.
/// Throws like json::add().
[[nodiscard]] inline json
request(std::initializer_list<std::pair<std::string_view, json_value>> members) {
    json object;
    for (const auto &[member, value] : members) {
        object.add(member, value);
    }
    return object;
}

/// Builds the options of one call: `options().timeout(500ms).header("traceparent", traceparent)`.
///
/// Each function returns a copy with one more option. The call checks the values.
class options {
public:
    /// The timeout of the call, instead of the client's; between 1 ms and 10 minutes.
    [[nodiscard]] options timeout(std::chrono::milliseconds limit) const {
        return with("timeoutMs", limit.count());
    }
    /// The access token for the call, instead of the client's credentials.
    [[nodiscard]] options access_token(std::string_view token) const {
        return with("accessToken", token);
    }
    /// An additional request header; see authlete_fail_call() for the permitted names.
    [[nodiscard]] options header(std::string_view name, std::string_view value) const {
        options copy = *this;
        copy.headers_ = headers_.value_or(json()).add(name, value);
        copy.update();
        return copy;
    }
    /// The HTTP method, instead of POST. A call to a fail endpoint rejects any other method.
    [[nodiscard]] options method(std::string_view name) const { return with("method", name); }

    /// The JSON text; empty if no option is set. There is no implicit conversion, so that options
    /// cannot be passed as a request.
    [[nodiscard]] const std::string &text() const & noexcept { return text_; }

private:
    options with(std::string_view name, const json_value &value) const {
        options copy = *this;
        copy.members_ = members_.value_or(json()).add(name, value);
        copy.update();
        return copy;
    }

    void update() {
        json all = members_.value_or(json());
        text_ = headers_ ? all.add("headers", *headers_).text() : all.text();
    }

    std::optional<json> members_;
    std::optional<json> headers_;
    std::string text_;
};

} // namespace authlete_fail

#endif // AUTHLETE_FAIL_JSON_HPP
