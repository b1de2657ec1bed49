#include <algorithm>
#include <charconv>
#include <openssl/evp.h>

#include "server.hpp"

std::string parameters(const Request &from) {
    if (from.method == "POST") {
        return from.body;
    }
    const auto mark = from.target.find('?');
    return mark == std::string::npos ? "" : from.target.substr(mark + 1);
}

/// The text between `key` and `end`; empty if `key` is absent.
static std::string text_after(const std::string &key, char end, const std::string &text) {
    const auto found = text.find(key);
    const auto rest = found == std::string::npos ? "" : text.substr(found + key.size());
    return rest.substr(0, rest.find(end));
}

/// Decodes a name or value of application/x-www-form-urlencoded.
static std::string form_decoded(std::string_view text) {
    std::string decoded;
    for (const char *c = text.data(), *const end = c + text.size(); c < end; ++c) {
        unsigned char byte = 0;
        if (*c == '%' && end - c > 2 && std::from_chars(c + 1, c + 3, byte, 16).ptr == c + 3) {
            decoded += static_cast<char>(byte);
            c += 2;
        } else {
            decoded += *c == '+' ? ' ' : *c;
        }
    }
    return decoded;
}

std::string form_value(const Request &from, const std::string &name) {
    return form_decoded(text_after('&' + name + '=', '&', '&' + from.body));
}

std::string cookie_value(const Request &from, const std::string &name) {
    return text_after("; " + name + '=', ';', "; " + from.get_header_value("Cookie"));
}

/// Decodes base64; empty if invalid.
static std::string base64_decoded(std::string_view text) {
    std::string bytes(text.size() / 4 * 3 + 3, '\0');
    const auto len = EVP_DecodeBlock(reinterpret_cast<unsigned char *>(bytes.data()),
                                     reinterpret_cast<const unsigned char *>(text.data()),
                                     static_cast<int>(text.size()));
    const auto padding = std::count(text.begin(), text.end(), '='); // decoded as NUL
    bytes.resize(static_cast<std::size_t>(std::max<std::ptrdiff_t>(len - padding, 0)));
    return bytes;
}

authlete_fail::json client_request(const Request &from) {
    auto request = authlete_fail::request({{"parameters", from.body}});
    const auto header = from.get_header_value("Authorization");
    const auto pair = base64_decoded(header.rfind("Basic ", 0) == 0 ? header.substr(6) : "");
    if (const auto colon = pair.find(':'); colon != std::string::npos) {
        request.add("clientId", form_decoded(pair.substr(0, colon))); // RFC 6749, 2.3.1
        request.add("clientSecret", form_decoded(pair.substr(colon + 1)));
    }
    return request;
}
