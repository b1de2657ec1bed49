#include "endpoints.hpp"

#include <iostream>
#include <utility>

#include "http.hpp"
#include "pages.hpp"

using nlohmann::json;

static constexpr int MAX_WRONG_PASSWORDS = 3;
static constexpr char NO_SESSION[] =
    "This page has expired, was already used, or was replaced by a page opened later.";

/// Replaces the user database. A real server stores password hashes (Argon2id, scrypt). It also
/// computes and compares a hash for unknown users, so that response times do not reveal which
/// users exist.
static bool is_password_of(const std::string &username, const std::string &password) {
    const bool is_name = equals("john", username);
    const bool is_password = equals("secret", password);
    return is_name && is_password;
}

static keys keys_of(const httplib::Request &from) {
    return {session_id(from), form_value(from, "page")};
}

static void log_line(authlete_fail::log_level, std::string_view line) {
    std::cerr << std::string(line) + '\n'; // one write, so that lines of threads do not mix
}

endpoints::endpoints(const settings &from)
    : authlete_(from), client_(from.client_config(), log_line) {}

void endpoints::mount(httplib::Server &server) {
    const auto to = [this](void (endpoints::*endpoint)(const request &, response &)) {
        return [this, endpoint](const request &from, response &to) { (this->*endpoint)(from, to); };
    };
    server.Get("/authorize", to(&endpoints::authorize));
    server.Post("/login", to(&endpoints::login));
    server.Post("/consent", to(&endpoints::consent));
    server.Post("/token", to(&endpoints::token));
    server.Post("/backchannel/authentication", to(&endpoints::backchannel));
}

void endpoints::authorize(const request &from, response &to) {
    const auto api_response =
        authlete_.call("/auth/authorization", {{"parameters", raw_query(from)}});
    const auto action = text(api_response, "action");
    if (action == "INTERACTION") {
        const auto client = api_response.value("client", json::object());
        const auto name = text(client, "clientName");
        open(to, {step::login, text(api_response, "ticket"),
                  name.empty() ? from.get_param_value("client_id") : name});
    } else if (action == "NO_INTERACTION") {
        // prompt=none; this server keeps no login sessions.
        fail_authorization(to, text(api_response, "ticket"), "NOT_LOGGED_IN");
    } else {
        send_api_response(to, api_response, audience::person);
    }
}

void endpoints::login(const request &from, response &to) {
    auto found = sessions_.take(keys_of(from), step::login);
    if (!found) {
        return send_page(to, 400, error_page(NO_SESSION));
    }
    if (is_password_of(form_value(from, "username"), form_value(from, "password"))) {
        found->at = step::consent;
    } else if (++found->wrong_passwords == MAX_WRONG_PASSWORDS) {
        return fail_authorization(to, found->ticket, "NOT_AUTHENTICATED");
    }
    open(to, std::move(*found));
}

void endpoints::consent(const request &from, response &to) {
    const auto found = sessions_.take(keys_of(from), step::consent);
    if (!found) {
        return send_page(to, 400, error_page(NO_SESSION));
    }
    if (form_value(from, "decision") == "allow") {
        return send_not_implemented(to);
    }
    fail_authorization(to, found->ticket, "DENIED");
}

void endpoints::token(const request &from, response &to) {
    const auto api_response = authlete_.call("/auth/token", client_request(from));
    if (text(api_response, "action") != "PASSWORD") {
        return send_api_response(to, api_response, audience::oauth_client);
    }
    if (is_password_of(text(api_response, "username"), text(api_response, "password"))) {
        return send_not_implemented(to);
    }
    send(to, client_
                 .try_token(authlete_fail::request(
                     {{"ticket", text(api_response, "ticket")},
                      {"reason", "INVALID_RESOURCE_OWNER_CREDENTIALS"}}))
                 .response());
}

void endpoints::backchannel(const request &from, response &to) {
    const auto api_response = authlete_.call("/backchannel/authentication", client_request(from));
    if (text(api_response, "action") != "USER_IDENTIFICATION") {
        return send_api_response(to, api_response, audience::oauth_client);
    }
    if (text(api_response, "hintType") == "LOGIN_HINT" && text(api_response, "hint") == "john") {
        return send_not_implemented(to);
    }
    send(to, client_
                 .try_backchannel_authentication(authlete_fail::request(
                     {{"ticket", text(api_response, "ticket")}, {"reason", "UNKNOWN_USER_ID"}}))
                 .response());
}

void endpoints::fail_authorization(response &to, const std::string &ticket,
                                   std::string_view reason) {
    const auto reply = client_.try_authorization(
        authlete_fail::request({{"ticket", ticket}, {"reason", reason}}));
    if (reply.outcome() != authlete_fail::outcome::delivered) {
        // The end user sees this response, and there is no verified redirect URI.
        return send_page(to, reply.response().status(), error_page("The request failed."));
    }
    send(to, reply.response());
    if (reply.action() == "FORM") {
        to.set_header("Content-Security-Policy", FORM_POLICY);
    }
}

/// Shows the page of the session, which gets new keys.
void endpoints::open(response &to, session kept) {
    const auto keys = keys::make();
    const auto html = kept.at == step::login
                          ? login_page(kept.client_name, keys.page, kept.wrong_passwords > 0)
                          : consent_page(kept.client_name, keys.page);
    sessions_.put(keys, std::move(kept));
    set_session_id(to, keys.id);
    send_page(to, 200, html);
}
