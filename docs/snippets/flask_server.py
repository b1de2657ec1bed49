"""An authorization endpoint in Flask. The consent page has only one button: Deny."""

import logging
import os
import secrets
from html import escape
from typing import Any

from authlete_fail import Client, Error, Reply
from cachelib import FileSystemCache
from flask import Flask, Response, request, session

# Gunicorn configures only its own loggers.
logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
client = Client()  # shared by all threads; may be created before gunicorn forks the workers
# Maps a random key to a ticket. The cookie contains the key: a ticket must not reach the browser.
# In files, because the next request may go to another worker.
tickets = FileSystemCache(os.environ["TICKET_FOLDER"], threshold=10_000, default_timeout=3600)

app = Flask(__name__)
app.config.update(
    SECRET_KEY=os.environ["SECRET_KEY"],  # the same in all workers
    SESSION_COOKIE_SECURE=True,
    SESSION_COOKIE_HTTPONLY=True,
    SESSION_COOKIE_SAMESITE="Lax",
)


@app.get("/authorize")
def authorize() -> Response:
    """Show the consent page."""
    parameters = request.query_string.decode("latin-1")
    try:
        reply = client.call("/auth/authorization", {"parameters": parameters})
        if reply.action == "NO_INTERACTION":  # prompt=none; this server has no login sessions
            ticket = (reply.document or {})["ticket"]
            reply = client.authorization(ticket=ticket, reason="NOT_LOGGED_IN")
    except Error as error:
        reply = error.reply
    if reply.action != "INTERACTION":
        return send(reply)
    document = reply.document or {}
    session["key"] = key = secrets.token_urlsafe()
    tickets.set(key, document["ticket"])
    name = escape(document["client"].get("clientName") or "An application")
    return page(
        f'<form method="post" action="/deny">\n<input type="hidden" name="key" value="{key}">\n'
        f"<p>{name} asks for access to your account.</p>\n<button>Deny</button>\n</form>"
    )


@app.post("/deny")
def deny() -> Response:
    """Send the user back to the OAuth client."""
    key = session.pop("key", None)
    ticket = tickets.get(key) if key and key == request.form.get("key") else None
    if ticket is None:  # the form was sent twice, too late, or from an earlier page
        return page("<p>Please return to the application and try again.</p>", 400)
    tickets.delete(key)
    try:
        reply = client.authorization(ticket=ticket, reason="DENIED")
    except Error as error:
        reply = error.reply  # the library has logged the cause
    return send(reply)


def send(reply: Reply[Any]) -> Response:
    """Send the library's response. If it is an error, show the user a page instead."""
    if reply.response and reply.response.status < 400:
        response: Response = reply.response.to_flask()
        return response
    status = reply.response.status if reply.response else 500
    return page("<p>The request failed. Please return to the application.</p>", status)


def page(body: str, status: int = 200) -> Response:
    """Return a page that no other site can frame, and that is not cached."""
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": "frame-ancestors 'none'"}
    return Response(f"<!DOCTYPE html>\n<title>Consent</title>\n{body}\n", status, headers)
