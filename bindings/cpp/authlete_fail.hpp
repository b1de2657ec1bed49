// authlete_fail.hpp: a C++17 wrapper of authlete_fail.h with RAII, std::string_view and exceptions.
// Terms, forks and signals are as in authlete_fail.h.
//
// ERRORS     authorization(), token(), backchannel_authentication() and connect() throw `error`
//            unless the status is ok. The exception carries the reply, and thus the response to
//            send. The try_ functions do not throw; check the reply. For the first three, status
//            ok means that Authlete responded; see outcome().
// OWNERSHIP  `client` and `reply` own their C objects; they are movable and not copyable. A
//            string_view or a `response` is valid as long as its reply: keep the reply in a
//            variable. All text is UTF-8 and NUL-terminated.
// THREADS    Any number of threads may call const member functions concurrently. Each call shares
//            ownership of the C client. While calls run, the `client` may be assigned to, moved
//            from or destroyed: the calls complete normally, and the last one frees the C client.
//            To change an access token, assign a new client. No call may start once the
//            destructor has started.

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

/// The status of a call. Later versions may add enumerators: a `switch` needs a `default`.
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

/// The meaning of the API response; its `action` alone is ambiguous.
enum class outcome : int {
    no_api_response = AUTHLETE_FAIL_OUTCOME_NO_API_RESPONSE,
    delivered = AUTHLETE_FAIL_OUTCOME_DELIVERED,
    ticket_invalid = AUTHLETE_FAIL_OUTCOME_TICKET_INVALID,
    server_error = AUTHLETE_FAIL_OUTCOME_SERVER_ERROR,
    unknown_action = AUTHLETE_FAIL_OUTCOME_UNKNOWN_ACTION,
};

/// The state of the ticket, which determines whether repeating the call is safe.
enum class ticket_state : int {
    unknown = AUTHLETE_FAIL_TICKET_STATE_UNKNOWN,
    untouched = AUTHLETE_FAIL_TICKET_STATE_UNTOUCHED,
    consumed = AUTHLETE_FAIL_TICKET_STATE_CONSUMED,
    invalid = AUTHLETE_FAIL_TICKET_STATE_INVALID,
    none = AUTHLETE_FAIL_TICKET_STATE_NONE,
};

/// The severity of a log line.
enum class log_level : int {
    error = AUTHLETE_FAIL_LOG_LEVEL_ERROR,
    warn = AUTHLETE_FAIL_LOG_LEVEL_WARN,
    info = AUTHLETE_FAIL_LOG_LEVEL_INFO,
    debug = AUTHLETE_FAIL_LOG_LEVEL_DEBUG,
};

/// A log callback. Runs on the thread that made the call, so several threads may run it
/// concurrently. The text is valid only during the callback. Exceptions that it throws are ignored.
using log_function = std::function<void(log_level, std::string_view)>;

/// The name of an enumerator, such as "TIMEOUT"; "?" if the library does not define the value.
[[nodiscard]] inline std::string_view name(status value) noexcept {
    return authlete_fail_status_name(static_cast<authlete_fail_status>(value));
}
[[nodiscard]] inline std::string_view name(outcome value) noexcept {
    return authlete_fail_outcome_name(static_cast<authlete_fail_outcome>(value));
}
[[nodiscard]] inline std::string_view name(ticket_state value) noexcept {
    return authlete_fail_ticket_state_name(static_cast<authlete_fail_ticket_state>(value));
}

/// The version of the library that is loaded, such as "0.1.0".
[[nodiscard]] inline std::string_view version() noexcept { return authlete_fail_version(); }

/// The HTTP response to send to the OAuth client; always set, even after a failure.
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
    /// The error, as one line without secrets; empty if the status is ok.
    [[nodiscard]] std::string_view error() const noexcept {
        return text(authlete_fail_reply_error);
    }
    /// The error and other values of the reply, as a JSON object; empty if the status is ok.
    [[nodiscard]] std::string_view error_json() const noexcept {
        return text(authlete_fail_reply_error_json);
    }
    /// The JSON object in the API response. Do not log it: it may contain the ticket.
    [[nodiscard]] std::string_view json() const noexcept { return text(authlete_fail_reply_json); }
    /// The `action` of the API response, even if this version does not support it.
    [[nodiscard]] std::string_view action() const noexcept {
        return text(authlete_fail_reply_action);
    }
    /// The `resultCode` of the API response, such as "A060306".
    [[nodiscard]] std::string_view result_code() const noexcept {
        return text(authlete_fail_reply_result_code);
    }
    /// The Request-Id header of the API response, for support requests.
    [[nodiscard]] std::string_view request_id() const noexcept {
        return text(authlete_fail_reply_request_id);
    }
    /// The response to send to the OAuth client.
    [[nodiscard]] authlete_fail::response response() const noexcept {
        return authlete_fail::response(get());
    }
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

