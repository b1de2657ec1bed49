// second.cpp: the second translation unit of wrapper.cpp's program, to test multiple inclusion.

#include <authlete_fail.hpp>
#include <authlete_fail.hpp>

std::string_view version_in_second_unit();
authlete_fail::reply call_in_second_unit(const authlete_fail::client &client);

std::string_view version_in_second_unit() { return authlete_fail::version(); }

authlete_fail::reply call_in_second_unit(const authlete_fail::client &client) {
    return client.authorization(
        authlete_fail::request({{"ticket", "t"}, {"reason", "DENIED"}}));
}
