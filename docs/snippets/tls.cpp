#include <authlete_fail.hpp>
#include <iostream>
#include <string_view>

// [roots]
/// Trusts only the CA certificates in `ca_file`. Throws `authlete_fail::error` if the file cannot be
/// read.
static authlete_fail::client private_ca(std::string_view base_url, std::string_view ca_file) {
    return authlete_fail::client(authlete_fail::json()
                                     .add("baseUrl", base_url)
                                     .add("serviceId", "21653835348762")
                                     .add("accessToken", "sandbox-access-token")
                                     .add("caFile", ca_file));
}
// [/roots]

int main(int argc, char **argv) try {
    if (argc != 3) return 2;
    const auto client = private_ca(argv[1], argv[2]);
    const auto reply = client.try_backchannel_authentication(
        authlete_fail::request({{"reason", authlete_fail::backchannel_authentication_reason::access_denied}}));
    std::cout << "HTTP " << reply.response()->status() << '\n';
} catch (const authlete_fail::error &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
