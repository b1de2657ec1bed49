"""Log errors, and respond to the OAuth client in any case."""

import logging
import sys

from authlete_fail import Client, Error, Response, TicketState

log = logging.getLogger(__name__)


# [deny]
def deny(client: Client, ticket: str) -> Response:
    """Return the response to send to the OAuth client."""
    try:
        return client.authorization(ticket=ticket, reason="DENIED").response
    except Error as error:
        again = error.reply.ticket_state in (TicketState.UNTOUCHED, TicketState.NONE)
        log.warning("%s (call again: %s)", error, again)
        return error.reply.response


# [/deny]


if __name__ == "__main__":
    logging.basicConfig(format="%(message)s")
    with Client() as client:
        print("HTTP", deny(client, sys.argv[1]).status)
