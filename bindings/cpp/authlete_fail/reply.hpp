// reply.hpp: the result of a call, and the exception that carries it.

#ifndef AUTHLETE_FAIL_REPLY_HPP
#define AUTHLETE_FAIL_REPLY_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "authlete_fail.h"
#include "json.hpp"
#include "names.hpp"

namespace authlete_fail {

/// The HTTP response to send to the OAuth client.
///
/// Valid as long as its reply. The HTTP server adds Content-Length, Date and Connection.
class response {
public:
    explicit response(const authlete_fail_reply *from) noexcept : reply_(from) {}

    /// The HTTP status code.
    [[nodiscard]] int status() const noexcept {
        return authlete_fail_reply_response_status(reply_);
    }
    /// The headers, as pairs of name and value. Throws only std::bad_alloc.
    [[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>> headers() const {
        std::vector<std::pair<std::string_view, std::string_view>> pairs;
        const std::size_t count = authlete_fail_reply_response_header_count(reply_);
        pairs.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
            pairs.emplace_back(authlete_fail_reply_response_header_name(reply_, i),
                               authlete_fail_reply_response_header_value(reply_, i));
        }
        return pairs;
    }
    /// The body; may be empty.
    [[nodiscard]] std::string_view body() const noexcept {
        std::size_t len = 0;
        const char *text = authlete_fail_reply_response_body(reply_, &len);
        return {text, len};
    }

private:
    const authlete_fail_reply *reply_;
};

/// The result of one call: its status, the API response, and the response to send. Immutable.
///
/// An empty reply has the status invalid_argument, the error "no reply" and a safe response.
class reply {
public:
    /// Takes ownership of `owned`, or creates an empty reply.
    explicit reply(authlete_fail_reply *owned = nullptr) noexcept : handle_(owned) {}

    /// Whether the status is ok.
    explicit operator bool() const noexcept { return status() == authlete_fail::status::ok; }

