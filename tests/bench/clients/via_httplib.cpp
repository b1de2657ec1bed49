// cpp-httplib and nlohmann, without Nagle's algorithm, which costs it 40 ms a call.

#define CPPHTTPLIB_OPENSSL_SUPPORT
extern "C" {
#include "call.h"
}

#include <cstdio>
#include <httplib.h>
#include <nlohmann/json.hpp>
#include <string>

struct client {
    std::string url, ca_file;
};

struct caller {
    httplib::Client http;
};

client *client_new(const char *base_url, const char *ca_file)
{
    static client shared{base_url, ca_file != nullptr ? ca_file : ""};
    return &shared;
}

caller *caller_new(client *shared)
{
    auto *caller = new ::caller{httplib::Client(shared->url)};
    caller->http.set_keep_alive(true);
    caller->http.set_tcp_nodelay(true);
    caller->http.set_bearer_token_auth(TOKEN);
    // Timeouts for each step, because there is none for the whole call.
    caller->http.set_connection_timeout(TIMEOUT_MS / 1000);
    caller->http.set_read_timeout(TIMEOUT_MS / 1000);
    caller->http.set_write_timeout(TIMEOUT_MS / 1000);
    if (!shared->ca_file.empty())
        caller->http.set_ca_cert_path(shared->ca_file);
    return caller;
}

int call(caller *caller, struct result *result)
try {
    const nlohmann::json request{{"ticket", TICKET},
                                 {"reason", "NOT_LOGGED_IN"},
                                 {"description", "The user has not logged in."}};
    const auto response = caller->http.Post(PATH, request.dump(), "application/json");
    if (!response)
        throw std::runtime_error(to_string(response.error()));
    if (response->status != 200)
        throw std::runtime_error("HTTP " + std::to_string(response->status));
    const auto document = nlohmann::json::parse(response->body);
    std::snprintf(result->action, sizeof result->action, "%s",
                  document.at("action").get_ref<const std::string &>().c_str());
    std::snprintf(result->content, sizeof result->content, "%s",
                  document.at("responseContent").get_ref<const std::string &>().c_str());
    return 0;
} catch (const std::exception &error) {
    std::fprintf(stderr, "cpp-httplib: %s\n", error.what());
    return 1;
}
