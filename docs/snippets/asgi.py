"""The "Deny" button of a consent page, in ASGI."""

import asyncio
import sys
from typing import Any

from authlete_fail import Client, Error, Response

client = Client()
tickets: dict[bytes, str] = {}  # by session cookie; a ticket is a secret: keep it out of pages


def deny(ticket: str) -> Response:
    """Call Authlete; this blocks."""
    try:
        return client.authorization(ticket=ticket, reason="DENIED").response
    except Error as error:
        return error.reply.response


async def application(scope: dict[str, Any], _receive: Any, send: Any) -> None:
    """Respond to the OAuth client; the call runs in a thread pool."""
    ticket = tickets.pop(dict(scope["headers"])[b"cookie"])
    response = await asyncio.to_thread(deny, ticket)
    await response.asgi(send)


async def main() -> None:
    """Stand in for the ASGI server."""
    tickets[b"session=1"] = sys.argv[1]

    async def send(message: dict[str, Any]) -> None:
        print(message)

    await application({"headers": [(b"cookie", b"session=1")]}, None, send)


if __name__ == "__main__":
    asyncio.run(main())
