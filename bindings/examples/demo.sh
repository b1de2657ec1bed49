#!/bin/sh
# Runs the three examples against the sandbox, without an account or a network. Called by `make demo`.
set -eu
cd "$(dirname "$0")/../.."

log=$(mktemp)
"$TARGET/debug/authlete-fail-sandbox" --port 0 >"$log" &
sandbox=$!
trap 'kill $sandbox 2>/dev/null; wait $sandbox 2>/dev/null; rm -f "$log"' EXIT
until grep -q '^listening on ' "$log"; do
    kill -0 $sandbox || exit 1
    sleep 0.1
done

unset AUTHLETE_API_VERSION AUTHLETE_SERVICE_APISECRET AUTHLETE_DPOP_KEY AUTHLETE_CLIENT_CERTIFICATE
unset AUTHLETE_FAIL_CONFIG_JSON
export AUTHLETE_BASE_URL=$(sed -n 's/^listening on //p' "$log")
export AUTHLETE_SERVICE_APIKEY=21653835348762
export AUTHLETE_SERVICE_ACCESSTOKEN=sandbox-access-token
export AUTHLETE_FAIL_LIBRARY="$TARGET/release/libauthlete_fail.so"
export PYTHONPATH=bindings/python

# Starts an authorization request, as an authorization server does, and prints its ticket.
ticket() {
    curl --silent --fail-with-body --header "Authorization: Bearer $AUTHLETE_SERVICE_ACCESSTOKEN" \
        --header 'Content-Type: application/json' \
        --data '{"parameters":"response_type=code&client_id=26478243745571&scope=openid&state=af0ifjsldkj"}' \
        "$AUTHLETE_BASE_URL/api/$AUTHLETE_SERVICE_APIKEY/auth/authorization" |
        sed 's/.*"ticket":"\([^"]*\)".*/\1/'
}

run() {
    printf '\n######## %s\n\n' "$1"
    shift
    "$@" "$(ticket)"
}

run 'C: bindings/examples/reject.c' "$TARGET/demo/reject-c"
run 'C++: bindings/examples/reject.cpp' "$TARGET/demo/reject-cpp"
run 'Python: bindings/examples/reject.py' "${PYTHON:-python3}" bindings/examples/reject.py
