"""An authorization endpoint in FastAPI. The consent page has only one button: Deny."""

import logging
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape
from typing import Any

from authlete_fail import AsyncClient, Error, Reply
from cachelib import SimpleCache
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.middleware.sessions import SessionMiddleware

# Uvicorn configures only its own loggers.
logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
# Maps a random key to a ticket. The cookie contains the key: a ticket must not reach the browser.
tickets = SimpleCache(threshold=10_000, default_timeout=3600)


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    """Create one client in each process, and close it after the last response."""
    async with AsyncClient() as client:
        yield {"client": client}


app = FastAPI(lifespan=lifespan)
app.add_middleware(
    SessionMiddleware,
    secret_key=os.environ["SECRET_KEY"],
    https_only=True,  # the attribute Secure
    same_site="lax",
    max_age=None,  # until the browser is closed
)


@app.get("/authorize")
async def authorize(request: Request) -> Response:
    """Show the consent page."""
    client: AsyncClient = request.state.client
    parameters = request.scope["query_string"].decode("latin-1")
    try:
        reply = await client.call("/auth/authorization", {"parameters": parameters})
        if reply.action == "NO_INTERACTION":  # prompt=none; this server has no login sessions
            ticket = (reply.document or {})["ticket"]
            reply = await client.authorization(ticket=ticket, reason="NOT_LOGGED_IN")
    except Error as error:
        reply = error.reply
    if reply.action != "INTERACTION":
        return send(reply)
    document = reply.document or {}
    request.session["key"] = key = secrets.token_urlsafe()
    tickets.set(key, document["ticket"])
    name = escape(document["client"].get("clientName") or "An application")
    return page(
        f'<form method="post" action="/deny">\n<input type="hidden" name="key" value="{key}">\n'
        f"<p>{name} asks for access to your account.</p>\n<button>Deny</button>\n</form>"
    )


@app.post("/deny")
async def deny(request: Request) -> Response:
    """Send the user back to the OAuth client."""
    form = await request.form(max_fields=1, max_part_size=1000)
    key = request.session.pop("key", None)
    ticket = tickets.get(key) if key and key == form.get("key") else None
    if ticket is None:  # the form was sent twice, too late, or from an earlier page
        return page("<p>Please return to the application and try again.</p>", 400)
    tickets.delete(key)
    client: AsyncClient = request.state.client
    try:
        reply = await client.authorization(ticket=ticket, reason="DENIED")
    except Error as error:
        reply = error.reply  # the library has logged the cause
    return send(reply)


def send(reply: Reply[Any]) -> Response:
    """Send the library's response. If it is an error, show the user a page instead."""
    if reply.response and reply.response.status < 400:
        response: Response = reply.response.to_starlette()
        return response
    status = reply.response.status if reply.response else 500
    return page("<p>The request failed. Please return to the application.</p>", status)


def page(body: str, status: int = 200) -> Response:
    """Return a page that no other site can frame, and that is not cached."""
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": "frame-ancestors 'none'"}
    return HTMLResponse(f"<!DOCTYPE html>\n<title>Consent</title>\n{body}\n", status, headers)
