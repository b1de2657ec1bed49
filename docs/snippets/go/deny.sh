# Acts as a browser: opens the page, and presses "Deny".
curl --silent --show-error --fail --output /dev/null --cookie-jar cookies \
    'http://127.0.0.1:8080/authorize?response_type=code&client_id=26478243745571'
curl --silent --show-error --include --request POST --cookie cookies http://127.0.0.1:8080/deny
