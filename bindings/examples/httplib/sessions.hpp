// sessions.hpp: what the server keeps between the pages of one authorization request.

#ifndef SESSIONS_HPP
#define SESSIONS_HPP

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

/// Compares in a time that says nothing about where they differ; only their lengths are no secret.
bool is_same(std::string_view secret, std::string_view guess);

/// What the browser has to show for a session: the id, from its cookie, and from a field of the
/// form the page. All tabs share the cookie; only the page tells which request the user decides.
struct keys {
    std::string id;
    std::string page;

    /// New ones for every page: an id that somebody planted before the login is worth nothing
    /// after it.
    static keys make();
};

/// The page that the user has before them.
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

    /// Takes the session out if it is at that step and has that page; otherwise it stays. Of two
    /// requests with the same keys, one gets it: a ticket works once.
    std::optional<session> take(const keys &shown, step at);

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
