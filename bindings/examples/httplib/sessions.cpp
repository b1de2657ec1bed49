#include "sessions.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <openssl/crypto.h>
#include <system_error>
#include <unistd.h>
#include <utility>

static constexpr auto LIFETIME = std::chrono::minutes(10);
static constexpr std::size_t MOST = 10'000;

/// 256 bits from the kernel: not to be guessed, unlike those of <random>'s engines.
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

bool is_same(std::string_view secret, std::string_view guess) {
    return secret.size() == guess.size() &&
           CRYPTO_memcmp(secret.data(), guess.data(), secret.size()) == 0;
}

keys keys::make() { return {random_key(), random_key()}; }

void sessions::put(const keys &under, session kept) {
    const std::lock_guard<std::mutex> lock(mutex_);
    make_room();
    entries_.emplace(under.id, entry{under.page, std::move(kept), clock::now() + LIFETIME});
}

std::optional<session> sessions::take(const keys &shown, step at) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = entries_.find(shown.id);
    if (found == entries_.end() || found->second.kept.at != at ||
        found->second.expires <= clock::now() || !is_same(found->second.page, shown.page)) {
        return std::nullopt;
    }
    auto taken = std::move(found->second.kept);
    entries_.erase(found);
    return taken;
}

/// Nobody may fill the memory by asking for login pages.
void sessions::make_room() {
    if (entries_.size() < MOST) {
        return;
    }
    const auto oldest = std::min_element(
        entries_.begin(), entries_.end(),
        [](const auto &a, const auto &b) { return a.second.expires < b.second.expires; });
    entries_.erase(oldest);
}
