// Boost.Beast and nlohmann. Its blocking calls have no timeout, which favours it.

extern "C" {
#include "call.h"
}

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

struct client {
    std::string port;
    asio::io_context io;
    asio::ssl::context tls{asio::ssl::context::tls_client};
    bool is_tls = false;
};

struct caller {
    explicit caller(client &shared) : plain(shared.io)
    {
        auto connect = [&](beast::tcp_stream &stream) {
            stream.connect({asio::ip::address_v4::loopback(),
                            static_cast<unsigned short>(std::stoi(shared.port))});
            stream.socket().set_option(tcp::no_delay(true));
        };
        if (shared.is_tls) {
            secure = std::make_unique<beast::ssl_stream<beast::tcp_stream>>(shared.io, shared.tls);
            secure->set_verify_mode(asio::ssl::verify_peer);
            secure->set_verify_callback(asio::ssl::host_name_verification("127.0.0.1"));
            connect(beast::get_lowest_layer(*secure));
            secure->handshake(asio::ssl::stream_base::client);
        } else {
            connect(plain);
        }
    }

    template <class Stream> void exchange(Stream &stream, struct result &result)
    {
        http::request<http::string_body> request{http::verb::post, PATH, 11};
        request.set(http::field::host, "127.0.0.1");
        request.set(http::field::authorization, "Bearer " TOKEN);
        request.set(http::field::content_type, "application/json");
        request.body() = nlohmann::json{{"ticket", TICKET},
                                        {"reason", "NOT_LOGGED_IN"},
                                        {"description", "The user has not logged in."}}
                             .dump();
        request.prepare_payload();
        http::write(stream, request);

        http::response<http::string_body> response;
        http::read(stream, buffer, response);
        if (response.result() != http::status::ok)
            throw std::runtime_error("HTTP " + std::to_string(response.result_int()));
        const auto document = nlohmann::json::parse(response.body());
        std::snprintf(result.action, sizeof result.action, "%s",
                      document.at("action").get_ref<const std::string &>().c_str());
        std::snprintf(result.content, sizeof result.content, "%s",
                      document.at("responseContent").get_ref<const std::string &>().c_str());
    }

    beast::tcp_stream plain;
    std::unique_ptr<beast::ssl_stream<beast::tcp_stream>> secure;
    beast::flat_buffer buffer;
};

client *client_new(const char *base_url, const char *ca_file)
{
    static client shared;
    const std::string url = base_url;
    shared.port = url.substr(url.rfind(':') + 1);
    shared.is_tls = url.compare(0, 6, "https:") == 0;
    if (ca_file != nullptr)
        shared.tls.load_verify_file(ca_file);
    return &shared;
}

caller *caller_new(client *shared)
{
    return new caller(*shared);
}

int call(caller *caller, struct result *result)
try {
    if (caller->secure)
        caller->exchange(*caller->secure, *result);
    else
        caller->exchange(caller->plain, *result);
    return 0;
} catch (const std::exception &error) {
    std::fprintf(stderr, "Beast: %s\n", error.what());
    return 1;
}
