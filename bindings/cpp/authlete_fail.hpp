// authlete_fail.hpp: a C++17 wrapper of authlete_fail.h with RAII, std::string_view and exceptions.
// Terms, forks and signals are as in authlete_fail.h.
//
// ERRORS     authorization(), token(), backchannel_authentication(), call() and connect() throw
//            `error` unless the status is ok. The exception carries the reply, and thus the
//            response to send. The try_ functions do not throw; check the reply. Except for
//            connect(), status ok means that Authlete responded; see outcome(). Building JSON
//            throws std::invalid_argument if JSON cannot represent a value.
// OWNERSHIP  `client` and `reply` own their C objects; they are movable and not copyable. A
//            string_view or a `response` is valid as long as its reply: keep the reply in a
//            variable. A temporary reply has no accessor that returns either of them. All text is
//            UTF-8 and NUL-terminated. The client keeps no view of its arguments.
// THREADS    Any number of threads may call const member functions concurrently. Each call shares
//            ownership of the C client. While calls run, the `client` may be assigned to, moved
//            from or destroyed: the calls complete normally, and the last one frees the C client.
//            To change an access token, assign a new client. No call may start once the
//            destructor has started.

#ifndef AUTHLETE_FAIL_HPP
#define AUTHLETE_FAIL_HPP

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
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
    other_api = AUTHLETE_FAIL_OUTCOME_OTHER_API,
};

/// The state of the ticket, which determines whether repeating the call is safe.
enum class ticket_state : int {
    unknown = AUTHLETE_FAIL_TICKET_STATE_UNKNOWN,
    untouched = AUTHLETE_FAIL_TICKET_STATE_UNTOUCHED,
    consumed = AUTHLETE_FAIL_TICKET_STATE_CONSUMED,
    invalid = AUTHLETE_FAIL_TICKET_STATE_INVALID,
    none = AUTHLETE_FAIL_TICKET_STATE_NONE,
};

