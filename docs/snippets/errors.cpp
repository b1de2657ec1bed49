#include <authlete_fail.hpp>
#include <iostream>
#include <string_view>

using namespace authlete_fail;

static void send(const response &response) {
    std::cout << "HTTP " << response.status() << '\n';
}

// [again]
/// Returns whether it is safe to make the same call again: automatically if may_repeat() is true,
/// otherwise after the cause is fixed. For the state NONE, it relies on may_repeat() alone.
static bool may_call_again(const reply &reply) {
    return reply.may_repeat() || reply.ticket_state() == ticket_state::untouched;
}
// [/again]

// [what]
/// Logs the result. The OAuth client gets the response in any case.
static void log_result(const reply &reply) {
    if (!reply) std::cerr << reply.error() << '\n'; // the status is not ok
    std::cout << name(reply.status()) << ", " << name(reply.outcome()) << ", ticket "
              << name(reply.ticket_state()) << ", call again: "
              << (may_call_again(reply) ? "yes" : "no") << '\n';
}
// [/what]

// [try]
/// Without exceptions: check the reply.
static void deny(const client &client, std::string_view ticket) {
    const auto reply = client.try_authorization(
        request({{"ticket", ticket}, {"reason", authorization_reason::denied}}));
    send(*reply.response()); // a reply of a fail call always has one
    log_result(reply);
}
// [/try]

// [catch]
/// With exceptions: an `error` is thrown unless the status is ok. It carries the reply.
static void deny_or_catch(const client &client, std::string_view ticket) try {
    const auto reply = client.authorization(
        request({{"ticket", ticket}, {"reason", authorization_reason::denied}}));
    send(*reply.response());
    log_result(reply); // status ok, but the outcome may be ticket_invalid
} catch (const error &error) {
    send(*error.reply().response());
    log_result(error.reply());
}
// [/catch]

/// The arguments are "try" or "catch", and a ticket; or "try" and "token" for a token request,
/// which has no ticket.
int main(int argc, char **argv) try {
    if (argc != 3) return 2;
    const auto client = client::from_environment();
    const std::string_view mode = argv[1], ticket = argv[2];
    if (ticket == "token") {
        const std::string_view parameters = "grant_type=authorization_code&code=c";
        log_result(client.try_call("/auth/token", request({{"parameters", parameters}})));
    } else {
        mode == "try" ? deny(client, ticket) : deny_or_catch(client, ticket);
    }
} catch (const error &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
