#include <authlete_fail.hpp>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace reasons = authlete_fail::authorization_reason;

// [reason]
/// The state of the end user's session.
struct session {
    std::string subject;
    std::time_t login_time;
    std::string acr;
    std::set<std::string> granted_scopes; // by the user, to this OAuth client
};

/// Returns the strings at `/array/0` + `member`, `/array/1` + `member` and so on.
static std::set<std::string> strings(const authlete_fail::reply &reply, const std::string &array,
                                     const std::string &member = "") {
    std::set<std::string> found;
    for (int i = 0; const auto value = reply.get(array + '/' + std::to_string(i) + member); i++)
        found.insert(value->text());
    return found;
}

/// Returns the reason to fail a prompt=none request, or an empty text to issue the code. `reply` is
/// that of /auth/authorization.
static std::string_view reason(const authlete_fail::reply &reply,
                               const std::optional<session> &session, std::time_t now) {
    if (!session) return reasons::not_logged_in;
    // A number is given as text.
    const auto max_age = reply.get("/maxAge");
    const long seconds = max_age ? std::strtol(max_age->text().c_str(), nullptr, 10) : 0;
    if (seconds != 0 && now - session->login_time > seconds) return reasons::exceeds_max_age;
    const auto subject = reply.get_string("/subject"); // empty if none was requested
    if (!subject.empty() && subject != session->subject) return reasons::different_subject;
    const auto is_essential = reply.get("/acrEssential");
    if (is_essential && is_essential->text() == "true" &&
        strings(reply, "/acrs").count(session->acr) == 0)
        return reasons::acr_not_satisfied;
    for (const auto &scope : strings(reply, "/scopes", "/name"))
        if (session->granted_scopes.count(scope) == 0) return reasons::consent_required;
    return {};
}
// [/reason]

/// The argument is the query of the authorization request.
int main(int argc, char **argv) try {
    if (argc != 2) return 2;
    const auto now = std::time(nullptr);
    // Each session fails one more check than the previous one.
    const std::vector<std::optional<session>> sessions = {
        session{"john", now, "silver", {"openid", "email"}},
        session{"john", now, "silver", {}},
        session{"john", now, "bronze", {}},
        session{"mary", now, "bronze", {}},
        session{"mary", now - 601, "bronze", {}},
        std::nullopt,
    };
    const auto client = authlete_fail::client::from_environment();
    const auto reply =
        client.call("/auth/authorization", authlete_fail::request({{"parameters", argv[1]}}));
    std::string_view last;
    for (const auto &session : sessions) {
        last = reason(reply, session, now);
        std::cout << (last.empty() ? "issue" : last) << '\n';
    }
    const auto failed = client.try_authorization(
        authlete_fail::request({{"ticket", reply.get_string("/ticket")}, {"reason", last}}));
    const auto response = failed.response();
    std::cout << "HTTP " << response->status() << '\n';
    for (const auto &[name, value] : response->headers()) std::cout << name << ": " << value << '\n';
} catch (const authlete_fail::error &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