/// The type of a JSON value.
enum class json_type : int {
    absent = AUTHLETE_FAIL_JSON_TYPE_ABSENT,
    null = AUTHLETE_FAIL_JSON_TYPE_NULL,
    boolean = AUTHLETE_FAIL_JSON_TYPE_BOOLEAN,
    number = AUTHLETE_FAIL_JSON_TYPE_NUMBER,
    string = AUTHLETE_FAIL_JSON_TYPE_STRING,
    array = AUTHLETE_FAIL_JSON_TYPE_ARRAY,
    object = AUTHLETE_FAIL_JSON_TYPE_OBJECT,
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

/// The values of the request member `reason` of client::authorization().
namespace authorization_reason {
inline constexpr std::string_view unknown = AUTHLETE_FAIL_AUTHORIZATION_REASON_UNKNOWN;
inline constexpr std::string_view not_logged_in = AUTHLETE_FAIL_AUTHORIZATION_REASON_NOT_LOGGED_IN;
inline constexpr std::string_view max_age_not_supported =
    AUTHLETE_FAIL_AUTHORIZATION_REASON_MAX_AGE_NOT_SUPPORTED;
inline constexpr std::string_view exceeds_max_age =
    AUTHLETE_FAIL_AUTHORIZATION_REASON_EXCEEDS_MAX_AGE;
inline constexpr std::string_view different_subject =
    AUTHLETE_FAIL_AUTHORIZATION_REASON_DIFFERENT_SUBJECT;
inline constexpr std::string_view acr_not_satisfied =
    AUTHLETE_FAIL_AUTHORIZATION_REASON_ACR_NOT_SATISFIED;
inline constexpr std::string_view denied = AUTHLETE_FAIL_AUTHORIZATION_REASON_DENIED;
inline constexpr std::string_view server_error = AUTHLETE_FAIL_AUTHORIZATION_REASON_SERVER_ERROR;
inline constexpr std::string_view not_authenticated =
    AUTHLETE_FAIL_AUTHORIZATION_REASON_NOT_AUTHENTICATED;
inline constexpr std::string_view account_selection_required =
    AUTHLETE_FAIL_AUTHORIZATION_REASON_ACCOUNT_SELECTION_REQUIRED;
inline constexpr std::string_view consent_required =
    AUTHLETE_FAIL_AUTHORIZATION_REASON_CONSENT_REQUIRED;
inline constexpr std::string_view interaction_required =
    AUTHLETE_FAIL_AUTHORIZATION_REASON_INTERACTION_REQUIRED;
inline constexpr std::string_view invalid_target =
    AUTHLETE_FAIL_AUTHORIZATION_REASON_INVALID_TARGET;
inline constexpr std::string_view invalid_scope = AUTHLETE_FAIL_AUTHORIZATION_REASON_INVALID_SCOPE;
inline constexpr std::string_view unauthorized_client =
    AUTHLETE_FAIL_AUTHORIZATION_REASON_UNAUTHORIZED_CLIENT;
inline constexpr std::string_view temporarily_unavailable =
    AUTHLETE_FAIL_AUTHORIZATION_REASON_TEMPORARILY_UNAVAILABLE;
} // namespace authorization_reason

/// The values of the request member `reason` of client::token().
namespace token_reason {
inline constexpr std::string_view unknown = AUTHLETE_FAIL_TOKEN_REASON_UNKNOWN;
inline constexpr std::string_view invalid_resource_owner_credentials =
    AUTHLETE_FAIL_TOKEN_REASON_INVALID_RESOURCE_OWNER_CREDENTIALS;
inline constexpr std::string_view invalid_target = AUTHLETE_FAIL_TOKEN_REASON_INVALID_TARGET;
inline constexpr std::string_view invalid_client = AUTHLETE_FAIL_TOKEN_REASON_INVALID_CLIENT;
inline constexpr std::string_view unauthorized_client =
    AUTHLETE_FAIL_TOKEN_REASON_UNAUTHORIZED_CLIENT;
inline constexpr std::string_view invalid_scope = AUTHLETE_FAIL_TOKEN_REASON_INVALID_SCOPE;
} // namespace token_reason

/// The values of the request member `reason` of client::backchannel_authentication().
namespace backchannel_authentication_reason {
inline constexpr std::string_view expired_login_hint_token =
    AUTHLETE_FAIL_BACKCHANNEL_AUTHENTICATION_REASON_EXPIRED_LOGIN_HINT_TOKEN;
inline constexpr std::string_view unknown_user_id =
    AUTHLETE_FAIL_BACKCHANNEL_AUTHENTICATION_REASON_UNKNOWN_USER_ID;
inline constexpr std::string_view unauthorized_client =
    AUTHLETE_FAIL_BACKCHANNEL_AUTHENTICATION_REASON_UNAUTHORIZED_CLIENT;
inline constexpr std::string_view missing_user_code =
    AUTHLETE_FAIL_BACKCHANNEL_AUTHENTICATION_REASON_MISSING_USER_CODE;
inline constexpr std::string_view invalid_user_code =
    AUTHLETE_FAIL_BACKCHANNEL_AUTHENTICATION_REASON_INVALID_USER_CODE;
inline constexpr std::string_view invalid_binding_message =
    AUTHLETE_FAIL_BACKCHANNEL_AUTHENTICATION_REASON_INVALID_BINDING_MESSAGE;
inline constexpr std::string_view invalid_target =
    AUTHLETE_FAIL_BACKCHANNEL_AUTHENTICATION_REASON_INVALID_TARGET;
inline constexpr std::string_view access_denied =
    AUTHLETE_FAIL_BACKCHANNEL_AUTHENTICATION_REASON_ACCESS_DENIED;
inline constexpr std::string_view server_error =
    AUTHLETE_FAIL_BACKCHANNEL_AUTHENTICATION_REASON_SERVER_ERROR;
} // namespace backchannel_authentication_reason

class json;

/// A JSON value: from a reply, or for a request.
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
            text_.append(text_.size() > 1 ? "," : "").append(json_value(element).literal());
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
        std::string literal(text.size() + 2, '\0'); // the length if nothing has to be escaped
        for (;;) {
            const std::size_t len = authlete_fail_json_string(text.data(), text.size(),
                                                              literal.data(), literal.size() + 1);
            if (len == SIZE_MAX) {
                throw std::invalid_argument("authlete_fail: JSON text must be UTF-8");
            }
            const bool is_complete = len <= literal.size();
            literal.resize(len);
            if (is_complete) {
                return literal;
            }
        }
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
    /// Adds a member. Does not check whether the object already has one of that name. Throws
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
        return options(json(members_).add("timeoutMs", limit.count()), headers_);
    }
    /// The access token for the call, instead of the client's credentials.
    [[nodiscard]] options access_token(std::string_view token) const {
        return options(json(members_).add("accessToken", token), headers_);
    }
    /// An additional request header; see authlete_fail_call() for the permitted names.
    [[nodiscard]] options header(std::string_view name, std::string_view value) const {
        return options(members_, json(headers_).add(name, value));
    }
    /// The HTTP method, instead of POST; only for client::call().
    [[nodiscard]] options method(std::string_view name) const {
        return options(json(members_).add("method", name), headers_);
    }

    options() = default;
    /// The JSON text, as the functions of `client` take it. Valid as long as the object.
    operator std::string_view() const noexcept { return text_; }

