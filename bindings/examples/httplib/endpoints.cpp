#include "endpoints.hpp"

#include <iostream>
#include <utility>

#include "http.hpp"
#include "pages.hpp"

using nlohmann::json;

/// Stands for the user database.
static bool is_password_of(const std::string &username, const std::string &password) {
    return username == "john" && password == "secret";
}

static void log_line(authlete_fail::log_level, std::string_view line) {
    std::cerr << std::string(line) + '\n'; // in one piece: other threads write too
}

endpoints::endpoints(const settings &from)
    : authlete_(from), failing_(from.for_failing(), log_line) {}

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
    const auto answer = authlete_.call("/auth/authorization", {{"parameters", raw_query(from)}});
    const auto action = text(answer, "action");
    if (action == "INTERACTION") {
        const auto client = answer.value("client", json::object());
        open(to, {step::login, text(answer, "ticket"), text(client, "clientName")});
    } else if (action == "NO_INTERACTION") {
        // prompt=none; nobody ever stays logged in here.
        fail_authorization(to, text(answer, "ticket"), "NOT_LOGGED_IN");
    } else {
        send_answer(to, answer);
    }
}

void endpoints::login(const request &from, response &to) {
    auto found = sessions_.take(session_id(from), step::login);
    if (!found) {
        return send_page(to, 400, error_page("This login has expired, or was used already."));
    }
    if (!is_password_of(from.get_param_value("username"), from.get_param_value("password"))) {
        return fail_authorization(to, found->ticket, "NOT_AUTHENTICATED");
    }
    found->at = step::consent;
    open(to, std::move(*found));
}

void endpoints::consent(const request &from, response &to) {
    const auto found = sessions_.take(session_id(from), step::consent);
    if (!found) {
        return send_page(to, 400, error_page("This question has expired, or was answered before."));
    }
    if (from.get_param_value("decision") == "allow") {
        return send_not_implemented(to);
    }
    fail_authorization(to, found->ticket, "DENIED");
}

void endpoints::token(const request &from, response &to) {
    const auto answer = authlete_.call("/auth/token", client_request(from));
    if (text(answer, "action") != "PASSWORD") {
        return send_answer(to, answer);
    }
    if (is_password_of(text(answer, "username"), text(answer, "password"))) {
        return send_not_implemented(to);
    }
    send(to, failing_
                 .try_token(authlete_fail::request(
                     {{"ticket", text(answer, "ticket")},
                      {"reason", "INVALID_RESOURCE_OWNER_CREDENTIALS"}}))
                 .response());
}

void endpoints::backchannel(const request &from, response &to) {
    const auto answer = authlete_.call("/backchannel/authentication", client_request(from));
    if (text(answer, "action") != "USER_IDENTIFICATION") {
        return send_answer(to, answer);
    }
    if (text(answer, "hintType") == "LOGIN_HINT" && text(answer, "hint") == "john") {
        return send_not_implemented(to);
    }
    send(to, failing_
                 .try_backchannel_authentication(authlete_fail::request(
                     {{"ticket", text(answer, "ticket")}, {"reason", "UNKNOWN_USER_ID"}}))
                 .response());
}

void endpoints::fail_authorization(response &to, const std::string &ticket,
                                   std::string_view reason) {
    const auto reply = failing_.try_authorization(
        authlete_fail::request({{"ticket", ticket}, {"reason", reason}}));
    if (reply.outcome() != authlete_fail::outcome::delivered) {
        // A person is looking, and there is no redirect that could be trusted.
        return send_page(to, reply.response().status(), error_page("The request failed."));
    }
    send(to, reply.response());
    if (reply.action() == "FORM") {
        to.set_header("Content-Security-Policy", FORM_POLICY);
    }
}

/// Shows the page of that session, under an id of its own.
void endpoints::open(response &to, session kept) {
    const auto html =
        kept.at == step::login ? login_page(kept.client_name) : consent_page(kept.client_name);
    set_session_id(to, sessions_.put(std::move(kept)));
    send_page(to, 200, html);
}
