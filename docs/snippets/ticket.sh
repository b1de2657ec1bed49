# Starts an authorization request at the sandbox, as your server would, and prints the ticket.
api_response=$(curl --silent --show-error --fail "$AUTHLETE_BASE_URL/api/$AUTHLETE_SERVICE_APIKEY/auth/authorization" \
    --header "Authorization: Bearer $AUTHLETE_SERVICE_ACCESSTOKEN" --header 'Content-Type: application/json' \
    --data '{"parameters":"response_type=code&client_id=26478243745571&state=s1"}') || exit 1
echo "$api_response" | sed 's/.*"ticket":"\([^"]*\)".*/\1/'
