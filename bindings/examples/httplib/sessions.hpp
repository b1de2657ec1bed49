// sessions.hpp: the state of an authorization request between its pages.

#ifndef SESSIONS_HPP
#define SESSIONS_HPP

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

/// Compares in constant time. The length of `secret` is not secret.
bool equals(std::string_view secret, std::string_view guess);

/// The keys of a session, which the browser returns: the ID in a cookie, the page in a form field.
/// All tabs share the cookie; only the page identifies the request that the user decides on.
struct keys {
    std::string id;
    std::string page;

    /// Creates new keys. Each page gets its own, which prevents session fixation: an ID that an
    /// attacker set before the login is invalid after it.
    static keys make();
};

/// The page that the user sees.
enum class step { login, consent };

struct session {
    step at;
    std::string ticket; // a secret: never in a page, a URL or a cookie
    std::string client_name;
    int wrong_passwords = 0;
};

/// Shared by threads.
class sessions {
public:
    void put(const keys &under, session kept);

    /// Removes and returns the session if its step and page match; otherwise leaves it. Only one of
    /// two requests with the same keys gets it, because a ticket is single-use.
    std::optional<session> take(const keys &given, step at);

private:
    using clock = std::chrono::steady_clock;
    struct entry {
        std::string page;
        session kept;
        clock::time_point expires;
    };

    void make_room();

    std::mutex mutex_;
    std::unordered_map<std::string, entry> entries_;
};

#endif
