// endpoints.hpp: the four endpoints at which a request may fail, and how.

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

    /// Has `server` call these; it must end before they do.
    void mount(httplib::Server &server);
    /// Ends the calls in flight that fail requests. For any thread.
    void shutdown() const noexcept { failing_.shutdown(); }

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
    authlete_fail::client failing_;
    sessions sessions_;
};

#endif
