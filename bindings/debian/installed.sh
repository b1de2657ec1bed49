#!/bin/sh
# Uses the installed packages as a C developer would: builds the README's program, and builds an example
# with pkg-config and with CMake, each with the shared and with the static library. Runs the programs
# against the installed sandbox.
set -eux
cd "$(mktemp -d)"
cp /usr/share/doc/libauthlete-fail-dev/examples/fail.c .

# The program in the README, compiled with the command in the README.
sed -n '/^```c$/,/^```$/{//!p}' /packages/README.md >quickstart.c
eval "$(sed -n 's/^    \(cc .* -o quickstart\)$/\1/p' /packages/README.md)"

# dh_strip has not removed the list of crates.
objdump --section-headers /usr/lib/*/libauthlete_fail.so.0 | grep -q ' \.dep-v0 '

cc -std=c99 -o pkgconfig-shared fail.c $(pkg-config --cflags --libs authlete-fail)
cc -std=c99 -o pkgconfig-static fail.c \
    $(pkg-config --static --cflags --libs authlete-fail | sed 's/-lauthlete_fail/-l:libauthlete_fail.a/')

cat >CMakeLists.txt <<'CMAKE'
cmake_minimum_required(VERSION 3.16)
project(installed C)
find_package(authlete_fail 0.1 REQUIRED)
foreach(kind shared static)
  add_executable(cmake-${kind} fail.c)
  target_link_libraries(cmake-${kind} authlete_fail::${kind})
endforeach()
CMAKE
cmake -S . -B build >cmake.log
cmake --build build >>cmake.log
cp build/cmake-shared build/cmake-static .

mkfifo banner
authlete-fail-sandbox --port 0 >banner &
trap 'kill $!' EXIT
read -r _ _ AUTHLETE_BASE_URL <banner # "listening on URL"
export AUTHLETE_BASE_URL AUTHLETE_SERVICE_APIKEY=21653835348762 AUTHLETE_SERVICE_ACCESSTOKEN=sandbox-access-token

ticket() {
    curl --silent --fail --header "Authorization: Bearer $AUTHLETE_SERVICE_ACCESSTOKEN" \
        --header 'Content-Type: application/json' \
        --data "{\"clientId\":\"26478243745571\",\"clientSecret\":\"sandbox-client-secret\",\"parameters\":\"$2\"}" \
        "$AUTHLETE_BASE_URL/api/$AUTHLETE_SERVICE_APIKEY$1" | sed 's/.*"ticket":"\([^"]*\)".*/\1/'
}

./quickstart "$(ticket /auth/authorization 'response_type=code&client_id=26478243745571&state=s1')" >quickstart.log
grep -q '^HTTP 302$' quickstart.log
grep -q '^Location: .*error=access_denied' quickstart.log
echo "readme: a response"

for program in pkgconfig-shared pkgconfig-static cmake-shared cmake-static; do
    case $program in
    *-shared) ldd $program | grep -q 'libauthlete_fail\.so\.0 => /' ;;
    *-static) if ldd $program | grep authlete_fail; then exit 1; fi ;;
    esac
    ./$program "$(ticket /auth/authorization 'response_type=code&client_id=26478243745571&state=s1')" \
        "$(ticket /auth/token 'grant_type=password&username=john&password=wrong')" \
        "$(ticket /backchannel/authentication 'login_hint=john&scope=openid')" >$program.log ||
        { cat $program.log; exit 1; }
    echo "$program: three responses"
done
