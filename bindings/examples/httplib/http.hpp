// http.hpp: reading requests and writing responses.

#ifndef HTTP_HPP
#define HTTP_HPP

#include <authlete_fail.hpp>
#include <httplib.h>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

/// The recipient of a response, which determines how an error looks: a page or JSON.
enum class audience { person, oauth_client };

/// The query as the OAuth client sent it; Authlete expects it undecoded.
std::string raw_query(const httplib::Request &from);
/// The session ID from the cookie; empty if absent.
std::string session_id(const httplib::Request &from);
void set_session_id(httplib::Response &to, const std::string &id);
/// A value in the body of a POST; empty if absent. Ignores the URL, because URLs are logged.
std::string form_value(const httplib::Request &from, std::string_view name);
/// The request to Authlete for a request from an OAuth client: its body and its credentials.
nlohmann::json client_request(const httplib::Request &from);

void send_page(httplib::Response &to, int status, const std::string &html);
void send_not_implemented(httplib::Response &to);
/// Sends the library's response unchanged.
void send(httplib::Response &to, authlete_fail::response from);
/// Sends the response for an API response without a ticket, as its action specifies. Sends a server
/// error if the API response is not usable.
void send_api_response(httplib::Response &to, const nlohmann::json &api_response,
                       audience recipient);

#endif
