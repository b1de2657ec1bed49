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
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable
from urllib.parse import parse_qsl, unquote_plus

import uvicorn
from authlete import ACCESS_TOKEN, BASE_URL, SERVICE_ID, NoApiResponseError, ask, http_client, text
from authlete_fail import Client, Error, Outcome, Reply
from pages import (
    CONSENT,
    ERROR,
    FORM_POLICY,
    LOGIN,
    NO_STORE,
    consents,
    end_session,
    is_same,
    logins,
    page,
    start_session,
)
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

# Calls that wait for Authlete at once; asyncio's own executor has only a few threads.
CALLS = 64

MAX_BODY = 64 * 1024
MAX_LOGINS = 3

REFUSALS = {"BAD_REQUEST": 400, "INVALID_CLIENT": 401, "UNAUTHORIZED": 401}
SERVER_ERROR = '{"error":"server_error"}'


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
    with client:
        async with http_client() as http:
            yield {"client": client, "http": http}


async def authorize(request: Request) -> Response:
    """Show the login page, unless the OAuth client forbids pages."""
    answer = await ask(request.state.http, "/auth/authorization", {"parameters": request.url.query})
    if answer["action"] == "INTERACTION":
        client = client_name(request, answer)
        session = {"ticket": text(answer, "ticket"), "client": client, "logins": 0}
        return start_session(logins, session, LOGIN)
    if answer["action"] == "NO_INTERACTION":  # prompt=none, and this server remembers no login
        return await fail_authorization(request, text(answer, "ticket"), "NOT_LOGGED_IN")
    return own_answer(answer)


async def login(request: Request) -> Response:
    """Go on to the consent page, or ask again, or end here."""
    form = dict(parse_qsl(await body(request)))
    session = end_session(logins, request, form)
    if session is None:
        return page(ERROR, 400)
    if is_user(form.get("username", ""), form.get("password", "")):
        return start_session(consents, session, CONSENT)
    session["logins"] += 1
    if session["logins"] < MAX_LOGINS:
        return start_session(logins, session, LOGIN)
    return await fail_authorization(request, session["ticket"], "NOT_AUTHENTICATED")


async def consent(request: Request) -> Response:
    """End here too if the user says no."""
    form = dict(parse_qsl(await body(request)))
    session = end_session(consents, request, form)
    if session is None:
        return page(ERROR, 400)
    if form.get("decision") == "allow":
        return outside()
    return await fail_authorization(request, session["ticket"], "DENIED")


async def token(request: Request) -> Response:
    """Check the user's password (grant_type=password)."""
    answer = await ask(request.state.http, "/auth/token", await client_request(request))
    if answer["action"] != "PASSWORD":
        return own_answer(answer)
    if is_user(text(answer, "username"), text(answer, "password")):
        return outside()
    reason = "INVALID_RESOURCE_OWNER_CREDENTIALS"
    return send(await fail(request.state.client.token, text(answer, "ticket"), reason))


async def backchannel_authentication(request: Request) -> Response:
    """Look for the user that a CIBA request names."""
    answer = await ask(
        request.state.http, "/backchannel/authentication", await client_request(request)
    )
    if answer["action"] != "USER_IDENTIFICATION":
        return own_answer(answer)
    if text(answer, "hintType") == "LOGIN_HINT" and text(answer, "hint") == "john":
        return outside()
    call = request.state.client.backchannel_authentication
    return send(await fail(call, text(answer, "ticket"), "UNKNOWN_USER_ID"))


def is_user(username: str, password: str) -> bool:
    """Look into what stands here for a database of users.

    A real one has hashes of passwords (Argon2id, scrypt), and hashes for unknown users too, so
    that the time tells nothing.
    """
    return is_same(password, "secret") & is_same(username, "john")


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


def outside() -> Response:
    """Stand in for what comes after a success."""
    return PlainTextResponse("Issuing is outside this example.\n", 501)


def client_name(request: Request, answer: dict[str, Any]) -> str:
    """Return what the user knows the OAuth client by, or at least its id."""
    client = answer.get("client")
    name = client.get("clientName") if isinstance(client, dict) else None
    return name if isinstance(name, str) else request.query_params.get("client_id", "")


async def server_error(request: Request, _error: Exception) -> Response:
    """Tell a user by a page, an OAuth client by JSON."""
    if request.url.path == "/authorize":
        return page(ERROR, 500)
    return Response(SERVER_ERROR, 500, NO_STORE, media_type="application/json")


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
    action, content = answer["action"], text(answer, "responseContent")
    if action == "LOCATION":
        if not re.fullmatch("[!-~]{1,16384}", content):
            raise NoApiResponseError
        return Response(None, 303, {**NO_STORE, "Location": content})
    if action == "FORM":
        return HTMLResponse(content, 200, {**NO_STORE, "Content-Security-Policy": FORM_POLICY})
    if action not in REFUSALS:
        raise NoApiResponseError
    headers = dict(NO_STORE)
    if REFUSALS[action] == 401:
        headers["WWW-Authenticate"] = 'Basic realm="token"'
    return Response(content, REFUSALS[action], headers, media_type="application/json")


app = Starlette(
    lifespan=lifespan,
    exception_handlers={NoApiResponseError: server_error},
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
