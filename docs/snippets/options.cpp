#include <authlete_fail.hpp>
#include <chrono>
#include <fstream>
#include <iostream>
#include <string>

// [deny]
/// Fails an authorization request, with a timeout, an access token and a header for this call.
static authlete_fail::reply deny(const authlete_fail::client &client, const std::string &ticket,
                                 const std::string &token, const std::string &request_id) {
    return client.try_authorization(
        authlete_fail::request(
            {{"ticket", ticket}, {"reason", authlete_fail::authorization_reason::denied}}),
        authlete_fail::options()
            .timeout(std::chrono::seconds(1))
            .access_token(token)
            .header("X-Request-Id", request_id));
}
// [/deny]

int main(int argc, char **argv) try {
    if (argc != 4) return 2;
    const auto client = authlete_fail::client::from_environment();
    std::string token;
    std::getline(std::ifstream(argv[2]), token);
    const auto reply = deny(client, argv[1], token, argv[3]);
    std::cout << "HTTP " << reply.response()->status() << '\n' << reply.error() << '\n';
} catch (const authlete_fail::error &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
