#include "authlete.hpp"

#include <chrono>
#include <cstdlib>
#include <httplib.h>
#include <iostream>
#include <stdexcept>

using namespace std::chrono_literals;
using nlohmann::json;

static constexpr std::size_t MAX_API_RESPONSE = 1024 * 1024;

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

std::string settings::client_config() const {
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
    // Not shared, because an httplib::Client sends one request at a time.
    httplib::Client http(origin_);
    http.set_bearer_token_auth(access_token_);
    http.set_connection_timeout(3s);
    http.set_read_timeout(10s);
    // The OAuth client's input may be invalid UTF-8, for which dump() throws by default.
    httplib::Request post;
    post.method = "POST";
    post.path = path_ + path;
    post.set_header("Content-Type", "application/json");
    post.body = request.dump(-1, ' ', false, json::error_handler_t::replace);
    std::string received;
    post.content_receiver = [&](const char *bytes, std::size_t len, auto, auto) {
        const bool fits = len <= MAX_API_RESPONSE - received.size();
        received.append(bytes, fits ? len : 0);
        return fits; // false aborts the call
    };
    const auto result = http.send(post);
    if (!result || result->status != 200) {
        std::cerr << "authlete: " + path + ": " +
                         (result ? std::to_string(result->status) : to_string(result.error())) +
                         '\n';
        return json::object();
    }
    auto api_response = json::parse(received, nullptr, false); // discarded if invalid
    return api_response.is_object() ? api_response : json::object();
}

std::string text(const json &api_response, const char *member) {
    const auto found = api_response.find(member);
    return found != api_response.end() && found->is_string() ? found->get<std::string>() : "";
}
