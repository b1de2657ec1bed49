// fail.cpp: fails an authorization request and prints the response for the OAuth client.

#include <authlete_fail.hpp>
#include <exception>
#include <iostream>
#include <span>

int main(int argc, char **argv) try {
    const std::span arguments(argv, static_cast<std::size_t>(argc));
    if (arguments.size() != 2) {
        std::cerr << "usage: " << arguments[0] << R"( '{"ticket":"...","reason":"DENIED"}')" "\n";
        return 2;
    }
    const auto client = authlete_fail::client::from_environment();
    const auto reply = client.authorization(arguments[1]);

    const auto response = reply.response();
    std::cout << response->status() << '\n';
    for (const auto &[name, value] : response->headers()) {
        std::cout << name << ": " << value << '\n';
    }
    std::cout << '\n' << response->body();
    return reply.outcome() == authlete_fail::outcome::delivered ? 0 : 1;
} catch (const std::exception &error) { // an authlete_fail::error also has a response
    std::cerr << error.what() << '\n';
    return 1;
}
