// sessions.hpp: requests that wait for the user.

#ifndef SESSIONS_HPP
#define SESSIONS_HPP

#include <algorithm>
#include <chrono>
#include <ctime>
#include <deque>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>

/// 256 bits from the kernel, as hexadecimal digits. The engines of <random> are predictable.
inline std::string random_key() {
    std::random_device kernel("/dev/urandom");
    std::string key(64, ' ');
    std::generate(key.begin(), key.end(), [&] { return "0123456789abcdef"[kernel() % 16]; });
    return key;
}

/// What the user does next.
enum class step { login, consent, ciba };

/// A request that waits for the user. The browser returns `form` in a hidden field and, except for
/// CIBA, `cookie` in a cookie. All tabs share the cookie; only the form identifies the request that
/// the user decides on.
struct session {
    step at;
    std::string ticket; // a secret: never in a page, a URL or a cookie
    std::string client_name;
    std::string message{}; // for the user
    int wrong_passwords = 0;
    std::time_t auth_time = 0;
    std::string form{};
    std::string cookie{};
    std::chrono::steady_clock::time_point expires{};
};

/// Shared by threads.
class sessions {
public:
    /// Stores the session with new keys, and returns it with them. New keys prevent session
    /// fixation: a cookie that an attacker set before the login is invalid after the login.
    session put(session kept) {
        kept.form = random_key();
        kept.cookie = random_key();
        kept.expires = std::chrono::steady_clock::now() + std::chrono::minutes(10);
        const std::lock_guard<std::mutex> lock(mutex_);
        if (kept_.size() == 10'000) { // limits the memory that clients can use
            kept_.pop_front();
        }
        return kept_.emplace_back(std::move(kept));
    }

    /// Removes and returns a session. Only one of two requests with the same keys gets it, because
    /// a ticket is single-use.
    std::optional<session> take(step at, std::string_view form, std::string_view cookie) {
        const std::lock_guard<std::mutex> lock(mutex_);
        const auto found = std::find_if(kept_.begin(), kept_.end(), [&](const session &kept) {
            return is_live(kept, at) && kept.form == form &&
                   (at == step::ciba || kept.cookie == cookie);
        });
        if (found == kept_.end()) {
            return std::nullopt;
        }
        auto taken = std::move(*found);
        kept_.erase(found);
        return taken;
    }

    /// A copy of the session that was stored last.
    std::optional<session> newest(step at) {
        const std::lock_guard<std::mutex> lock(mutex_);
        const auto found = std::find_if(kept_.rbegin(), kept_.rend(),
                                        [&](const session &kept) { return is_live(kept, at); });
        return found == kept_.rend() ? std::nullopt : std::optional(*found);
    }

private:
    static bool is_live(const session &kept, step at) {
        return kept.at == at && kept.expires > std::chrono::steady_clock::now();
    }

    std::mutex mutex_;
    std::deque<session> kept_; // the oldest first
};

#endif
