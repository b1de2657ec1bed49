#!/bin/sh
# Uses the installed packages as a C developer would: builds the README's program, which is an installed
# example, with the README's command, with pkg-config and with CMake. pkg-config and CMake link the shared
# and the static library; one program is fully static. Runs the programs against the installed sandbox.
set -eux
cd "$(mktemp -d)"
cp /usr/share/doc/libauthlete-fail-dev/examples/reject.c .

sed -n '/^```c$/,/^```$/{//!p}' /packages/README.md | cmp - reject.c
eval "$(sed -n 's/^    \(cc .* -o reject\)$/\1/p' /packages/README.md)"

# dh_strip has not removed the list of crates.
objdump --section-headers /usr/lib/*/libauthlete_fail.so.0 | grep -q ' \.dep-v0 '

cc -std=c99 -o pkgconfig-shared reject.c $(pkg-config --cflags --libs authlete-fail)
cc -std=c99 -o pkgconfig-static reject.c \
    $(pkg-config --static --cflags --libs authlete-fail | sed 's/-lauthlete_fail/-l:libauthlete_fail.a/')
cc -std=c99 -static -o pkgconfig-fully-static reject.c $(pkg-config --static --cflags --libs authlete-fail)

cat >CMakeLists.txt <<'CMAKE'
cmake_minimum_required(VERSION 3.16)
project(installed C)
find_package(authlete_fail 0.2 REQUIRED)
foreach(kind shared static)
  add_executable(cmake-${kind} reject.c)
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
        --data '{"parameters":"response_type=code&client_id=26478243745571&state=s1"}' \
        "$AUTHLETE_BASE_URL/api/$AUTHLETE_SERVICE_APIKEY/auth/authorization" |
        sed 's/.*"ticket":"\([^"]*\)".*/\1/'
}

for program in reject pkgconfig-shared pkgconfig-static pkgconfig-fully-static cmake-shared cmake-static; do
    case $program in
    *-static) if ldd $program | grep authlete_fail; then exit 1; fi ;;
    *) ldd $program | grep -q 'libauthlete_fail\.so\.0 => /' ;;
    esac
    ./$program "$(ticket)" >$program.log
    grep -q '^HTTP 302$' $program.log
    grep -q '^Location: .*error=access_denied' $program.log
    echo "$program: a response"
done
