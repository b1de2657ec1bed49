// reasons.hpp: the values of the request member `reason`. Generated from src/endpoint.rs; do
// not edit.

#ifndef AUTHLETE_FAIL_REASONS_HPP
#define AUTHLETE_FAIL_REASONS_HPP

#include <string_view>

namespace authlete_fail {

/// The reasons of client::authorization().
namespace authorization_reason {
inline constexpr std::string_view unknown = "UNKNOWN";
inline constexpr std::string_view not_logged_in = "NOT_LOGGED_IN";
inline constexpr std::string_view max_age_not_supported = "MAX_AGE_NOT_SUPPORTED";
inline constexpr std::string_view exceeds_max_age = "EXCEEDS_MAX_AGE";
inline constexpr std::string_view different_subject = "DIFFERENT_SUBJECT";
inline constexpr std::string_view acr_not_satisfied = "ACR_NOT_SATISFIED";
inline constexpr std::string_view denied = "DENIED";
inline constexpr std::string_view server_error = "SERVER_ERROR";
inline constexpr std::string_view not_authenticated = "NOT_AUTHENTICATED";
inline constexpr std::string_view account_selection_required = "ACCOUNT_SELECTION_REQUIRED";
inline constexpr std::string_view consent_required = "CONSENT_REQUIRED";
inline constexpr std::string_view interaction_required = "INTERACTION_REQUIRED";
inline constexpr std::string_view invalid_target = "INVALID_TARGET";
inline constexpr std::string_view invalid_scope = "INVALID_SCOPE";
inline constexpr std::string_view unauthorized_client = "UNAUTHORIZED_CLIENT";
inline constexpr std::string_view temporarily_unavailable = "TEMPORARILY_UNAVAILABLE";
} // namespace authorization_reason

/// The reasons of client::token().
namespace token_reason {
inline constexpr std::string_view unknown = "UNKNOWN";
inline constexpr std::string_view invalid_resource_owner_credentials = "INVALID_RESOURCE_OWNER_CREDENTIALS";
inline constexpr std::string_view invalid_target = "INVALID_TARGET";
inline constexpr std::string_view invalid_client = "INVALID_CLIENT";
inline constexpr std::string_view unauthorized_client = "UNAUTHORIZED_CLIENT";
inline constexpr std::string_view invalid_scope = "INVALID_SCOPE";
} // namespace token_reason

/// The reasons of client::backchannel_authentication().
namespace backchannel_authentication_reason {
inline constexpr std::string_view expired_login_hint_token = "EXPIRED_LOGIN_HINT_TOKEN";
inline constexpr std::string_view unknown_user_id = "UNKNOWN_USER_ID";
inline constexpr std::string_view unauthorized_client = "UNAUTHORIZED_CLIENT";
inline constexpr std::string_view missing_user_code = "MISSING_USER_CODE";
inline constexpr std::string_view invalid_user_code = "INVALID_USER_CODE";
inline constexpr std::string_view invalid_binding_message = "INVALID_BINDING_MESSAGE";
inline constexpr std::string_view invalid_target = "INVALID_TARGET";
inline constexpr std::string_view access_denied = "ACCESS_DENIED";
inline constexpr std::string_view server_error = "SERVER_ERROR";
} // namespace backchannel_authentication_reason

} // namespace authlete_fail

#endif // AUTHLETE_FAIL_REASONS_HPP
