#include <authlete_fail.hpp>
#include <iostream>

// The log: a line for each call that failed, with the cause and what to check.
static void log_line(authlete_fail::log_level, std::string_view line) {
    std::cerr << std::string(line) + '\n';
}

int main(int argc, char **argv) try {
    if (argc != 2) return 2;
    const auto client = authlete_fail::client::from_environment(log_line); // shared by all threads
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
