"""Log errors, and respond to the OAuth client in any case."""

import logging
import sys
from typing import Any

from authlete_fail import Client, Error, Reply, Response, TicketState

log = logging.getLogger(__name__)


# [deny]
def may_call_again(reply: Reply[Any]) -> bool:
    """Return whether it is safe to make the same call again.

    A program may do so automatically if may_repeat is True, otherwise after the cause is fixed.
    """
    return reply.may_repeat or reply.ticket_state == TicketState.UNTOUCHED


def deny(client: Client, ticket: str) -> Response:
    """Return the response to send to the OAuth client."""
    try:
        return client.authorization(ticket=ticket, reason="DENIED").response
    except Error as error:
        log.warning("%s (call again: %s)", error, may_call_again(error.reply))
        return error.reply.response


# [/deny]


# The argument is a ticket, or "token" for a token request, which has no ticket.
if __name__ == "__main__":
    logging.basicConfig(format="%(message)s")
    with Client() as client:
        if sys.argv[1] == "token":
            try:
                client.call("/auth/token", {"parameters": "grant_type=authorization_code&code=c"})
            except Error as error:
                print("call again:", may_call_again(error.reply))
        else:
            print("HTTP", deny(client, sys.argv[1]).status)
