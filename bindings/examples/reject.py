"""Reject an authorization request because the user denied access."""

import logging
import sys

from authlete_fail import AuthorizationReasonName, Client, Error, Response

logging.basicConfig()  # shows a line for each call that failed, with the cause
client = Client()  # shared by all threads; configured from the AUTHLETE_* variables


def reject(ticket: str, reason: AuthorizationReasonName) -> Response:
    """Return the response to send to the OAuth client; there is one even if the call fails."""
    try:
        reply = client.authorization(ticket=ticket, reason=reason)
    except Error as error:
        reply = error.reply  # the exception carries the reply; the library has logged the cause
    return reply.response


response = reject(sys.argv[1], "DENIED")
print("HTTP", response.status)
for name, value in response.headers:
    print(f"{name}: {value}")
print(f"\n{response.body.decode()}")
