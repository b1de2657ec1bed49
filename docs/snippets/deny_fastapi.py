"""The "Deny" button of a consent page, in FastAPI."""

import logging

from authlete_fail import AsyncClient, Error
from fastapi import FastAPI, Request, Response

logging.basicConfig()  # uvicorn and gunicorn do not configure the root logger
app = FastAPI()
client = AsyncClient()
tickets: dict[str, str] = {}  # by session cookie; a ticket must not reach the browser


@app.post("/deny")
async def deny(request: Request) -> Response:
    """Respond to the OAuth client."""
    ticket = tickets.pop(request.cookies["session"])
    try:
        reply = await client.authorization(ticket=ticket, reason="DENIED")
    except Error as error:
        reply = error.reply
    return reply.response.to_starlette()
