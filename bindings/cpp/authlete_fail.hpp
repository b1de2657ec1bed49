// authlete_fail.hpp: authlete_fail.h for C++17, with owners, string_view and exceptions.
//
// ERRORS     authorization(), token() and backchannel_authentication() throw `error` where the
//            status is not ok; its reply() still holds the response to send. The try_ functions
//            throw nothing: test their reply. Status ok means that Authlete answered; what it
//            answered, outcome() tells.
// OWNERSHIP  `client` and `reply` own what they hold; they move and do not copy. A string_view or a
//            `response` is borrowed from its reply: keep the reply in a variable for as long. All
//            text is UTF-8 with a NUL behind its end.
// THREADS    Any number of threads may use const member functions at once. A call keeps alive what
//            it works with: while calls run on a client, it may be assigned to, moved from or
//            destroyed; they end as they would have, and the last one frees it. So a new token is
//            one assignment. As with every object, no call may begin once destruction has.

#ifndef AUTHLETE_FAIL_HPP
#define AUTHLETE_FAIL_HPP

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "authlete_fail.h"

namespace authlete_fail {

/// What became of a call. Enumerators may be added: a `switch` needs a `default`.
enum class status : int {
    ok = AUTHLETE_FAIL_STATUS_OK,
    invalid_argument = AUTHLETE_FAIL_STATUS_INVALID_ARGUMENT,
    invalid_config = AUTHLETE_FAIL_STATUS_INVALID_CONFIG,
    invalid_request = AUTHLETE_FAIL_STATUS_INVALID_REQUEST,
    connect = AUTHLETE_FAIL_STATUS_CONNECT,
    tls = AUTHLETE_FAIL_STATUS_TLS,
    resource = AUTHLETE_FAIL_STATUS_RESOURCE,
    timeout = AUTHLETE_FAIL_STATUS_TIMEOUT,
    network = AUTHLETE_FAIL_STATUS_NETWORK,
    http = AUTHLETE_FAIL_STATUS_HTTP,
    protocol = AUTHLETE_FAIL_STATUS_PROTOCOL,
    shutdown = AUTHLETE_FAIL_STATUS_SHUTDOWN,
    internal = AUTHLETE_FAIL_STATUS_INTERNAL,
};

/// What Authlete's answer amounts to; its `action` alone misleads.
enum class outcome : int {
    no_api_response = AUTHLETE_FAIL_OUTCOME_NO_API_RESPONSE,
    delivered = AUTHLETE_FAIL_OUTCOME_DELIVERED,
    ticket_invalid = AUTHLETE_FAIL_OUTCOME_TICKET_INVALID,
    server_error = AUTHLETE_FAIL_OUTCOME_SERVER_ERROR,
    unknown_action = AUTHLETE_FAIL_OUTCOME_UNKNOWN_ACTION,
};

/// What became of the ticket, which decides whether calling again is safe.
enum class ticket_state : int {
    unknown = AUTHLETE_FAIL_TICKET_STATE_UNKNOWN,
    untouched = AUTHLETE_FAIL_TICKET_STATE_UNTOUCHED,
    consumed = AUTHLETE_FAIL_TICKET_STATE_CONSUMED,
    invalid = AUTHLETE_FAIL_TICKET_STATE_INVALID,
    none = AUTHLETE_FAIL_TICKET_STATE_NONE,
};

/// How serious a line of the log is.
enum class log_level : int {
    error = AUTHLETE_FAIL_LOG_LEVEL_ERROR,
    warn = AUTHLETE_FAIL_LOG_LEVEL_WARN,
    info = AUTHLETE_FAIL_LOG_LEVEL_INFO,
    debug = AUTHLETE_FAIL_LOG_LEVEL_DEBUG,
};

/// Takes a line of the log, on the thread that called, and on several at once; the text is valid
/// during the call. What it throws is dropped.
using log_function = std::function<void(log_level, std::string_view)>;

/// Names a status, such as "TIMEOUT"; "?" where the library does not know it.
[[nodiscard]] inline std::string_view name(status value) noexcept {
    return authlete_fail_status_name(static_cast<authlete_fail_status>(value));
}

/// Names an outcome, such as "DELIVERED"; "?" where the library does not know it.
[[nodiscard]] inline std::string_view name(outcome value) noexcept {
    return authlete_fail_outcome_name(static_cast<authlete_fail_outcome>(value));
}

/// Names a ticket state, such as "CONSUMED"; "?" where the library does not know it.
[[nodiscard]] inline std::string_view name(ticket_state value) noexcept {
    return authlete_fail_ticket_state_name(static_cast<authlete_fail_ticket_state>(value));
}

/// Tells the version of the library at run time, such as "0.1.0".
[[nodiscard]] inline std::string_view version() noexcept { return authlete_fail_version(); }

/// The HTTP response to send to the OAuth client: always there, also after a failure.
///
/// Borrowed from its reply. The caller adds Content-Length, Date, Connection and its own headers.
class response {
public:
    explicit response(const authlete_fail_reply *from) noexcept : reply_(from) {}

