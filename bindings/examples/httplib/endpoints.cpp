#include <memory>
#include <utility>

#include "server.hpp"

using authlete_fail::request;

static constexpr int MAX_WRONG_PASSWORDS = 3;
static constexpr char NO_SESSION[] = "This page has expired, or was used or replaced already.";

/// Whether the current response of this thread is a page with a form.
static thread_local bool shows_form = false;

/// Stands in for a user database. A real server compares password hashes (Argon2id, scrypt), even
/// for unknown users, so that response times do not reveal which users exist.
static bool is_password_of(const std::string &username, const std::string &password) {
    return username == "john" && password == "secret";
}

static bool has_password(const Request &from) {
    return is_password_of(form_value(from, "username"), form_value(from, "password"));
}

static bool is_allowed(const Request &from) { return form_value(from, "decision") == "allow"; }

class endpoints {
public:
    endpoints(const authlete_fail::client &client, bool has_secure_cookies)
        : client_(client), has_secure_cookies_(has_secure_cookies) {}

    void authorize(const Request &from, Response &to) {
        const auto document = request({{"parameters", parameters(from)}});
        const auto reply = client_.try_call("/auth/authorization", document);
        if (reply.response()) { // the request is invalid, or the call failed
            return send_to_user(to, reply);
        }
        session opened{step::login, reply.get_string("/ticket"),
                       reply.get_string("/client/clientName")};
        if (reply.action() == "NO_INTERACTION") { // prompt=none; this server has no login sessions
            return fail(to, opened, authlete_fail::authorization_reason::not_logged_in);
        }
        if (const auto id = reply.get("/client/clientId"); id && opened.client_name.empty()) {
            opened.client_name = id->text();
        }
        show(to, sessions_.put(std::move(opened)));
    }

    void login(const Request &from, Response &to) {
        auto found = take(from, step::login);
        if (!found) {
            return send_message(to, 400, NO_SESSION);
        }
        if (has_password(from)) {
            found->at = step::consent;
            found->message.clear();
            found->auth_time = std::time(nullptr);
        } else if (++found->wrong_passwords == MAX_WRONG_PASSWORDS) {
            return fail(to, *found, authlete_fail::authorization_reason::not_authenticated);
        } else {
            found->message = "Wrong user name or password; please try again.";
        }
        show(to, sessions_.put(std::move(*found)));
    }

    void consent(const Request &from, Response &to) {
        const auto found = take(from, step::consent);
        if (!found) {
            return send_message(to, 400, NO_SESSION);
        }
        if (!is_allowed(from)) {
            return fail(to, *found, authlete_fail::authorization_reason::denied);
        }
        const auto document = request(
            {{"ticket", found->ticket}, {"subject", "john"}, {"authTime", found->auth_time}});
        send_to_user(to, client_.try_call("/auth/authorization/issue", document));
    }

    void token(const Request &from, Response &to) {
        const auto reply = client_.try_call("/auth/token", client_request(from));
        if (reply.response() || reply.action() != "PASSWORD") {
            return send(to, reply);
        }
        // Deprecated: the password grant shows the user's password to the OAuth client. RFC 9700,
        // 2.4, forbids it; new servers omit the rest of this function.
        const auto ticket = reply.get_string("/ticket");
        if (is_password_of(reply.get_string("/username"), reply.get_string("/password"))) {
            const auto document = request({{"ticket", ticket}, {"subject", "john"}});
            return send(to, client_.try_call("/auth/token/issue", document));
        }
        const auto reason = authlete_fail::token_reason::invalid_resource_owner_credentials;
        send(to, client_.try_token(request({{"ticket", ticket}, {"reason", reason}})));
    }

