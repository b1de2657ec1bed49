"""The "Deny" button of a consent page, in ASGI."""

import asyncio
import sys
from typing import Any

from authlete_fail import Client, Error, Response

client = Client()
tickets: dict[bytes, str] = {}  # by session; a ticket is a secret, and stands in no page


def deny(ticket: str) -> Response:
    """Call Authlete, which blocks."""
    try:
        return client.authorization(ticket=ticket, reason="DENIED").response
    except Error as error:
        return error.reply.response


async def application(scope: dict[str, Any], _receive: Any, send: Any) -> None:
    """Answer the OAuth client, from a thread of the pool."""
    ticket = tickets.pop(dict(scope["headers"])[b"cookie"])
    response = await asyncio.to_thread(deny, ticket)
    await response.asgi(send)


async def main() -> None:
    """Play the server."""
    tickets[b"session=1"] = sys.argv[1]

    async def send(message: dict[str, Any]) -> None:
        print(message)

    await application({"headers": [(b"cookie", b"session=1")]}, None, send)


if __name__ == "__main__":
    asyncio.run(main())
