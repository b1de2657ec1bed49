#include <authlete_fail.hpp>
#include <chrono>
#include <iostream>

using namespace std::chrono_literals;

int main(int argc, char **argv) try {
    if (argc != 2) return 2;
    const auto client = authlete_fail::client::from_environment();
    const auto query = argv[1];
    // [call]
    auto reply = client.try_call("/auth/authorization",
                                 authlete_fail::request({{"parameters", query}}),
                                 authlete_fail::options().timeout(5s));
    if (reply.action() == "NO_INTERACTION") { // prompt=none, but no user is logged in
        reply = client.try_authorization(authlete_fail::request(
            {{"ticket", reply.get_string("/ticket")},
             {"reason", authlete_fail::authorization_reason::not_logged_in}}));
    }
    if (const auto response = reply.response())
        std::cout << "send HTTP " << response->status() << '\n';
    else // INTERACTION
        std::cout << "log in to " << reply.get_string("/client/clientName") << '\n';
    // [/call]
} catch (const authlete_fail::error &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
