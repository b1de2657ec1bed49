# fail_next FAULT: makes the next API requests that match it fail. In a container, set CONTROL_TOKEN.
fail_next() {
    curl --silent --show-error --fail "$AUTHLETE_BASE_URL/sandbox/faults" --output /dev/null \
        --header "Authorization: Bearer ${CONTROL_TOKEN:-}" --header 'Content-Type: application/json' --data "$1"
}

path='"path": "/auth/authorization/fail"'
fail_next "{$path, \"status\": 503, \"headers\": {\"Retry-After\": \"2\"}}"        # Authlete is down
fail_next "{$path, \"status\": 429, \"headers\": {\"Retry-After\": \"2\"}}"        # a rate limit
fail_next "{$path, \"delayMs\": 60000}"                                            # Authlete is slow
fail_next "{$path, \"disconnect\": \"during\", \"processed\": true}"               # the response is lost
fail_next "{$path, \"disconnect\": \"before\", \"processed\": true, \"times\": 2}" # the response and the retry are lost
fail_next "{$path, \"status\": 200, \"body\": \"<html>\"}"                         # a proxy responds