/// A handle to one Authlete service, with its own connection pool; threads may share it.
///
/// After a client has been moved from, its calls return invalid_argument.
class client {
public:
    /// Creates a client from a JSON configuration; opens no connection. Throws `error`.
    ///
    /// An empty `config`, such as the text of an unreadable file, is an error; it does not select
    /// the environment variables.
    /// `log` receives the lines that the key `logLevel` selects.
    explicit client(std::string_view config, log_function log = nullptr)
        : handle_(create(config.empty() ? " " : config, std::move(log))) {}

    /// Creates a client from the environment variables AUTHLETE_*. Throws `error`.
    [[nodiscard]] static client from_environment(log_function log = nullptr) {
        return client(create({}, std::move(log)));
    }

    client(client &&other) noexcept : handle_(other.take()) {}
    client &operator=(client &&other) noexcept {
        handle swapped = other.take(); // destroyed after unlocking
        const std::lock_guard<std::mutex> lock(mutex_);
        handle_.swap(swapped);
        return *this;
    }
    ~client() { take(); }

    /// Opens a connection, so that the next call does not have to; does nothing if the pool
    /// contains a suitable one. Blocks like a call. Throws `error` unless the status is ok; a
    /// failure does not affect later calls. See authlete_fail.h for its uses and limits.
    reply connect() const { return checked(try_connect()); }

    /// Fails an authorization, token or backchannel authentication (CIBA) request; `request` is a
    /// JSON object as in authlete_fail.h. Throws `error` unless the status is ok.
    [[nodiscard]] reply authorization(std::string_view request) const {
        return checked(try_authorization(request));
    }
    [[nodiscard]] reply token(std::string_view request) const {
        return checked(try_token(request));
    }
    [[nodiscard]] reply backchannel_authentication(std::string_view request) const {
        return checked(try_backchannel_authentication(request));
    }

    /// The same functions without exceptions: check the reply.
    reply try_connect() const noexcept { return call(authlete_fail_client_connect); }
    [[nodiscard]] reply try_authorization(std::string_view request) const noexcept {
        return call(authlete_fail_authorization, request.data(), request.size());
    }
    [[nodiscard]] reply try_token(std::string_view request) const noexcept {
        return call(authlete_fail_token, request.data(), request.size());
    }
    [[nodiscard]] reply try_backchannel_authentication(std::string_view request) const noexcept {
        return call(authlete_fail_backchannel_authentication, request.data(), request.size());
    }

    /// Aborts the calls in flight and rejects later ones. Cannot be undone; may be called again.
    void shutdown() const noexcept { authlete_fail_client_shutdown(share().get()); }

    /// The C client, still owned by this object.
    [[nodiscard]] const authlete_fail_client *get() const noexcept { return share().get(); }

private:
    using handle = std::shared_ptr<authlete_fail_client>;

    explicit client(handle owned) noexcept : handle_(std::move(owned)) {}

    static handle create(std::string_view config, log_function log) {
        auto callback = std::make_shared<const log_function>(std::move(log));
        authlete_fail_client *created = nullptr;
        authlete_fail_reply *result = nullptr;
        // The cast is safe: write_line() casts back and only reads.
        authlete_fail_client_new(config.data(), config.size(), *callback ? write_line : nullptr,
                                 const_cast<log_function *>(callback.get()), &created, &result);
        reply owned_result(result);
        // The deleter keeps the callback alive as long as the C client, which calls it.
        handle owned(created, [callback](authlete_fail_client *client) {
            authlete_fail_client_free(client);
        });
        checked(std::move(owned_result));
        return owned;
    }

    static void write_line(void *context, std::int32_t level, const char *line,
                           std::size_t len) noexcept {
        try {
            (*static_cast<const log_function *>(context))(static_cast<log_level>(level),
                                                          {line, len});
        } catch (...) { // an exception must not unwind through the C library
        }
    }

    static reply checked(reply result) {
        if (!result) {
            throw error(std::move(result));
        }
        return result;
    }

    template <class Function, class... Arguments>
    reply call(Function function, Arguments... arguments) const noexcept {
        const handle shared = share();
        authlete_fail_reply *result = nullptr;
        function(shared.get(), arguments..., &result);
        return reply(result);
    }

    handle share() const noexcept {
        const std::lock_guard<std::mutex> lock(mutex_);
        return handle_;
    }

    handle take() noexcept {
        const std::lock_guard<std::mutex> lock(mutex_);
        return std::exchange(handle_, nullptr);
    }

    mutable std::mutex mutex_; // guards handle_; not held during a call
    handle handle_;
};

/// Builds a request without a JSON library:
/// `request({{"ticket", ticket}, {"reason", "DENIED"}})`.
///
/// Escapes the values as RFC 8259, section 7 requires. The call checks that they are UTF-8.
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
