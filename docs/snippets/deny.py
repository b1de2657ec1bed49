"""Fail an authorization request because the user denied access."""

import sys

# [deny]
from authlete_fail import Client, Error, Response

client = Client()  # for all threads; reads AUTHLETE_* variables


def deny(ticket: str) -> Response:
    """Return the response to send to the OAuth client."""
    try:
        reply = client.authorization(ticket=ticket, reason="DENIED")
    except Error as error:  # for example, Authlete is down
        reply = error.reply
    return reply.response  # status, headers and body


# [/deny]


response = deny(sys.argv[1])
print("HTTP", response.status)
for name, value in response.headers:
    print(f"{name}: {value}")
