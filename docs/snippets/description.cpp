#include <authlete_fail.hpp>
#include <cstddef>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

// [permitted]
/// The text with only the characters that RFC 6749 permits in error_description; at most 1,000.
static std::string permitted(std::string_view text) {
    std::string ascii;
    for (const char c : text.substr(0, 4000)) {
        if ((c & 0xC0) == 0x80) continue; // not the first byte of a character
        const bool is_permitted = ' ' <= c && c <= '~' && c != '"' && c != '\\';
        ascii += is_permitted ? c : c == '"' ? '\'' : '?';
    }
    return ascii.substr(0, 1000);
}
// [/permitted]

// [cut]
/// The start of a UTF-8 text: at most `limit` bytes, and only whole characters.
static std::string_view cut(std::string_view text, std::size_t limit = 1000) {
    if (text.size() <= limit) return text;
    while (limit > 0 && (text[limit] & 0xC0) == 0x80) limit--;
    return text.substr(0, limit);
}
// [/cut]

int main(int argc, char **argv) try {
    if (argc != 3) return 2;
    const auto client = authlete_fail::client::from_environment();
    const std::string_view mode = argv[1];
    std::string text = argv[2];
    if (mode == "cut") text = cut(text);
    if (mode == "permitted") text = permitted(text);
    // [right]
    // request() throws std::invalid_argument if the text is not UTF-8.
    const auto reason = authlete_fail::backchannel_authentication_reason::access_denied;
    const auto reply = client.try_backchannel_authentication(
        authlete_fail::request({{"reason", reason}, {"errorDescription", text}}));
    // [/right]
    std::cout << reply.error() << reply.response()->body() << '\n';
} catch (const std::invalid_argument &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
