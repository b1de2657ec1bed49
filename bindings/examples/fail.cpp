// fail.cpp: fails a request of each kind and prints the responses for the OAuth clients.
//
//   c++ -std=c++17 fail.cpp -I$R/include -I$R/bindings/cpp -L$R/target/release \
//       -Wl,-rpath,$R/target/release -lauthlete_fail -o fail   # R: the repository, after `make`
//   export AUTHLETE_BASE_URL=https://us.authlete.com
//   export AUTHLETE_SERVICE_APIKEY=SERVICE_ID AUTHLETE_SERVICE_ACCESSTOKEN=TOKEN
//   ./fail AUTHORIZATION_TICKET TOKEN_TICKET CIBA_TICKET

#include <authlete_fail.hpp>
#include <exception>
#include <iostream>

using authlete_fail::client;
using authlete_fail::name;
using authlete_fail::outcome;
using authlete_fail::reply;
using authlete_fail::request;

static const char *reason_phrase(int status) {
    switch (status) {
    case 200: return "OK";
    case 302: return "Found";
    case 303: return "See Other";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    default: return "Internal Server Error";
    }
}

// Returns whether Authlete produced the response. Otherwise, the library did.
static bool respond(const char *call, const reply &reply) {
    if (!reply) {
        std::cerr << reply.error() << '\n';
    }
    const auto response = reply.response();
    std::cout << "== " << call << ": " << name(reply.status()) << ", " << name(reply.outcome())
              << ", ticket " << name(reply.ticket_state()) << "\nHTTP/1.1 " << response->status()
              << ' ' << reason_phrase(response->status()) << '\n';
    for (const auto &[header, value] : response->headers()) {
        std::cout << header << ": " << value << '\n';
    }
    std::cout << '\n' << response->body() << '\n';
    return reply.outcome() == outcome::delivered;
}

int main(int argc, char **argv) try {
    if (argc != 4) {
        std::cerr << "usage: " << argv[0] << " AUTHORIZATION_TICKET TOKEN_TICKET CIBA_TICKET\n";
        return 2;
    }
    // The try_ functions do not throw, and their reply always has a response. The functions without
    // try_ throw an authlete_fail::error, which carries the reply, unless the status is ok.
    const auto authlete = client::from_environment();
    bool delivered = respond("authorization", authlete.try_authorization(request({
        {"ticket", argv[1]}, {"reason", "DENIED"}})));
    std::cout << '\n';
    delivered &= respond("token", authlete.try_token(request({
        {"ticket", argv[2]}, {"reason", "INVALID_RESOURCE_OWNER_CREDENTIALS"}})));
    std::cout << '\n';
    delivered &= respond("backchannel authentication",
        authlete.try_backchannel_authentication(request({
            {"ticket", argv[3]}, {"reason", "UNKNOWN_USER_ID"}})));
    return delivered ? 0 : 1;
} catch (const std::exception &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
