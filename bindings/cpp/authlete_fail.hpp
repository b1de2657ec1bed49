// authlete_fail.hpp: a C++17 wrapper of authlete_fail.h with RAII, std::string_view and exceptions.
// Terms, forks and signals are as in authlete_fail.h.
//
// ERRORS     authorization(), token(), backchannel_authentication(), call() and connect() throw
//            `error` unless the status is ok. The exception carries the reply, and thus the
//            response to send. The try_ functions do not throw; check the reply. Except for
//            connect(), status ok means that Authlete responded; see outcome(). `json`, `request`
//            and `options` throw std::invalid_argument if JSON cannot represent a value.
// OWNERSHIP  `client` and `reply` own their C objects; they are movable and not copyable. A
//            string_view or a `response` is valid as long as its reply: keep the reply in a
//            variable. The accessors that return them are deleted for a temporary reply. All text is
//            UTF-8 and NUL-terminated. The client keeps no view of its arguments.
// THREADS    Any number of threads may call const member functions concurrently. Each call shares
//            ownership of the C client. While calls run, the `client` may be assigned to, moved
//            from or destroyed: the calls complete normally, and the last one frees the C client.
//            To change an access token, assign a new client. No call may start once the
//            destructor has started.

#ifndef AUTHLETE_FAIL_HPP
#define AUTHLETE_FAIL_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "authlete_fail.h"
#include "authlete_fail/json.hpp"
#include "authlete_fail/names.hpp"
#include "authlete_fail/reasons.hpp"
#include "authlete_fail/reply.hpp"

namespace authlete_fail {

/// A log callback. Runs on the thread that made the call, so several threads may run it
/// concurrently. The text is valid only during the callback. Exceptions that it throws are ignored.
using log_function = std::function<void(log_level, std::string_view)>;

/// A handle to one Authlete service, with its own connection pool; threads may share it.
///
/// After a client has been moved from, its calls return invalid_argument.
class client {
public:
    /// Creates a client from a JSON configuration; opens no connection. Throws `error`.
    ///
    /// An empty `config`, such as the text of an unreadable file, is an error; it does not select
    /// the environment variables.
    /// `log` receives the lines that the key `logLevel` selects.
    explicit client(std::string_view config, log_function log = nullptr)
        : handle_(create(config.empty() ? " " : config, std::move(log))) {}

    /// Creates a client from the environment variables AUTHLETE_*. Throws `error`.
    [[nodiscard]] static client from_environment(log_function log = nullptr) {
        return client(create({}, std::move(log)));
    }

    client(client &&other) noexcept : handle_(other.take()) {}
    client &operator=(client &&other) noexcept {
        handle swapped = other.take(); // destroyed after unlocking
        const std::lock_guard<std::mutex> lock(mutex_);
        handle_.swap(swapped);
        return *this;
    }
    ~client() { take(); }

    /// Opens a connection, so that the next call does not have to; does nothing if the pool
    /// contains a suitable one. Blocks like a call. Throws `error` unless the status is ok; a
    /// failure does not affect later calls. See authlete_fail.h for its uses and limits.
    reply connect() const { return checked(try_connect()); }

    /// Fails an authorization request. `request` is a JSON object as in authlete_fail.h. The reply
    /// always contains a response. Throws `error` unless the status is ok.
    [[nodiscard]] reply authorization(std::string_view request,
                                      const options &options = {}) const {
        return checked(try_authorization(request, options));
    }
    /// Fails a token request, like authorization().
    [[nodiscard]] reply token(std::string_view request, const options &options = {}) const {
        return checked(try_token(request, options));
    }
    /// Fails a backchannel authentication request (CIBA), like authorization().
    [[nodiscard]] reply backchannel_authentication(std::string_view request,
                                                   const options &options = {}) const {
        return checked(try_backchannel_authentication(request, options));
    }

    /// Calls any endpoint of Authlete's API. `path` is the path after `/api` and the service ID,
    /// such as "/auth/authorization". `request` is a JSON object, or empty for a GET or DELETE.
    /// Throws `error` unless the status is ok.
    [[nodiscard]] reply call(std::string path, std::string_view request = {},
                             const options &options = {}) const {
        return checked(try_call(std::move(path), request, options));
    }

