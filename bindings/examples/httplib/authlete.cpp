#include "authlete.hpp"

#include <chrono>
#include <cstdlib>
#include <httplib.h>
#include <iostream>
#include <stdexcept>

using namespace std::chrono_literals;
using nlohmann::json;

static constexpr std::size_t LONGEST_ANSWER = 1024 * 1024;

static std::string variable(const char *name) {
    const char *value = std::getenv(name);
    if (!value || !*value) {
        throw std::runtime_error(std::string(name) + " is not set");
    }
    return value;
}

settings settings::from_environment() {
    return {variable("AUTHLETE_BASE_URL"), variable("AUTHLETE_SERVICE_APIKEY"),
            variable("AUTHLETE_SERVICE_ACCESSTOKEN")};
}

std::string settings::for_failing() const {
    return json{{"baseUrl", base_url},
                {"serviceId", service_id},
                {"accessToken", access_token},
                {"locationStatus", 303}}
        .dump();
}

authlete::authlete(const settings &from) : access_token_(from.access_token) {
    const auto host = from.base_url.find("://");
    const auto path = from.base_url.find('/', host == std::string::npos ? 0 : host + 3);
    origin_ = from.base_url.substr(0, path);
    path_ = path == std::string::npos ? "" : from.base_url.substr(path);
    while (!path_.empty() && path_.back() == '/') {
        path_.pop_back();
    }
    path_ += "/api/" + from.service_id;
}

json authlete::call(const std::string &path, const json &request) const {
    // One of these sends one request at a time: shared, it would make the threads wait.
    httplib::Client http(origin_);
    http.set_bearer_token_auth(access_token_);
    http.set_connection_timeout(3s);
    http.set_read_timeout(10s);
    // What an OAuth client sends need not be UTF-8, and dump() would throw.
    httplib::Request post;
    post.method = "POST";
    post.path = path_ + path;
    post.set_header("Content-Type", "application/json");
    post.body = request.dump(-1, ' ', false, json::error_handler_t::replace);
    std::string received;
    post.content_receiver = [&](const char *bytes, std::size_t len, auto, auto) {
        const bool is_short = len <= LONGEST_ANSWER - received.size();
        received.append(bytes, is_short ? len : 0);
        return is_short; // false ends the call
    };
    const auto result = http.send(post);
    if (!result || result->status != 200) {
        std::cerr << "authlete: " + path + ": " +
                         (result ? std::to_string(result->status) : to_string(result.error())) +
                         '\n';
        return json::object();
    }
    auto answer = json::parse(received, nullptr, false); // discarded, where it is no JSON
    return answer.is_object() ? answer : json::object();
}

std::string text(const json &answer, const char *member) {
    const auto found = answer.find(member);
    return found != answer.end() && found->is_string() ? found->get<std::string>() : "";
}
