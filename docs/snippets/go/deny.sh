# Starts an authorization request as a browser does, and presses "Deny".
curl --silent --show-error --fail --output /dev/null --cookie-jar cookies \
    'http://127.0.0.1:8080/authorize?response_type=code&client_id=26478243745571'
session=$(sed -n 's/.*session\t//p' cookies) # curl does not send a Secure cookie over HTTP
curl --silent --show-error --include --request POST --header "Cookie: session=$session" http://127.0.0.1:8080/deny
