#include "sessions.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <unistd.h>
#include <utility>

static constexpr auto LIFETIME = std::chrono::minutes(10);
static constexpr std::size_t MOST = 10'000;

/// 256 bits from the kernel: not to be guessed, unlike those of <random>'s engines.
static std::string random_id() {
    std::array<unsigned char, 32> bytes{};
    if (getentropy(bytes.data(), bytes.size()) != 0) {
        throw std::system_error(errno, std::generic_category(), "getentropy");
    }
    std::string id;
    for (const unsigned byte : bytes) {
        id += "0123456789abcdef"[byte / 16];
        id += "0123456789abcdef"[byte % 16];
    }
    return id;
}

std::string sessions::put(session kept) {
    auto id = random_id();
    const std::lock_guard<std::mutex> lock(mutex_);
    make_room();
    entries_.emplace(id, entry{std::move(kept), clock::now() + LIFETIME});
    return id;
}

std::optional<session> sessions::take(const std::string &id, step at) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = entries_.find(id);
    if (found == entries_.end() || found->second.kept.at != at ||
        found->second.expires <= clock::now()) {
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
