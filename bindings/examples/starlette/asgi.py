"""The front end of an authorization server on Starlette: what it does when a request cannot go on.

python asgi.py --port 8080

Authlete is found by the environment: AUTHLETE_BASE_URL, AUTHLETE_SERVICE_APIKEY and
AUTHLETE_SERVICE_ACCESSTOKEN. The only user is john, password secret.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import binascii
import contextlib
import logging
import os
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable
from urllib.parse import parse_qsl, unquote_plus

import httpx
import uvicorn
from authlete_fail import Client, Error, Outcome, Reply
from cachelib import SimpleCache
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

BASE_URL = os.environ["AUTHLETE_BASE_URL"]
SERVICE_ID = os.environ["AUTHLETE_SERVICE_APIKEY"]
ACCESS_TOKEN = os.environ["AUTHLETE_SERVICE_ACCESSTOKEN"]

# Calls that wait for Authlete at once; asyncio's own executor has only a few threads.
CALLS = 64

MAX_BODY = 64 * 1024

# No form-action: browsers hold redirects after a form to it, and these lead to the OAuth client.
PAGE_POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
# Authlete's page submits its form by an inline script.
FORM_POLICY = "default-src 'none'; base-uri 'none'; script-src 'unsafe-inline'"

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
SERVER_ERROR = '{"error":"server_error"}'
REFUSALS = {
    "BAD_REQUEST": 400,
    "INVALID_CLIENT": 401,
    "UNAUTHORIZED": 401,
    "INTERNAL_SERVER_ERROR": 500,
}

LOGIN = """<title>Log in</title><form method="post" action="/login">
<label>User name <input name="username" autocomplete="username"></label>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<button>Log in</button></form>"""

CONSENT = """<title>Consent</title><form method="post" action="/consent">
<p>An application asks for access to your account.</p>
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button></form>"""

ERROR = "<title>Error</title><p>This cannot go on. Please start again at the application."

logger = logging.getLogger(__name__)

# Tickets by session id, which is all that the user's browser sees. With several processes, Redis.
logins = SimpleCache(threshold=10_000, default_timeout=3600)
consents = SimpleCache(threshold=10_000, default_timeout=3600)


@contextlib.asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[dict[str, Any]]:
    """Make the client once, for all requests."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(CALLS))
    client = Client(
        base_url=BASE_URL,
        service_id=SERVICE_ID,
        access_token=ACCESS_TOKEN,
        location_status=303,  # after a POSTed form the browser must follow with GET
        max_idle_connections=CALLS,
    )
    http = httpx.AsyncClient(
        base_url=f"{BASE_URL}/api/{SERVICE_ID}",
        headers={"Authorization": f"Bearer {ACCESS_TOKEN}"},
        timeout=10,
    )
    with client:
        async with http:
            yield {"client": client, "http": http}


async def authorize(request: Request) -> Response:
    """Show the login page, unless the OAuth client forbids pages."""
    answer = await ask(request, "/auth/authorization", {"parameters": request.url.query})
    if answer["action"] == "INTERACTION":
        return start_session(logins, answer["ticket"], LOGIN)
    if answer["action"] == "NO_INTERACTION":  # prompt=none, and this server remembers no login
        return await fail_authorization(request, answer["ticket"], "NOT_LOGGED_IN")
    return own_answer(answer)


async def login(request: Request) -> Response:
    """Go on to the consent page, or end here."""
    ticket = end_session(logins, request)
    if ticket is None:
        return page(ERROR, 400)
    form = dict(parse_qsl(await body(request)))
    if not is_user(form.get("username"), form.get("password")):
        return await fail_authorization(request, ticket, "NOT_AUTHENTICATED")
    return start_session(consents, ticket, CONSENT)


async def consent(request: Request) -> Response:
    """End here too if the user says no."""
    ticket = end_session(consents, request)
    if ticket is None:
        return page(ERROR, 400)
    form = dict(parse_qsl(await body(request)))
    if form.get("decision") == "allow":
        return outside()
    return await fail_authorization(request, ticket, "DENIED")


async def token(request: Request) -> Response:
    """Check the user's password (grant_type=password)."""
    answer = await ask(request, "/auth/token", await client_request(request))
    if answer["action"] != "PASSWORD":
        return own_answer(answer)
    if is_user(answer["username"], answer["password"]):
        return outside()
    reason = "INVALID_RESOURCE_OWNER_CREDENTIALS"
    return send(await fail(request.state.client.token, answer["ticket"], reason))


async def backchannel_authentication(request: Request) -> Response:
    """Look for the user that a CIBA request names."""
    answer = await ask(request, "/backchannel/authentication", await client_request(request))
    if answer["action"] != "USER_IDENTIFICATION":
        return own_answer(answer)
    if answer["hintType"] == "LOGIN_HINT" and answer["hint"] == "john":
        return outside()
    call = request.state.client.backchannel_authentication
    return send(await fail(call, answer["ticket"], "UNKNOWN_USER_ID"))


