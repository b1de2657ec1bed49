// sessions.hpp: what the server keeps between the pages of one authorization request.

#ifndef SESSIONS_HPP
#define SESSIONS_HPP

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

/// The page that the user has before them.
enum class step { login, consent };

struct session {
    step at;
    std::string ticket; // a secret: never in a page, a URL or a cookie
    std::string client_name;
};

/// Shared by threads.
class sessions {
public:
    /// Keeps `kept` and returns a new id for the cookie. One for every page: an id that somebody
    /// planted before the login is worth nothing after it.
    std::string put(session kept);

    /// Takes the session out if it is at that page. Of two requests with one id, one gets it: a
    /// ticket works once.
    std::optional<session> take(const std::string &id, step at);

private:
    using clock = std::chrono::steady_clock;
    struct entry {
        session kept;
        clock::time_point expires;
    };

    void make_room();

    std::mutex mutex_;
    std::unordered_map<std::string, entry> entries_;
};

#endif
