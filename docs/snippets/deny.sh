# Acts as a browser: opens the consent page of the server at $SERVER, and submits its form.
page=$(curl --silent --show-error --cookie-jar jar \
    "$SERVER/authorize?response_type=code&client_id=26478243745571&state=s1")
echo "$page"
fields=$(echo "$page" | sed -n 's/.*name="\(.*\)" value="\(.*\)".*/\1=\2/p' | paste -sd '&' -)
curl --silent --show-error --cookie jar --include --data "$fields" "$SERVER/deny"
