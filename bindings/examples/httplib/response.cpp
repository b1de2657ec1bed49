#include <ctime>
#include <iostream>

#include "server.hpp"

/// For the server's own pages. It has no form-action, because browsers also apply that to the
/// redirect after the form, which leads to the OAuth client.
static const std::string OWN_POLICY =
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";
/// For Authlete's page, whose inline script posts a form to the OAuth client.
static const std::string FORM_POLICY = OWN_POLICY + "; script-src 'unsafe-inline'";

static constexpr char USER[] = R"(<input name="username" autocomplete="username" required>
<input name="password" type="password" autocomplete="current-password" required>
)";
static constexpr char DECISION[] = R"(<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
)";

static thread_local std::string request_id = "-";

void begin_request() { request_id = random_key().substr(0, 16); }

void log_line(authlete_fail::log_level level, std::string_view line) {
    static constexpr const char *LEVELS[] = {"?", "ERROR", "WARN", "INFO", "DEBUG"};
    const auto seconds = std::time(nullptr);
    std::tm utc{};
    char now[sizeof "2026-01-31T23:59:59Z"];
    std::strftime(now, sizeof now, "%FT%TZ", gmtime_r(&seconds, &utc));
    const auto index = static_cast<std::size_t>(level); // a later library may have more levels
    const std::string name = LEVELS[index < std::size(LEVELS) ? index : 0];
    const auto text = now + (' ' + name) + " [" + request_id + "] ";
    std::cerr << text + std::string(line) + '\n'; // one write, so that lines are not interleaved
}

static void send_body(Response &to, int status, const std::string &body, const char *type) {
    to.status = status;
    to.set_content(body, type);
    to.set_header("Cache-Control", "no-store");
    to.set_header("Pragma", "no-cache");
}

/// Escapes text for HTML content.
static std::string escape(std::string_view text) {
    std::string html;
    for (const char c : text) {
        html += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
    }
    return html;
}

static void send_page(Response &to, int status, const std::string &html) {
    send_body(to, status, "<!DOCTYPE html>\n<html lang=\"en\">\n<title>Example</title>\n" + html,
              "text/html;charset=UTF-8");
    to.set_header("Content-Security-Policy", OWN_POLICY);
    to.set_header("X-Content-Type-Options", "nosniff");
}

void send_form(Response &to, const session &shown) {
    const bool is_login = shown.at == step::login;
    const bool is_ciba = shown.at == step::ciba;
    const auto *asks = is_login ? " asks you to log in." : " requests access to your account.";
    const auto *action = is_login ? "/login" : is_ciba ? "/ciba" : "/consent";
    const auto *key = is_ciba ? "request" : "page";
    const auto *buttons = is_login ? "<button>Log in</button>\n" : DECISION;
    send_page(to, 200,
              "<p>" + escape(shown.client_name) + asks + "</p>\n<p>" + escape(shown.message) +
                  "</p>\n<form method=\"post\" action=\"" + action +
                  "\">\n<input type=\"hidden\" name=\"" + key + "\" value=\"" + shown.form +
                  "\">\n" + (is_login || is_ciba ? USER : "") + buttons + "</form>\n");
}

static void send_message_page(Response &to, int status, const std::string &message) {
    send_page(to, status, "<p>" + message + "</p>\n<p>Request ID: " + request_id + "</p>\n");
}

void send_message(Response &to, int status, const std::string &message) {
    using authlete_fail::log_level;
    log_line(status < 400 ? log_level::info : log_level::warn, message);
    send_message_page(to, status, message);
}

void send_error(Response &to, int status, std::string_view code) {
    send_body(to, status, authlete_fail::request({{"error", code}}).text(), "application/json");
}

void send(Response &to, const authlete_fail::reply &reply) {
    const auto response = reply.response();
    if (!response) { // an action that this server does not support
        return send_error(to, 500, "server_error");
    }
    to.status = response->status();
    for (const auto &[name, value] : response->headers()) {
        to.set_header(std::string(name), std::string(value));
    }
    to.body = response->body();
    if (reply.action() == "FORM") {
        to.set_header("Content-Security-Policy", FORM_POLICY);
    }
}

void send_to_user(Response &to, const authlete_fail::reply &reply) {
    const auto response = reply.response();
    if (!response || response->status() >= 400) {
        // The cause is in the log.
        return send_message_page(to, response ? response->status() : 500, "The request failed.");
    }
    send(to, reply);
}
