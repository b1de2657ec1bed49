// http.hpp: what the endpoints read from requests and write into responses.

#ifndef HTTP_HPP
#define HTTP_HPP

#include <authlete_fail.hpp>
#include <httplib.h>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

/// Who is answered where something went wrong: a person by a page, an OAuth client by JSON.
enum class reader { person, oauth_client };

/// The query as the OAuth client sent it, which Authlete wants undecoded.
std::string raw_query(const httplib::Request &from);
/// The value of the cookie that names the session; empty if there is none.
std::string session_id(const httplib::Request &from);
void set_session_id(httplib::Response &to, const std::string &id);
/// A value in the body of a POST, and not in its URL, which is logged; empty if there is none.
std::string form_value(const httplib::Request &from, std::string_view name);
/// What Authlete wants to know of a request of an OAuth client: its body, and who it says it is.
nlohmann::json client_request(const httplib::Request &from);

void send_page(httplib::Response &to, int status, const std::string &html);
void send_not_implemented(httplib::Response &to);
/// Sends the library's response as it is.
void send(httplib::Response &to, authlete_fail::response from);
/// Sends what an answer of Authlete's other calls says by itself, when its action is not to go on.
/// Where that cannot be used, it is a server error.
void send_answer(httplib::Response &to, const nlohmann::json &answer, reader by);

#endif
