// authlete.hpp: the calls to Authlete that issue tickets, made with cpp-httplib.

#ifndef AUTHLETE_HPP
#define AUTHLETE_HPP

#include <nlohmann/json.hpp>
#include <string>

/// The URL of Authlete, and the credentials of the service.
struct settings {
    std::string base_url;
    std::string service_id;
    std::string access_token;

    /// Reads the environment variables of Authlete's own libraries. Throws std::runtime_error.
    static settings from_environment();
    /// The configuration of the authlete_fail::client, with status 303 for redirects after a POST.
    [[nodiscard]] std::string client_config() const;
};

/// Shared by threads.
class authlete {
public:
    explicit authlete(const settings &from);

    /// Posts `request` to /api/{serviceId}`path`. Returns the API response, or {} if no
    /// usable one was received.
    [[nodiscard]] nlohmann::json call(const std::string &path,
                                      const nlohmann::json &request) const;

private:
    std::string origin_;
    std::string path_;
    std::string access_token_;
};

/// The value of a string member; empty if absent.
std::string text(const nlohmann::json &api_response, const char *member);

#endif
