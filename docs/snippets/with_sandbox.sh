#!/bin/sh
# with_sandbox.sh COMMAND…: starts a sandbox, runs a command such as a test suite with the variables AUTHLETE_*,
# and stops the sandbox. The exit status is that of the command.
set -eu
output=$(mktemp)
authlete-fail-sandbox --port 0 >"$output" &
sandbox=$!
trap 'kill $sandbox 2>/dev/null || true; rm "$output"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM # a CI service ends a cancelled job with it; dash runs no EXIT trap for a signal
until grep -q '^listening on ' "$output"; do
    kill -0 $sandbox # ends the script if the sandbox could not start
    sleep 0.1
done
AUTHLETE_BASE_URL=$(sed -n 's/^listening on //p' "$output")
export AUTHLETE_BASE_URL AUTHLETE_SERVICE_APIKEY=21653835348762 AUTHLETE_SERVICE_ACCESSTOKEN=sandbox-access-token
"$@"
