#include <authlete_fail.hpp>
#include <iostream>

int main(int argc, char **argv) try {
    if (argc != 2) return 2;
    // Shared by all threads. The log has a line for each call that failed, with the cause.
    const auto client = authlete_fail::client::from_environment(
        [](auto, auto line) { std::cerr << std::string(line) + '\n'; });
    const auto reply = client.try_authorization(authlete_fail::request(
        {{"ticket", argv[1]}, {"reason", authlete_fail::authorization_reason::denied}}));

    const auto response = reply.response(); // set even if the call failed
    std::cout << "HTTP " << response->status() << '\n';
    for (const auto &[name, value] : response->headers()) std::cout << name << ": " << value << '\n';
    std::cout << '\n' << response->body() << '\n';
} catch (const authlete_fail::error &error) { // invalid configuration
    std::cerr << error.what() << '\n';
    return 1;
}
