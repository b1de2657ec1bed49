#include "http.hpp"

#include <algorithm>
#include <openssl/evp.h>
#include <utility>

#include "authlete.hpp"
#include "pages.hpp"

using httplib::Request;
using httplib::Response;
using nlohmann::json;

static constexpr std::string_view BASIC = "Basic ";
/// Behind TLS, use "__Host-session=" and add Secure to ATTRIBUTES: then no other host can set it.
static constexpr std::string_view COOKIE = "session=";
/// Strict, so that no other site can make the user's browser post a decision.
static constexpr char ATTRIBUTES[] = "; Path=/; HttpOnly; SameSite=Strict";
static constexpr std::size_t MAX_LOCATION = 16384;

std::string raw_query(const Request &from) {
    const auto mark = from.target.find('?');
    return mark == std::string::npos ? "" : from.target.substr(mark + 1);
}

std::string session_id(const Request &from) {
    const auto cookies = from.get_header_value("Cookie");
    for (std::size_t at = 0; at < cookies.size();) {
        const auto end = std::min(cookies.find("; ", at), cookies.size());
        if (cookies.compare(at, COOKIE.size(), COOKIE) == 0) {
            return cookies.substr(at + COOKIE.size(), end - at - COOKIE.size());
        }
        at = end + 2;
    }
    return "";
}

void set_session_id(Response &to, const std::string &id) {
    to.set_header("Set-Cookie", std::string(COOKIE) + id + ATTRIBUTES);
}

/// Decodes a name or value of application/x-www-form-urlencoded.
static std::string form_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto digit = [&](std::size_t at) {
            return at < text.size() ? std::string_view("0123456789abcdef").find(
                                          static_cast<char>(text[at] | 0x20))
                                    : std::string_view::npos;
        };
        if (text[i] == '%' && digit(i + 1) < 16 && digit(i + 2) < 16) {
            decoded += static_cast<char>(digit(i + 1) * 16 + digit(i + 2));
            i += 2;
        } else {
            decoded += text[i] == '+' ? ' ' : text[i];
        }
    }
    return decoded;
}

std::string form_value(const Request &from, std::string_view name) {
    std::string_view rest = from.body;
    while (!rest.empty()) {
        const auto field = rest.substr(0, rest.find('&'));
        if (field.size() > name.size() && field[name.size()] == '=' &&
            field.substr(0, name.size()) == name) {
            return form_decoded(field.substr(name.size() + 1));
        }
        rest.remove_prefix(std::min(field.size() + 1, rest.size()));
    }
    return "";
}

/// The client ID and secret of the Authorization header (RFC 6749, 2.3.1), or two empty strings.
static std::pair<std::string, std::string> basic_credentials(const Request &from) {
    const auto header = from.get_header_value("Authorization");
    if (header.compare(0, BASIC.size(), BASIC) != 0) {
        return {};
    }
    const auto encoded = header.substr(BASIC.size());
    std::string pair(encoded.size() / 4 * 3 + 3, '\0');
    const auto len = EVP_DecodeBlock(reinterpret_cast<unsigned char *>(pair.data()),
                                     reinterpret_cast<const unsigned char *>(encoded.data()),
                                     static_cast<int>(encoded.size()));
    pair.resize(len < 0 ? 0 : static_cast<std::size_t>(len));
    // EVP_DecodeBlock() also decodes the padding.
    const auto padding = encoded.size() - (encoded.find_last_not_of('=') + 1);
    pair.resize(pair.size() - std::min(padding, pair.size()));
    const auto colon = pair.find(':');
    if (colon == std::string::npos) {
        return {};
    }
    const std::string_view both = pair;
    return {form_decoded(both.substr(0, colon)), form_decoded(both.substr(colon + 1))};
}

json client_request(const Request &from) {
    json request{{"parameters", from.body}};
    if (auto [id, secret] = basic_credentials(from); !id.empty()) {
        request["clientId"] = std::move(id);
        request["clientSecret"] = std::move(secret);
    }
    return request;
}

static void forbid_caching(Response &to) {
    to.set_header("Cache-Control", "no-store");
    to.set_header("Pragma", "no-cache");
}

static void send_body(Response &to, int status, const std::string &body, const char *type) {
    to.status = status;
    to.set_content(body, type);
    forbid_caching(to);
}

void send_page(Response &to, int status, const std::string &html) {
    send_body(to, status, html, "text/html;charset=UTF-8");
    to.set_header("Content-Security-Policy", OWN_POLICY);
    to.set_header("X-Content-Type-Options", "nosniff");
}

void send_not_implemented(Response &to) {
    send_body(to, 501, "This example issues no codes or tokens.\n", "text/plain;charset=UTF-8");
}

void send(Response &to, authlete_fail::response from) {
    to.status = from.status();
    for (const auto &[name, value] : from.headers()) {
        to.set_header(std::string(name), std::string(value));
    }
    to.body = from.body();
}

static bool is_location(std::string_view text) {
    return !text.empty() && text.size() <= MAX_LOCATION &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x21 && c <= 0x7E; });
}

static void send_server_error(Response &to, audience recipient) {
    if (recipient == audience::person) {
        return send_page(to, 500, error_page("This server is temporarily unavailable."));
    }
    send_body(to, 500, R"({"error":"server_error"})", "application/json");
}

void send_api_response(Response &to, const json &api_response, audience recipient) {
    const auto action = text(api_response, "action");
    const auto content = text(api_response, "responseContent");
    if (content.empty()) {
        send_server_error(to, recipient);
    } else if (action == "LOCATION" && is_location(content)) {
        to.status = 302;
        to.set_header("Location", content);
        forbid_caching(to);
    } else if (action == "FORM") {
        send_body(to, 200, content, "text/html;charset=UTF-8");
        to.set_header("Content-Security-Policy", FORM_POLICY);
    } else if (action == "BAD_REQUEST") {
        send_body(to, 400, content, "application/json");
    } else if (action == "INVALID_CLIENT" || action == "UNAUTHORIZED") {
        send_body(to, 401, content, "application/json");
        to.set_header("WWW-Authenticate", "Basic realm=\"token\"");
    } else {
        send_server_error(to, recipient);
    }
}
