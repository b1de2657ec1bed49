"""Respond to the OAuth client in any case."""

import logging
import sys

from authlete_fail import Client, Error, Response

logging.basicConfig()  # shows the library's line for each call that failed


def deny(client: Client, ticket: str) -> Response:
    """Return the response to send to the OAuth client."""
    try:
        reply = client.authorization(ticket=ticket, reason="DENIED")
    except Error as error:  # any failure, also a bug in this program (InvalidRequest)
        reply = error.reply
    return reply.response


if __name__ == "__main__":
    with Client() as client:
        print("HTTP", deny(client, sys.argv[1]).status)
