// names.hpp: the enumerations of authlete_fail.h, and the names of their values.

#ifndef AUTHLETE_FAIL_NAMES_HPP
#define AUTHLETE_FAIL_NAMES_HPP

#include <string_view>

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

} // namespace authlete_fail

#endif // AUTHLETE_FAIL_NAMES_HPP
