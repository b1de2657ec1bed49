// pages.hpp: the HTML pages of the server.

#ifndef PAGES_HPP
#define PAGES_HPP

#include <string>
#include <string_view>

/// `key` becomes a hidden field, which the form returns.
std::string login_page(std::string_view client_name, std::string_view key, bool is_retry);
std::string consent_page(std::string_view client_name, std::string_view key);
std::string error_page(std::string_view message);

/// For the server's own pages. It has no form-action, because browsers also apply that to the
/// redirect after the form, which leads to the OAuth client.
inline constexpr char OWN_POLICY[] =
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/// For Authlete's page, whose inline script posts a form to the OAuth client.
inline constexpr char FORM_POLICY[] =
    "default-src 'none'; script-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

#endif
