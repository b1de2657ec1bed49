// endpoints.hpp: the endpoints of the server, and how a request fails at each.

#ifndef ENDPOINTS_HPP
#define ENDPOINTS_HPP

#include <authlete_fail.hpp>
#include <httplib.h>
#include <string>
#include <string_view>

#include "authlete.hpp"
#include "sessions.hpp"

/// Shared by threads.
class endpoints {
public:
    explicit endpoints(const settings &from);

    /// Registers the endpoints with `server`, which must not outlive them.
    void mount(httplib::Server &server);
    /// Aborts the fail calls in flight. May be called from any thread.
    void shutdown() const noexcept { client_.shutdown(); }

private:
    using request = httplib::Request;
    using response = httplib::Response;

    void authorize(const request &from, response &to);
    void login(const request &from, response &to);
    void consent(const request &from, response &to);
    void token(const request &from, response &to);
    void backchannel(const request &from, response &to);

    void fail_authorization(response &to, const std::string &ticket, std::string_view reason);
    void open(response &to, session kept);

    authlete authlete_;
    authlete_fail::client client_;
    sessions sessions_;
};

#endif
