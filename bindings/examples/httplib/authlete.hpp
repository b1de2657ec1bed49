// authlete.hpp: Authlete's calls that come before anything can fail, over the server's own HTTP
// library.

#ifndef AUTHLETE_HPP
#define AUTHLETE_HPP

#include <nlohmann/json.hpp>
#include <string>

/// Where Authlete is, and as which service this server calls it.
struct settings {
    std::string base_url;
    std::string service_id;
    std::string access_token;

    /// Reads the variables that Authlete's own libraries read. Throws std::runtime_error.
    static settings from_environment();
    /// The configuration of an authlete_fail::client: a redirect after a POST is a 303.
    [[nodiscard]] std::string for_failing() const;
};

/// Shared by threads.
class authlete {
public:
    explicit authlete(const settings &from);

    /// Posts `request` to /api/{serviceId}`path` and returns Authlete's answer; where none came
    /// that can be used, an empty object, which has no action.
    [[nodiscard]] nlohmann::json call(const std::string &path,
                                      const nlohmann::json &request) const;

private:
    std::string origin_;
    std::string path_;
    std::string access_token_;
};

/// A member that is text; empty if it is not there.
std::string text(const nlohmann::json &answer, const char *member);

#endif