    void backchannel(const Request &from, Response &to) {
        const auto reply = client_.try_call("/backchannel/authentication", client_request(from));
        if (reply.response() || reply.action() != "USER_IDENTIFICATION") {
            return send(to, reply);
        }
        const auto ticket = reply.get_string("/ticket");
        if (reply.get_string("/hintType") != "LOGIN_HINT" || reply.get_string("/hint") != "john") {
            const auto reason = authlete_fail::backchannel_authentication_reason::unknown_user_id;
            return send(to, client_.try_backchannel_authentication(
                                request({{"ticket", ticket}, {"reason", reason}})));
        }
        const auto issued =
            client_.try_call("/backchannel/authentication/issue", request({{"ticket", ticket}}));
        if (issued.action() == "OK") {
            sessions_.put({step::ciba, ticket, reply.get_string("/clientName"),
                           reply.get_string("/bindingMessage")});
        }
        send(to, issued);
    }

    /// Stands in for a notification to the user's device: shows the newest request.
    void ciba_page(const Request &, Response &to) {
        if (const auto newest = sessions_.newest(step::ciba)) {
            return show(to, *newest);
        }
        send_message(to, 200, "No request is pending.");
    }

    void ciba_decision(const Request &from, Response &to) {
        if (!has_password(from)) {
            return send_message(to, 403, "Wrong user name or password.");
        }
        const auto found = sessions_.take(step::ciba, form_value(from, "request"), "");
        if (!found) {
            return send_message(to, 400, NO_SESSION);
        }
        const auto result = is_allowed(from) ? "AUTHORIZED" : "ACCESS_DENIED";
        const auto document =
            request({{"ticket", found->ticket}, {"subject", "john"}, {"result", result}});
        const auto reply = client_.try_call("/backchannel/authentication/complete", document);
        // In poll mode, the OAuth client gets the result when it polls. In ping and push mode, the
        // action is NOTIFICATION: the server has to post `responseContent` to
        // `clientNotificationEndpoint`, which this example does not do.
        const bool is_done = reply.action() == "NO_ACTION";
        send_message(to, is_done ? 200 : 500, is_done ? "Done." : "The request failed.");
    }

private:
    void fail(Response &to, const session &failed, std::string_view reason) {
        const auto document = request({{"ticket", failed.ticket}, {"reason", reason}});
        send_to_user(to, client_.try_authorization(document));
    }

    void show(Response &to, const session &shown) {
        send_form(to, shown);
        shows_form = true;
        if (shown.at != step::ciba) {
            // Strict, so that no other site can make the user's browser post a decision.
            to.set_header("Set-Cookie", cookie_name() + '=' + shown.cookie +
                                            "; Path=/; HttpOnly; SameSite=Strict" +
                                            (has_secure_cookies_ ? "; Secure" : ""));
        }
    }

    std::optional<session> take(const Request &from, step at) {
        return sessions_.take(at, form_value(from, "page"), cookie_value(from, cookie_name()));
    }

    /// The prefix lets only this host set the cookie, and only over TLS.
    std::string cookie_name() const { return has_secure_cookies_ ? "__Host-session" : "session"; }

    const authlete_fail::client &client_;
    bool has_secure_cookies_;
    sessions sessions_;
};

void mount(httplib::Server &server, const authlete_fail::client &client, bool has_secure_cookies) {
    const auto shared = std::make_shared<endpoints>(client, has_secure_cookies);
    const auto to = [&](void (endpoints::*handle)(const Request &, Response &)) {
        return [=](const auto &from, auto &response) { ((*shared).*handle)(from, response); };
    };
    server.Get("/authorize", to(&endpoints::authorize));
    server.Post("/authorize", to(&endpoints::authorize));
    server.Post("/login", to(&endpoints::login));
    server.Post("/consent", to(&endpoints::consent));
    server.Post("/token", to(&endpoints::token));
    server.Post("/backchannel/authentication", to(&endpoints::backchannel));
    server.Get("/ciba", to(&endpoints::ciba_page));
    server.Post("/ciba", to(&endpoints::ciba_decision));
    server.set_pre_routing_handler([](const Request &, Response &) {
        begin_request();
        shows_form = false;
        return httplib::Server::HandlerResponse::Unhandled;
    });
    // Called after the response was sent. Opens a connection to Authlete while the user reads the
    // page, for the call that the form causes.
    server.set_logger([&client](const Request &, const Response &) {
        if (shows_form) {
            client.try_connect();
        }
    });
}
