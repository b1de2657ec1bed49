#include <authlete_fail.hpp>
#include <future>
#include <iostream>
#include <string>
#include <vector>

// [warm]
/// Opens `count` connections at the same time, and checks the credentials. `count` is at most
/// maxIdleConnections (64 by default).
static void warm_up(const authlete_fail::client &client, int count) {
    std::vector<std::future<void>> threads;
    for (int i = 0; i < count; i++)
        threads.push_back(std::async(std::launch::async, [&client] {
            const auto reply = client.try_call("/service/configuration", {},
                                               authlete_fail::options().method("GET"));
            if (!reply) std::cerr << std::string(reply.error()) + '\n';
        }));
} // the destructors of the futures wait for the threads
// [/warm]

int main() try {
    const auto client = authlete_fail::client::from_environment();
    warm_up(client, 32);
    std::cout << client.stats() << '\n';
} catch (const authlete_fail::error &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
