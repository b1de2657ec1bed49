"""The "Deny" button of a consent page, in WSGI."""

import sys
from typing import Any
from wsgiref.handlers import CGIHandler

from authlete_fail import Client, Error

# [wsgi]
client = Client()
tickets: dict[str, str] = {}  # by session cookie; a ticket must not reach the browser


def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Respond to the OAuth client."""
    ticket = tickets.pop(environ["HTTP_COOKIE"])
    try:
        reply = client.authorization(ticket=ticket, reason="DENIED")
    except Error as error:
        reply = error.reply
    return reply.response.wsgi(start_response)


# [/wsgi]


if __name__ == "__main__":
    tickets["session=1"] = sys.argv[1]
    CGIHandler().run(application)
