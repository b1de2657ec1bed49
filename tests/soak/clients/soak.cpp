// soak.cpp: the C++ program of the soak. Arguments, input and output are those of soak.c; it does
// not fork.

#include <atomic>
#include <authlete_fail.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

// After one call in long_pause_every: bursts, then idle time.
constexpr unsigned long_pause_every = 8;
constexpr std::chrono::milliseconds max_long_pause{3200};

std::atomic<bool> is_over{false};

bool contains_ticket(const authlete_fail::reply &reply, const std::string &ticket) {
    const authlete_fail::response response = *reply.response();
    for (const auto &[name, value] : response.headers()) {
        if (value.find(ticket) != std::string_view::npos) {
            return true;
        }
    }
    return response.body().find(ticket) != std::string_view::npos;
}

// A ticket has a fixed width after its behaviour, so that none is part of another.
std::string ticket_for(const std::string &behaviour, unsigned thread, unsigned number) {
    char serial[64];
    std::snprintf(serial, sizeof serial, ".%07d.%02u.%08u", static_cast<int>(getpid()), thread,
                  number);
    return behaviour + serial;
}

void call(const std::vector<authlete_fail::client> &clients, const std::string &choice,
          unsigned thread, unsigned number) {
    const std::size_t space = choice.find(' ');
    const std::size_t client = std::stoul(choice.substr(0, space));
    const std::string ticket = ticket_for(choice.substr(space + 1), thread, number);
    const auto request = authlete_fail::request({{"ticket", ticket}, {"reason", "DENIED"}});
    const auto start = std::chrono::steady_clock::now();
    const authlete_fail::reply reply = clients[client].try_authorization(request);
    const auto duration = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - start);
    std::ostringstream text;
    text << ticket << ' ' << client << ' ' << reply.attempts() << ' ' << duration.count() << ' '
         << name(reply.status()) << ' ' << name(reply.outcome()) << ' ' << name(reply.ticket_state())
         << ' ' << reply.http_status() << ' ' << reply.retry_after_ms() << ' '
         << reply.response()->status() << ' ' << contains_ticket(reply, ticket) << ' '
         << reply.error() << '\n';
    const std::string line = text.str();
    // One write, so that lines of several threads do not mix.
    if (write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
        std::abort();
    }
}

void call_until_over(const std::vector<authlete_fail::client> &clients,
                     const std::vector<std::string> &choices, unsigned thread) {
    std::minstd_rand random(static_cast<unsigned>(getpid()) * 64 + thread);
    for (unsigned number = 0; !is_over; ++number) {
        call(clients, choices[random() % choices.size()], thread, number);
        if (random() % long_pause_every == 0) {
            std::this_thread::sleep_for(max_long_pause * (random() % 1000) / 1000);
        }
    }
}

} // namespace

int main(int argc, char **argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const unsigned long thread_count = std::stoul(arguments.at(0));
    const unsigned long client_count = std::stoul(arguments.at(1));
    const auto configs = arguments.begin() + 2;
    const auto choices_begin = configs + static_cast<std::ptrdiff_t>(client_count);
    const std::vector<std::string> choices(choices_begin, arguments.end());
    std::string line;
    {
        std::vector<authlete_fail::client> clients;
        for (auto config = configs; config != choices_begin; ++config) {
            clients.emplace_back(*config);
        }
        std::cout << "ready" << std::endl;
        std::getline(std::cin, line);
        std::vector<std::thread> threads;
        for (unsigned i = 0; i < thread_count; ++i) {
            threads.emplace_back([&, i] { call_until_over(clients, choices, i); });
        }
        std::getline(std::cin, line);
        is_over = true;
        for (std::thread &thread : threads) {
            thread.join();
        }
    }
    std::cout << "done" << std::endl;
    std::getline(std::cin, line);
    return 0;
}