    /// The status code.
    [[nodiscard]] int status() const noexcept {
        return authlete_fail_reply_response_status(reply_);
    }

    /// The headers, as pairs of name and value. Throws std::bad_alloc only.
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

    /// The body; empty where there is none.
    [[nodiscard]] std::string_view body() const noexcept {
        std::size_t len = 0;
        const char *text = authlete_fail_reply_response_body(reply_, &len);
        return {text, len};
    }

private:
    const authlete_fail_reply *reply_;
};

/// What one call produced: what happened, what Authlete said, and the response. Immutable.
///
/// Where none is held, it reads as invalid_argument, "no reply", with a response safe to send.
class reply {
public:
    /// Takes ownership of a reply that the C functions made, or holds none.
    explicit reply(authlete_fail_reply *made = nullptr) noexcept : handle_(made) {}

    /// Whether the status is ok.
    explicit operator bool() const noexcept { return status() == authlete_fail::status::ok; }

    /// What became of the call.
    [[nodiscard]] authlete_fail::status status() const noexcept {
        return static_cast<authlete_fail::status>(authlete_fail_reply_status(get()));
    }
    /// What Authlete's answer amounts to.
    [[nodiscard]] authlete_fail::outcome outcome() const noexcept {
        return static_cast<authlete_fail::outcome>(authlete_fail_reply_outcome(get()));
    }
    /// What became of the ticket.
    [[nodiscard]] authlete_fail::ticket_state ticket_state() const noexcept {
        return static_cast<authlete_fail::ticket_state>(authlete_fail_reply_ticket_state(get()));
    }
    /// How often it was tried, counting tries that never connected.
    [[nodiscard]] int attempts() const noexcept { return authlete_fail_reply_attempts(get()); }
    /// The HTTP status of Authlete's answer; 0 if there was none.
    [[nodiscard]] int http_status() const noexcept {
        return authlete_fail_reply_http_status(get());
    }
    /// How long Authlete asks to wait before the next call, in milliseconds; -1 if it did not say.
    [[nodiscard]] std::int64_t retry_after_ms() const noexcept {
        return authlete_fail_reply_retry_after_ms(get());
    }
    /// What went wrong, in one line without secrets; empty if the status is ok.
    [[nodiscard]] std::string_view error() const noexcept {
        return text(authlete_fail_reply_error);
    }
    /// The same as a JSON object.
    [[nodiscard]] std::string_view error_json() const noexcept {
        return text(authlete_fail_reply_error_json);
    }
    /// The JSON object that Authlete answered with. Not for logs: it may echo the ticket.
    [[nodiscard]] std::string_view json() const noexcept { return text(authlete_fail_reply_json); }
    /// Authlete's `action`, also one that this version does not know.
    [[nodiscard]] std::string_view action() const noexcept {
        return text(authlete_fail_reply_action);
    }
    /// Authlete's `resultCode`, such as "A060306".
    [[nodiscard]] std::string_view result_code() const noexcept {
        return text(authlete_fail_reply_result_code);
    }
    /// The Request-Id header of Authlete's answer, for its support.
    [[nodiscard]] std::string_view request_id() const noexcept {
        return text(authlete_fail_reply_request_id);
    }
    /// The response to send to the OAuth client.
    [[nodiscard]] authlete_fail::response response() const noexcept {
        return authlete_fail::response(get());
    }
    /// The reply for the C functions; it stays this object's.
    [[nodiscard]] const authlete_fail_reply *get() const noexcept { return handle_.get(); }

private:
    struct deleter {
        void operator()(authlete_fail_reply *made) const noexcept {
            authlete_fail_reply_free(made);
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
#pragma clang diagnostic ignored "-Wweak-vtables" // a header has no one place for a vtable
#endif

/// A call, or the making of a client, whose status is not ok; what() is the reply's error().
class error : public std::runtime_error {
public:
    explicit error(authlete_fail::reply failed)
        : std::runtime_error(std::string(failed.error())),
          reply_(std::make_shared<const authlete_fail::reply>(std::move(failed))) {}

    /// The reply, shared by the copies of this exception.
    [[nodiscard]] const authlete_fail::reply &reply() const noexcept { return *reply_; }

private:
    std::shared_ptr<const authlete_fail::reply> reply_;
};

#ifdef __clang__
#pragma clang diagnostic pop
#endif

/// One service of Authlete's and the connections to it; shared by threads.
///
/// One that was moved from answers every call with invalid_argument.
class client {
public:
    /// Makes a client from a JSON configuration; opens no connection. Throws `error`.
    ///
    /// Empty text is refused: a file that could not be read must not pass for from_environment().
    /// `log` takes the lines that `logLevel` of the configuration lets through.
    explicit client(std::string_view config, log_function log = nullptr)
        : handle_(make(config.empty() ? " " : config, std::move(log))) {}

    /// Makes a client from the environment variables AUTHLETE_*. Throws `error`.
    [[nodiscard]] static client from_environment(log_function log = nullptr) {
        return client(make({}, std::move(log)));
    }

    client(client &&other) noexcept : handle_(other.take()) {}
    client &operator=(client &&other) noexcept {
        handle held = other.take(); // becomes the old one, and is let go after the lock
        const std::lock_guard<std::mutex> lock(mutex_);
        handle_.swap(held);
        return *this;
    }
    ~client() { take(); }

    /// Fails an authorization request; `request` is Authlete's request document. Throws `error`.
    [[nodiscard]] reply authorization(std::string_view request) const {
        return checked(try_authorization(request));
    }
    /// Fails a token request. Throws `error`.
    [[nodiscard]] reply token(std::string_view request) const {
        return checked(try_token(request));
    }
    /// Fails a backchannel authentication request (CIBA). Throws `error`.
    [[nodiscard]] reply backchannel_authentication(std::string_view request) const {
        return checked(try_backchannel_authentication(request));
    }

    /// As authorization(), but never throws: test the reply.
    [[nodiscard]] reply try_authorization(std::string_view request) const noexcept {
        return call(authlete_fail_authorization, request);
    }
    /// As token(), but never throws: test the reply.
    [[nodiscard]] reply try_token(std::string_view request) const noexcept {
        return call(authlete_fail_token, request);
    }
    /// As backchannel_authentication(), but never throws: test the reply.
    [[nodiscard]] reply try_backchannel_authentication(std::string_view request) const noexcept {
        return call(authlete_fail_backchannel_authentication, request);
    }

    /// Ends the calls in flight and refuses further ones; any number of times, no way back.
    void shutdown() const noexcept { authlete_fail_client_shutdown(hold().get()); }

    /// The client for the C functions; it stays this object's.
    [[nodiscard]] const authlete_fail_client *get() const noexcept { return hold().get(); }

private:
    using handle = std::shared_ptr<authlete_fail_client>;

    explicit client(handle made) noexcept : handle_(std::move(made)) {}

    static handle make(std::string_view config, log_function log) {
        auto sink = std::make_shared<const log_function>(std::move(log));
        authlete_fail_client *made = nullptr;
        authlete_fail_reply *said = nullptr;
        // The library hands the context back as it is; it is only ever read.
        authlete_fail_client_new(config.data(), config.size(), *sink ? write_line : nullptr,
                                 const_cast<log_function *>(sink.get()), &made, &said);
        reply result(said);
        // The function lives as long as the client that calls it.
        handle owner(made, [sink](authlete_fail_client *client) {
            authlete_fail_client_free(client);
        });
        checked(std::move(result));
        return owner;
    }

    static void write_line(void *context, std::int32_t level, const char *line,
                           std::size_t len) noexcept {
        try {
            (*static_cast<const log_function *>(context))(static_cast<log_level>(level),
                                                          {line, len});
        } catch (...) { // must not reach the library, which is not C++
        }
    }

    static reply checked(reply result) {
        if (!result) {
            throw error(std::move(result));
        }
        return result;
    }

    reply call(decltype(&authlete_fail_token) function, std::string_view request) const noexcept {
        const handle held = hold();
        authlete_fail_reply *said = nullptr;
        function(held.get(), request.data(), request.size(), &said);
        return reply(said);
    }

    handle hold() const noexcept {
        const std::lock_guard<std::mutex> lock(mutex_);
        return handle_;
    }

    handle take() noexcept {
        const std::lock_guard<std::mutex> lock(mutex_);
        return std::exchange(handle_, nullptr);
    }

    mutable std::mutex mutex_; // of handle_ alone; never held during a call
    handle handle_;
};

/// Writes a request document where no JSON library is at hand:
/// `request({{"ticket", ticket}, {"reason", "DENIED"}})`.
///
/// Takes UTF-8, which the call checks, and escapes what JSON wants escaped (RFC 8259, section 7).
[[nodiscard]] inline std::string
request(std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string json;
    const auto write = [&](std::string_view text) {
        json += '"';
        for (const char c : text) {
            if (const auto code = static_cast<unsigned char>(c); code < 0x20) {
                json.append("\\u00").append({digits[code / 16], digits[code % 16]});
            } else {
                json.append(c == '"' || c == '\\' ? "\\" : "").append(1, c);
            }
        }
        json += '"';
    };
    for (const auto &[member, value] : members) {
        json += json.empty() ? '{' : ',';
        write(member);
        json += ':';
        write(value);
    }
    return json.empty() ? "{}" : json + '}';
}

} // namespace authlete_fail

#endif // AUTHLETE_FAIL_HPP