    /// Like connect(), without exceptions: check the reply.
    reply try_connect() const noexcept { return run(authlete_fail_client_connect); }
    /// Like authorization(), without exceptions.
    [[nodiscard]] reply try_authorization(std::string_view request,
                                          const options &options = {}) const noexcept {
        return run_call("/auth/authorization/fail", request, options);
    }
    /// Like token(), without exceptions.
    [[nodiscard]] reply try_token(std::string_view request,
                                  const options &options = {}) const noexcept {
        return run_call("/auth/token/fail", request, options);
    }
    /// Like backchannel_authentication(), without exceptions.
    [[nodiscard]] reply try_backchannel_authentication(std::string_view request,
                                                       const options &options = {})
        const noexcept {
        return run_call("/backchannel/authentication/fail", request, options);
    }
    /// Like call(), without exceptions.
    [[nodiscard]] reply try_call(std::string path, std::string_view request = {},
                                 const options &options = {}) const noexcept {
        // A NUL character would end the path. The C function rejects a space.
        std::replace(path.begin(), path.end(), '\0', ' ');
        return run_call(path.c_str(), request, options);
    }

    /// The statistics of the client, as a JSON object; see authlete_fail_client_stats() for its
    /// members. Empty if the client has been moved from.
    [[nodiscard]] std::string stats() const {
        const handle shared = share();
        return detail::written(1023, [&](char *out, std::size_t out_size) {
            return authlete_fail_client_stats(shared.get(), out, out_size);
        });
    }

    /// Aborts the calls in flight and rejects later ones. Cannot be undone; may be called again.
    void shutdown() const noexcept { authlete_fail_client_shutdown(share().get()); }

    /// The C client, still owned by this object.
    [[nodiscard]] const authlete_fail_client *get() const noexcept { return share().get(); }

private:
    using handle = std::shared_ptr<authlete_fail_client>;

    explicit client(handle owned) noexcept : handle_(std::move(owned)) {}

    static handle create(std::string_view config, log_function log) {
        auto callback = std::make_shared<const log_function>(std::move(log));
        authlete_fail_client *created = nullptr;
        authlete_fail_reply *result = nullptr;
        // The cast is safe: write_line() casts back and only reads.
        authlete_fail_client_new(config.data(), config.size(), *callback ? write_line : nullptr,
                                 const_cast<log_function *>(callback.get()), &created, &result);
        reply owned_result(result);
        // The deleter keeps the callback alive as long as the C client, which calls it.
        handle owned(created, [callback](authlete_fail_client *client) {
            authlete_fail_client_free(client);
        });
        checked(std::move(owned_result));
        return owned;
    }

    static void write_line(void *context, std::int32_t level, const char *line,
                           std::size_t len) noexcept {
        try {
            (*static_cast<const log_function *>(context))(static_cast<log_level>(level),
                                                          {line, len});
        } catch (...) { // an exception must not unwind through the C library
        }
    }

    static reply checked(reply result) {
        if (!result) {
            throw error(std::move(result));
        }
        return result;
    }

    reply run_call(const char *path, std::string_view request,
                   const options &options) const noexcept {
        const std::string &text = options.text();
        return run(authlete_fail_call, path, request.data(), request.size(), text.data(),
                   text.size());
    }

    template <class Function, class... Arguments>
    reply run(Function function, Arguments... arguments) const noexcept {
        const handle shared = share();
        authlete_fail_reply *result = nullptr;
        function(shared.get(), arguments..., &result);
        return reply(result);
    }

    handle share() const noexcept {
        const std::lock_guard<std::mutex> lock(mutex_);
        return handle_;
    }

    handle take() noexcept {
        const std::lock_guard<std::mutex> lock(mutex_);
        return std::exchange(handle_, nullptr);
    }

    mutable std::mutex mutex_; // guards handle_; not held during a call
    handle handle_;
};

} // namespace authlete_fail

#endif // AUTHLETE_FAIL_HPP
