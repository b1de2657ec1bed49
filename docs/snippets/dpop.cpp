#include <authlete_fail.hpp>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

static void log_line(authlete_fail::log_level, std::string_view line) {
    std::cerr << std::string(line) + '\n';
}

// [client]
/// Creates a client whose access token is bound to the key in `key_file`. Throws
/// `authlete_fail::error` if the key is missing or invalid.
static authlete_fail::client bound_client(std::string_view base_url, const std::string &key_file) {
    std::ostringstream key;
    key << std::ifstream(key_file).rdbuf();
    return authlete_fail::client(authlete_fail::json()
                                     .add("baseUrl", base_url)
                                     .add("serviceId", "21653835348762")
                                     .add("accessToken", "sandbox-access-token")
                                     .add("logLevel", "info")
                                     .add("dpopKey", key.str()),
                                 log_line);
}
// [/client]

int main(int argc, char **argv) try {
    if (argc != 4) return 2;
    const auto client = bound_client(argv[1], argv[2]);
    const auto reply = client.try_authorization(authlete_fail::request(
        {{"ticket", argv[3]}, {"reason", authlete_fail::authorization_reason::denied}}));
    std::cout << "HTTP " << reply.response()->status() << '\n';
} catch (const authlete_fail::error &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