private:
    options(json members, json headers)
        : members_(std::move(members)), headers_(std::move(headers)), text_(members_) {
        if (headers_.text() != json().text()) {
            text_.add("headers", headers_);
        }
    }

    json members_;
    json headers_;
    json text_;
};

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
    /// Whether Authlete surely did not process the call and the cause may pass, so that repeating
    /// the call is safe and may help.
    [[nodiscard]] bool may_repeat() const noexcept {
        return authlete_fail_reply_may_repeat(get()) != 0;
    }
    /// The duration of the call, with all attempts.
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
    /// The value at a JSON Pointer (RFC 6901) in the API response, such as "/client/clientName";
    /// empty if there is no such value. Do not log the value of a ticket or token.
    [[nodiscard]] std::optional<json_value> get(std::string_view pointer) const {
        const std::string terminated(pointer);
        if (terminated.find('\0') != std::string::npos) {
            return std::nullopt; // the C function would ignore the rest
        }
        std::string value(127, '\0');
        for (;;) {
            std::size_t len = 0;
            const auto type = static_cast<json_type>(authlete_fail_reply_get(
                get(), terminated.c_str(), value.data(), value.size() + 1, &len));
            const bool is_complete = len <= value.size();
            value.resize(len);
            if (type == json_type::absent) {
                return std::nullopt;
            }
            if (is_complete) {
                return json_value(type, value);
            }
        }
    }
    /// The string at a JSON Pointer; empty if there is none.
    [[nodiscard]] std::string get_string(std::string_view pointer) const {
        auto value = get(pointer);
        return value && value->type() == json_type::string ? std::move(*value).text() : "";
    }
    /// The response to send to the OAuth client. It is absent only after client::call(): if the
    /// server has to act on the action first, or if the endpoint belongs to no flow.
    [[nodiscard]] std::optional<authlete_fail::response> response() const & noexcept {
        if (authlete_fail_reply_response_status(get()) == 0) {
            return std::nullopt;
        }
        return authlete_fail::response(get());
    }
    // The views of a temporary would be invalid after the statement.
    std::string_view error() const && = delete;
    std::string_view error_json() const && = delete;
    std::string_view json() const && = delete;
    std::string_view action() const && = delete;
    std::string_view result_code() const && = delete;
    std::string_view request_id() const && = delete;
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

    /// Fails an authorization, token or backchannel authentication (CIBA) request; `request` and
    /// `options` are JSON objects as in authlete_fail.h. The reply always has a response. Throws
    /// `error` unless the status is ok.
    [[nodiscard]] reply authorization(std::string_view request,
                                      std::string_view options = {}) const {
        return checked(try_authorization(request, options));
    }
    [[nodiscard]] reply token(std::string_view request, std::string_view options = {}) const {
        return checked(try_token(request, options));
    }
    [[nodiscard]] reply backchannel_authentication(std::string_view request,
                                                   std::string_view options = {}) const {
        return checked(try_backchannel_authentication(request, options));
    }

    /// Calls any endpoint of Authlete's API. `path` follows `/api` and the service ID, such as
    /// "/auth/authorization"; `request` and `options` are JSON objects as in authlete_fail.h, or
    /// empty. Throws `error` unless the status is ok.
    [[nodiscard]] reply call(std::string path, std::string_view request = {},
                             std::string_view options = {}) const {
        return checked(try_call(std::move(path), request, options));
    }

    /// The same functions without exceptions: check the reply.
    reply try_connect() const noexcept { return run(authlete_fail_client_connect); }
    [[nodiscard]] reply try_authorization(std::string_view request,
                                          std::string_view options = {}) const noexcept {
        return run_call("/auth/authorization/fail", request, options);
    }
    [[nodiscard]] reply try_token(std::string_view request,
                                  std::string_view options = {}) const noexcept {
        return run_call("/auth/token/fail", request, options);
    }
    [[nodiscard]] reply try_backchannel_authentication(std::string_view request,
                                                       std::string_view options = {})
        const noexcept {
        return run_call("/backchannel/authentication/fail", request, options);
    }
    [[nodiscard]] reply try_call(std::string path, std::string_view request = {},
                                 std::string_view options = {}) const noexcept {
        // The C function would ignore what follows a NUL character. It rejects a space.
        std::replace(path.begin(), path.end(), '\0', ' ');
        return run_call(path.c_str(), request, options);
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

    reply run_call(const char *path, std::string_view request,
                   std::string_view options) const noexcept {
        return run(authlete_fail_call, path, request.data(), request.size(), options.data(),
                   options.size());
    }

    template <class Function, class... Arguments>
    reply run(Function function, Arguments... arguments) const noexcept {
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

} // namespace authlete_fail

#endif // AUTHLETE_FAIL_HPP