    /// The status of the call.
    [[nodiscard]] authlete_fail::status status() const noexcept {
        return static_cast<authlete_fail::status>(authlete_fail_reply_status(get()));
    }
    /// The meaning of the API response.
    [[nodiscard]] authlete_fail::outcome outcome() const noexcept {
        return static_cast<authlete_fail::outcome>(authlete_fail_reply_outcome(get()));
    }
    /// The state of the ticket.
    [[nodiscard]] authlete_fail::ticket_state ticket_state() const noexcept {
        return static_cast<authlete_fail::ticket_state>(authlete_fail_reply_ticket_state(get()));
    }
    /// The number of attempts, including those that failed to connect; 0 if no attempt was made.
    [[nodiscard]] int attempts() const noexcept { return authlete_fail_reply_attempts(get()); }
    /// The HTTP status of the API response; 0 if none was received.
    [[nodiscard]] int http_status() const noexcept {
        return authlete_fail_reply_http_status(get());
    }
    /// The time in milliseconds to wait before the next call to Authlete; -1 if Authlete sent none.
    [[nodiscard]] std::int64_t retry_after_ms() const noexcept {
        return authlete_fail_reply_retry_after_ms(get());
    }
    /// Whether repeating the call is safe and may help: Authlete has certainly not processed it,
    /// and the cause of the failure may be temporary.
    [[nodiscard]] bool may_repeat() const noexcept {
        return authlete_fail_reply_may_repeat(get()) != 0;
    }
    /// The duration of the call, including all attempts.
    [[nodiscard]] std::chrono::microseconds duration() const noexcept {
        return std::chrono::microseconds(authlete_fail_reply_duration_us(get()));
    }
    /// The error, as one line without secrets; empty if the status is ok.
    [[nodiscard]] std::string_view error() const & noexcept {
        return text(authlete_fail_reply_error);
    }
    /// The error and other values of the reply, as a JSON object; empty if the status is ok.
    [[nodiscard]] std::string_view error_json() const & noexcept {
        return text(authlete_fail_reply_error_json);
    }
    /// The JSON object in the API response. Do not log it: it may contain the ticket.
    [[nodiscard]] std::string_view json() const & noexcept {
        return text(authlete_fail_reply_json);
    }
    /// The `action` of the API response, even if this version does not support it.
    [[nodiscard]] std::string_view action() const & noexcept {
        return text(authlete_fail_reply_action);
    }
    /// The `resultCode` of the API response, such as "A060306".
    [[nodiscard]] std::string_view result_code() const & noexcept {
        return text(authlete_fail_reply_result_code);
    }
    /// The Request-Id header of the API response, for support requests.
    [[nodiscard]] std::string_view request_id() const & noexcept {
        return text(authlete_fail_reply_request_id);
    }
    /// The connections and the times of the call, as a JSON object; see
    /// authlete_fail_reply_diagnostics() for its members.
    [[nodiscard]] std::string_view diagnostics() const & noexcept {
        return text(authlete_fail_reply_diagnostics);
    }
    /// The value at a JSON Pointer (RFC 6901) in the API response, such as "/client/clientName";
    /// nullopt if there is no such value. Do not log the value of a ticket or token.
    [[nodiscard]] std::optional<json_value> get(std::string_view pointer) const {
        const std::string terminated(pointer);
        if (terminated.find('\0') != std::string::npos) {
            return std::nullopt; // the NUL character would end the pointer
        }
        auto type = json_type::absent;
        const auto value = detail::written(127, [&](char *out, std::size_t out_size) {
            std::size_t len = 0;
            type = static_cast<json_type>(
                authlete_fail_reply_get(get(), terminated.c_str(), out, out_size, &len));
            return len;
        });
        if (type == json_type::absent) {
            return std::nullopt;
        }
        return json_value(type, value);
    }
    /// The string at a JSON Pointer; empty if there is none.
    [[nodiscard]] std::string get_string(std::string_view pointer) const {
        auto value = get(pointer);
        return value && value->type() == json_type::string ? std::move(*value).text() : "";
    }
    /// The response to send to the OAuth client. It can be nullopt only after client::call(): if the
    /// server has to act on the action first, or if the endpoint is outside the authorization,
    /// token and CIBA flows.
    [[nodiscard]] std::optional<authlete_fail::response> response() const & noexcept {
        if (authlete_fail_reply_response_status(get()) == 0) {
            return std::nullopt;
        }
        return authlete_fail::response(get());
    }
    // A view of a temporary would dangle after the statement.
    std::string_view error() const && = delete;
    std::string_view error_json() const && = delete;
    std::string_view json() const && = delete;
    std::string_view action() const && = delete;
    std::string_view result_code() const && = delete;
    std::string_view request_id() const && = delete;
    std::string_view diagnostics() const && = delete;
    std::optional<authlete_fail::response> response() const && = delete;

    /// The C reply, still owned by this object.
    [[nodiscard]] const authlete_fail_reply *get() const noexcept { return handle_.get(); }

private:
    struct deleter {
        void operator()(authlete_fail_reply *owned) const noexcept {
            authlete_fail_reply_free(owned);
        }
    };

    std::string_view text(decltype(&authlete_fail_reply_error) read) const noexcept {
        std::size_t len = 0;
        const char *begin = read(get(), &len);
        return {begin, len};
    }

    std::unique_ptr<authlete_fail_reply, deleter> handle_;
};

#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wweak-vtables" // unavoidable in a header-only class
#endif

/// Thrown if the status of a call, or of creating a client, is not ok; what() is reply().error().
class error : public std::runtime_error {
public:
    explicit error(authlete_fail::reply failed)
        : std::runtime_error(std::string(failed.error())),
          reply_(std::make_shared<const authlete_fail::reply>(std::move(failed))) {}

    /// The reply, shared by all copies of this exception.
    [[nodiscard]] const authlete_fail::reply &reply() const noexcept { return *reply_; }

private:
    std::shared_ptr<const authlete_fail::reply> reply_;
};

#ifdef __clang__
#pragma clang diagnostic pop
#endif

} // namespace authlete_fail

#endif // AUTHLETE_FAIL_REPLY_HPP
