#include <authlete_fail.hpp>
#include <iostream>

// [page]
// Call this after sending the consent page, in case the user denies access.
static void prepare(const authlete_fail::client &client) {
    const auto reply = client.try_connect();
    if (!reply)
        std::cerr << reply.error() << '\n'; // the call will connect
    else
        std::cout << (reply.attempts() == 0 ? "idle connection\n" : "new connection\n");
}
// [/page]

int main(int argc, char **argv) try {
    if (argc != 2) return 2;
    const auto client = authlete_fail::client::from_environment();
    prepare(client);
    prepare(client);

    const auto reply = client.try_authorization(
        authlete_fail::request({{"ticket", argv[1]}, {"reason", "DENIED"}}));
    std::cout << "HTTP " << reply.response()->status() << '\n';
} catch (const authlete_fail::error &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