def start_session(sessions: SimpleCache, ticket: str, html: str) -> Response:
    """Show a page whose form leads back to the ticket."""
    session_id = secrets.token_urlsafe()
    sessions.set(session_id, ticket)
    response = page(html)
    # Behind HTTPS also secure=True.
    response.set_cookie("session", session_id, httponly=True, samesite="lax")
    return response


def end_session(sessions: SimpleCache, request: Request) -> Any:
    """Return the ticket that the browser's cookie leads to, once; None if there is none."""
    session_id = request.cookies.get("session", "")
    ticket = sessions.get(session_id)
    sessions.delete(session_id)
    return ticket


def is_user(username: Any, password: Any) -> bool:
    """Look into what stands here for a database of users."""
    return (username, password) == ("john", "secret")


async def fail_authorization(request: Request, ticket: str, reason: str) -> Response:
    """Send the user's browser back to the OAuth client, or show why that is impossible."""
    reply = await fail(request.state.client.authorization, ticket, reason)
    if reply.outcome is not Outcome.DELIVERED:
        return page(ERROR, reply.response.status)
    return send(reply)


async def fail(call: Callable[..., Reply], ticket: str, reason: str) -> Reply:
    """Return what to send, whatever happens; the library logs what went wrong."""
    try:
        return await asyncio.to_thread(call, ticket=ticket, reason=reason)
    except Error as error:
        return error.reply


def send(reply: Reply) -> Response:
    """Send the library's response."""
    response = Response(reply.response.body, reply.response.status, dict(reply.response.headers))
    if response.headers.get("Content-Type", "").startswith("text/html"):
        response.headers["Content-Security-Policy"] = FORM_POLICY
    return response


def page(html: str, status: int = 200) -> Response:
    """Show a page of this server's own."""
    headers = {**NO_STORE, "Content-Security-Policy": PAGE_POLICY}
    return HTMLResponse(f"<!DOCTYPE html>\n{html}\n", status, headers)


def outside() -> Response:
    """Stand in for what comes after a success."""
    return PlainTextResponse("Issuing is outside this example.\n", 501)


async def ask(request: Request, path: str, document: dict[str, str]) -> dict[str, Any]:
    """Call an API that issues tickets; no answer counts as Authlete's INTERNAL_SERVER_ERROR."""
    try:
        answer = await request.state.http.post(path, json=document)
        answer.raise_for_status()
        return dict(answer.json())
    except (httpx.HTTPError, ValueError) as error:
        logger.warning("%s: %s", path, type(error).__name__)
        return {"action": "INTERNAL_SERVER_ERROR", "responseContent": SERVER_ERROR}


async def body(request: Request) -> str:
    """Read what was POSTed, up to a limit, which Starlette itself has not."""
    text = b""
    async for chunk in request.stream():
        text += chunk
        if len(text) > MAX_BODY:
            raise HTTPException(413)
    return text.decode(errors="replace")


async def client_request(request: Request) -> dict[str, str]:
    """Return Authlete's request document for what an OAuth client POSTed."""
    document = {"parameters": await body(request)}
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        with contextlib.suppress(binascii.Error, UnicodeDecodeError):
            name, _, password = base64.b64decode(credentials).decode().partition(":")
            document["clientId"] = unquote_plus(name)
            document["clientSecret"] = unquote_plus(password)
    return document


def own_answer(answer: dict[str, Any]) -> Response:
    """Send what Authlete itself makes of a request that gets no ticket."""
    action, content = answer["action"], answer.get("responseContent", SERVER_ERROR)
    if action == "LOCATION":
        return Response(None, 303, {**NO_STORE, "Location": content})
    if action == "FORM":
        return HTMLResponse(content, 200, {**NO_STORE, "Content-Security-Policy": FORM_POLICY})
    if action not in REFUSALS:
        action, content = "INTERNAL_SERVER_ERROR", SERVER_ERROR
    headers = dict(NO_STORE)
    if REFUSALS[action] == 401:
        headers["WWW-Authenticate"] = 'Basic realm="token"'
    return Response(content, REFUSALS[action], headers, media_type="application/json")


app = Starlette(
    lifespan=lifespan,
    routes=[
        Route("/authorize", authorize),
        Route("/login", login, methods=["POST"]),
        Route("/consent", consent, methods=["POST"]),
        Route("/token", token, methods=["POST"]),
        Route("/backchannel/authentication", backchannel_authentication, methods=["POST"]),
    ],
)


def main() -> None:
    """Serve on 127.0.0.1, and say where, as --port 0 leaves it to the system."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8080)
    # Uvicorn raises the signal that ended it anew once all is closed; this is how that ends well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    listener = socket.create_server(("127.0.0.1", parser.parse_args().port), backlog=128)
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    uvicorn.Server(uvicorn.Config(app, access_log=False)).run(sockets=[listener])


if __name__ == "__main__":
    main()
