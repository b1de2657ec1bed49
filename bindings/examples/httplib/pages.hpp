// pages.hpp: the server's own HTML.

#ifndef PAGES_HPP
#define PAGES_HPP

#include <string>
#include <string_view>

/// `key` goes into a hidden field, and comes back with the form.
std::string login_page(std::string_view client_name, std::string_view key, bool is_again);
std::string consent_page(std::string_view client_name, std::string_view key);
std::string error_page(std::string_view message);

/// For the server's own pages. Without form-action: browsers apply it to the redirect that follows
/// the form, which leads to the OAuth client.
inline constexpr char OWN_POLICY[] =
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/// For Authlete's page that posts itself to the OAuth client, by a script of its own.
inline constexpr char FORM_POLICY[] =
    "default-src 'none'; script-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

#endif
