"""Start an authorization request: respond to it, or let the user log in."""

import sys
from typing import Any

from authlete_fail import Client, Error, Response

client = Client()


def respond(response: Response) -> None:
    """Stand in for the server."""
    print("send HTTP", response.status)


def show_login_page(document: dict[str, Any]) -> None:
    """Stand in for the server, which also remembers document["ticket"] in the user's session."""
    print("log in to", document["client"]["clientName"])


# [call]
def authorize(parameters: str) -> None:
    """Handle an authorization request."""
    try:
        reply = client.call("/auth/authorization", {"parameters": parameters}, timeout_ms=5000)
        document = reply.document or {}
        if reply.response is not None:  # Authlete's action says what to send
            respond(reply.response)
        elif reply.action == "NO_INTERACTION":  # prompt=none, but no user is logged in
            ticket = document["ticket"]
            respond(client.authorization(ticket=ticket, reason="NOT_LOGGED_IN").response)
        else:  # INTERACTION
            show_login_page(document)
    except Error as error:
        respond(error.reply.response)


# [/call]


authorize(sys.argv[1])
