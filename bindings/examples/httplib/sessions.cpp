#include "sessions.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <openssl/crypto.h>
#include <system_error>
#include <unistd.h>
#include <utility>

static constexpr auto LIFETIME = std::chrono::minutes(10);
static constexpr std::size_t MAX_SESSIONS = 10'000;

/// 256 bits from the kernel. The engines of <random> are predictable.
static std::string random_key() {
    std::array<unsigned char, 32> bytes{};
    if (getentropy(bytes.data(), bytes.size()) != 0) {
        throw std::system_error(errno, std::generic_category(), "getentropy");
    }
    std::string key;
    for (const unsigned byte : bytes) {
        key += "0123456789abcdef"[byte / 16];
        key += "0123456789abcdef"[byte % 16];
    }
    return key;
}

bool equals(std::string_view secret, std::string_view guess) {
    return secret.size() == guess.size() &&
           CRYPTO_memcmp(secret.data(), guess.data(), secret.size()) == 0;
}

keys keys::make() { return {random_key(), random_key()}; }

void sessions::put(const keys &under, session kept) {
    const std::lock_guard<std::mutex> lock(mutex_);
    make_room();
    entries_.emplace(under.id, entry{under.page, std::move(kept), clock::now() + LIFETIME});
}

std::optional<session> sessions::take(const keys &given, step at) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = entries_.find(given.id);
    if (found == entries_.end() || found->second.kept.at != at ||
        found->second.expires <= clock::now() || !equals(found->second.page, given.page)) {
        return std::nullopt;
    }
    auto taken = std::move(found->second.kept);
    entries_.erase(found);
    return taken;
}

/// Limits the memory that clients can use by requesting login pages.
void sessions::make_room() {
    if (entries_.size() < MAX_SESSIONS) {
        return;
    }
    const auto oldest = std::min_element(
        entries_.begin(), entries_.end(),
        [](const auto &a, const auto &b) { return a.second.expires < b.second.expires; });
    entries_.erase(oldest);
}
