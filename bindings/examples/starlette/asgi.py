"""The front end of an authorization server on Starlette.

It shows every way in which a request fails.

python asgi.py --port 8080

It reads the environment variables AUTHLETE_BASE_URL, AUTHLETE_SERVICE_APIKEY and
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
from authlete import (
    ACCESS_TOKEN,
    BASE_URL,
    SERVICE_ID,
    NoApiResponseError,
    call_authlete,
    http_client,
    text,
)
from authlete_fail import Client, Error, Outcome, Reply
from pages import (
    CONSENT,
    ERROR,
    FORM_POLICY,
    LOGIN,
    NO_STORE,
    consents,
    end_session,
    equals,
    logins,
    page,
    start_session,
)
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

# The maximum number of concurrent calls. The default executor of asyncio has only a few threads.
CALLS = 64

MAX_BODY = 64 * 1024
MAX_LOGINS = 3

ERROR_STATUSES = {"BAD_REQUEST": 400, "INVALID_CLIENT": 401, "UNAUTHORIZED": 401}
SERVER_ERROR = '{"error":"server_error"}'


@contextlib.asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[dict[str, Any]]:
    """Create the client once, for all requests."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(CALLS))
    client = Client(
        base_url=BASE_URL,
        service_id=SERVICE_ID,
        access_token=ACCESS_TOKEN,
        location_status=303,  # makes the browser use GET after a POST
        max_idle_connections=CALLS,
    )
    with client:
        async with http_client() as http:
            yield {"client": client, "http": http}


async def authorize(request: Request) -> Response:
    """Show the login page, unless the OAuth client forbids user interaction."""
    api_response = await call_authlete(
        request.state.http, "/auth/authorization", {"parameters": request.url.query}
    )
    if api_response["action"] == "INTERACTION":
        client = client_name(request, api_response)
        session = {"ticket": text(api_response, "ticket"), "client": client, "logins": 0}
        return start_session(logins, session, LOGIN)
    if api_response["action"] == "NO_INTERACTION":  # prompt=none; no login sessions
        return await fail_authorization(request, text(api_response, "ticket"), "NOT_LOGGED_IN")
    return send_api_response(api_response)


async def login(request: Request) -> Response:
    """Show the consent page, show the login page again, or fail the request."""
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
    """Fail the request if the user denies access."""
    form = dict(parse_qsl(await body(request)))
    session = end_session(consents, request, form)
    if session is None:
        return page(ERROR, 400)
    if form.get("decision") == "allow":
        return not_implemented()
    return await fail_authorization(request, session["ticket"], "DENIED")


async def token(request: Request) -> Response:
    """Check the user's password (grant_type=password)."""
    api_response = await call_authlete(
        request.state.http, "/auth/token", await client_request(request)
    )
    if api_response["action"] != "PASSWORD":
        return send_api_response(api_response)
    if is_user(text(api_response, "username"), text(api_response, "password")):
        return not_implemented()
    reason = "INVALID_RESOURCE_OWNER_CREDENTIALS"
    return send(await fail(request.state.client.token, text(api_response, "ticket"), reason))


async def backchannel_authentication(request: Request) -> Response:
    """Look up the user of a CIBA request."""
    api_response = await call_authlete(
        request.state.http, "/backchannel/authentication", await client_request(request)
    )
    if api_response["action"] != "USER_IDENTIFICATION":
        return send_api_response(api_response)
    if text(api_response, "hintType") == "LOGIN_HINT" and text(api_response, "hint") == "john":
        return not_implemented()
    call = request.state.client.backchannel_authentication
    return send(await fail(call, text(api_response, "ticket"), "UNKNOWN_USER_ID"))


def is_user(username: str, password: str) -> bool:
    """Check a password; replaces a user database.

    A real database stores password hashes (Argon2id, scrypt). The server also computes and compares
    a hash for unknown users, so that response times do not reveal which users exist.
    """
    return equals(password, "secret") & equals(username, "john")


async def fail_authorization(request: Request, ticket: str, reason: str) -> Response:
    """Redirect to the OAuth client with the error; without a verified redirect URI show a page."""
    reply = await fail(request.state.client.authorization, ticket, reason)
    if reply.outcome is not Outcome.DELIVERED:
        return page(ERROR, reply.response.status)
    return send(reply)


async def fail(call: Callable[..., Reply], ticket: str, reason: str) -> Reply:
    """Return the reply, even if the call fails; the library logs the error."""
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


def not_implemented() -> Response:
    """Replace the steps after a success, which are outside this example."""
    return PlainTextResponse("This example issues no codes or tokens.\n", 501)


def client_name(request: Request, api_response: dict[str, Any]) -> str:
    """Return the name of the OAuth client, or its ID if it has none."""
    client = api_response.get("client")
    name = client.get("clientName") if isinstance(client, dict) else None
    return name if isinstance(name, str) else request.query_params.get("client_id", "")


async def server_error(request: Request, _error: Exception) -> Response:
    """Send a page to a user, JSON to an OAuth client."""
    if request.url.path == "/authorize":
        return page(ERROR, 500)
    return Response(SERVER_ERROR, 500, NO_STORE, media_type="application/json")


async def body(request: Request) -> str:
    """Read the body, up to a limit; Starlette itself has none."""
    text = b""
    async for chunk in request.stream():
        text += chunk
        if len(text) > MAX_BODY:
            raise HTTPException(413)
    return text.decode(errors="replace")


async def client_request(request: Request) -> dict[str, str]:
    """Return the request to Authlete for a POST from an OAuth client."""
    document = {"parameters": await body(request)}
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        with contextlib.suppress(binascii.Error, UnicodeDecodeError):
            name, _, password = base64.b64decode(credentials).decode().partition(":")
            document["clientId"] = unquote_plus(name)
            document["clientSecret"] = unquote_plus(password)
    return document


def send_api_response(api_response: dict[str, Any]) -> Response:
    """Send the response that Authlete specifies for a request without a ticket."""
    action, content = api_response["action"], text(api_response, "responseContent")
    if action == "LOCATION":
        if not re.fullmatch("[!-~]{1,16384}", content):
            raise NoApiResponseError
        return Response(None, 303, {**NO_STORE, "Location": content})
    if action == "FORM":
        return HTMLResponse(content, 200, {**NO_STORE, "Content-Security-Policy": FORM_POLICY})
    if action not in ERROR_STATUSES:
        raise NoApiResponseError
    headers = dict(NO_STORE)
    if ERROR_STATUSES[action] == 401:
        headers["WWW-Authenticate"] = 'Basic realm="token"'
    return Response(content, ERROR_STATUSES[action], headers, media_type="application/json")


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
    """Serve on 127.0.0.1, and print the port, which the system chooses for --port 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8080)
    # Uvicorn raises the signal again after its shutdown; this handler makes the exit status 0.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    listener = socket.create_server(("127.0.0.1", parser.parse_args().port), backlog=128)
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    uvicorn.Server(uvicorn.Config(app, access_log=False)).run(sockets=[listener])


if __name__ == "__main__":
    main()
