#include <authlete_fail.hpp>
#include <iostream>
#include <string_view>
#include <thread>

static authlete_fail::json config(std::string_view base_url, std::string_view token) {
    return authlete_fail::request({{"baseUrl", base_url},
                                   {"serviceId", "21653835348762"},
                                   {"accessToken", token}});
}

int main(int argc, char **argv) try {
    if (argc != 4) return 2;
    // [rotate]
    authlete_fail::client client(config(argv[1], argv[2]));
    std::thread worker([&] {
        const auto reply = client.try_backchannel_authentication("{}");
        std::cout << "call: " << name(reply.status()) << std::endl;
    });
    client = authlete_fail::client(config(argv[1], argv[3])); // does not affect the call in flight
    worker.join();
    // [/rotate]
    std::cout << "new: " << name(client.try_backchannel_authentication("{}").status()) << '\n';
} catch (const authlete_fail::error &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
