"""The "Deny" button of a consent page, in ASGI."""

import asyncio
import sys
from typing import Any

from authlete_fail import AsyncClient, Error

# [asgi]
client = AsyncClient()
tickets: dict[bytes, str] = {}  # by session cookie; a ticket must not reach the browser


async def application(scope: dict[str, Any], _receive: Any, send: Any) -> None:
    """Respond to the OAuth client."""
    ticket = tickets.pop(dict(scope["headers"])[b"cookie"])
    try:
        reply = await client.authorization(ticket=ticket, reason="DENIED")
    except Error as error:
        reply = error.reply
    await reply.response.asgi(send)


# [/asgi]


async def main() -> None:
    """Stand in for the ASGI server."""
    tickets[b"session=1"] = sys.argv[1]

    async def send(message: dict[str, Any]) -> None:
        print(message)

    await application({"headers": [(b"cookie", b"session=1")]}, None, send)


if __name__ == "__main__":
    asyncio.run(main())
