"""Respond to the OAuth client in any case."""

# [deny]
import logging
from typing import Any

from authlete_fail import Client, Error, Reply, Response, TicketState

logging.basicConfig()  # shows the library's line for each call that failed


def deny(client: Client, ticket: str) -> Response:
    """Return the response to send to the OAuth client."""
    try:
        reply = client.authorization(ticket=ticket, reason="DENIED")
    except Error as error:  # any failure, also a bug in this program (InvalidRequest)
        reply = error.reply
    return reply.response


def may_call_again(reply: Reply[Any]) -> bool:
    """Return whether it is safe to make the same call again.

    A program may do so automatically if may_repeat is True, otherwise after the cause is fixed.
    For the state NONE, this relies on may_repeat alone.
    """
    return reply.may_repeat or reply.ticket_state == TicketState.UNTOUCHED


# [/deny]


# The argument is a ticket, or "token" for a token request, which has no ticket.
if __name__ == "__main__":
    import sys

    with Client() as client:
        if sys.argv[1] == "token":
            try:
                client.call("/auth/token", {"parameters": "grant_type=authorization_code&code=c"})
            except Error as error:
                print("call again:", may_call_again(error.reply))
        else:
            print("HTTP", deny(client, sys.argv[1]).status)
