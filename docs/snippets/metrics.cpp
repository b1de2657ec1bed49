#include <authlete_fail.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

// [metrics]
/// Returns the body of a response to Prometheus: the text exposition format.
static std::string metrics(const authlete_fail::client &client) {
    const auto stats = nlohmann::json::parse(client.stats());
    const auto &connections = stats["connections"];
    std::ostringstream out;
    // Each member of `counts` is a value of the label.
    const auto write = [&](const char *name, const char *type, const char *label,
                           const nlohmann::json &counts) {
        out << "# TYPE " << name << ' ' << type << '\n';
        for (const auto &[value, count] : counts.items())
            out << name << '{' << label << "=\"" << value << "\"} " << count << '\n';
    };
    out << "# TYPE authlete_calls_total counter\n";
    for (const auto &[status, outcomes] : stats["calls"].items())
        for (const auto &[outcome, count] : outcomes.items())
            out << "authlete_calls_total{status=\"" << status << "\",outcome=\"" << outcome
                << "\"} " << count << '\n';
    out << "# TYPE authlete_retries_total counter\nauthlete_retries_total " << stats["retries"]
        << '\n';
    write("authlete_connections_total", "counter", "kind",
          {{"new", connections["opened"]}, {"reused", connections["reused"]}});
    write("authlete_pool", "gauge", "state",
          {{"idle", connections["idle"]}, {"inUse", connections["inUse"]}});
    write("authlete_connections_closed_total", "counter", "reason", connections["closed"]);
    write("authlete_lookups_total", "counter", "result", stats["lookups"]);
    write("authlete_tls_handshakes_total", "counter", "kind", stats["tlsHandshakes"]);
    return out.str();
}
// [/metrics]

int main(int argc, char **argv) try {
    if (argc != 2) return 2;
    const auto client = authlete_fail::client::from_environment();
    (void)client.try_authorization(
        authlete_fail::request({{"ticket", argv[1]}, {"reason", "DENIED"}}));
    std::cout << metrics(client);
} catch (const authlete_fail::error &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
