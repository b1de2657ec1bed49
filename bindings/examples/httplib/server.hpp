// server.hpp: the parts of the server. Threads share them.

#ifndef SERVER_HPP
#define SERVER_HPP

#include <authlete_fail.hpp>
#include <httplib.h>
#include <string>
#include <string_view>

#include "sessions.hpp"

using httplib::Request;
using httplib::Response;

/// Registers the endpoints with `server`. `client` must outlive it.
void mount(httplib::Server &server, const authlete_fail::client &client, bool has_secure_cookies);

/// Assigns an ID to the request that this thread serves. Log lines and error pages contain it.
void begin_request();
/// Logs a line with the time, the level and that ID. Also the log callback of the library.
void log_line(authlete_fail::log_level level, std::string_view line);

/// The parameters of an authorization request, undecoded as Authlete expects them.
std::string parameters(const Request &from);
/// A value in the body of a POST; empty if absent. Ignores the URL, because URLs are logged.
std::string form_value(const Request &from, const std::string &name);
std::string cookie_value(const Request &from, const std::string &name);
/// The request to Authlete for a request from an OAuth client: its body and its credentials.
authlete_fail::json client_request(const Request &from);

void send_form(Response &to, const session &shown);
/// Sends a page with a message and the ID of the request, and logs the message.
void send_message(Response &to, int status, const std::string &message);
/// Sends an error code to an OAuth client.
void send_error(Response &to, int status, std::string_view code);
/// Sends the library's response unchanged.
void send(Response &to, const authlete_fail::reply &reply);
/// Sends the library's response to a user, or a page if the response does not lead the browser to
/// the OAuth client.
void send_to_user(Response &to, const authlete_fail::reply &reply);

#endif
