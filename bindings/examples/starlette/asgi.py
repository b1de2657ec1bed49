"""An authorization server on Starlette: authorization code flow, CIBA (poll mode), password grant.

To run it: python asgi.py --port 8080 [--secure-cookies]. Calls to Authlete block, so each runs on
a thread. The only user is john, password secret.
"""

import argparse
import asyncio
import base64
import binascii
import contextlib
import hmac
import logging
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any, Callable
from urllib.parse import parse_qsl, unquote_plus

import uvicorn
from authlete_fail import Client, Error, Reply
from cachelib import SimpleCache
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates
from starlette.types import Receive, Scope, Send

CALLS = 64  # the maximum number of concurrent calls; asyncio's default executor has few threads
MAX_BODY = 64 * 1024
client = Client(
    base_url=os.environ["AUTHLETE_BASE_URL"],
    service_id=os.environ["AUTHLETE_SERVICE_APIKEY"],
    access_token=os.environ["AUTHLETE_SERVICE_ACCESSTOKEN"],
    location_status=303,  # makes the browser use GET after a POST
    max_idle_connections=CALLS,
    log_level="info",
)
sessions = SimpleCache(threshold=10_000, default_timeout=600)  # with several processes, use Redis
templates = Jinja2Templates(f"{os.path.dirname(__file__)}/../templates")

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
# No form-action, which browsers also apply to the redirect from a form to the OAuth client.
POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=8080)
parser.add_argument("--secure-cookies", action="store_true", help="for https")
options = parser.parse_args()
COOKIE = "__Host-session" if options.secure_cookies else "session"

request_id: ContextVar[str] = ContextVar("request_id", default="-")


def add_request_id(record: logging.LogRecord) -> bool:
    """Add the request ID to each log line, also to the library's."""
    record.request_id = request_id.get()
    return True


async def authorize(request: Request) -> Response:
    """Show the login page, unless the OAuth client forbids user interaction."""
    parameters = await body(request) if request.method == "POST" else request.url.query
    reply = await call(client.call, "/auth/authorization", {"parameters": parameters})
    document = reply.document or {}
    if reply.action == "INTERACTION":
        name = document["client"].get("clientName") or document["client"]["clientId"]
        session = {"ticket": document["ticket"], "client": str(name), "logins": 0}
        return start_session("login", session)
    if reply.action == "NO_INTERACTION":  # prompt=none; this server has no login sessions
        return await fail_authorization(document["ticket"], "NOT_LOGGED_IN")
    return send(reply) if reply.action == "BAD_REQUEST" else send_to_user(reply)


async def login(request: Request) -> Response:
    """Show the consent page, show the login page again, or fail the request."""
    form = dict(parse_qsl(await body(request)))
    session = end_session("login", request, form)
    if is_user(form):
        return start_session("consent", {**session, "authTime": int(time.time())})
    session["logins"] += 1
    if session["logins"] < 3:
        return start_session("login", session)
    return await fail_authorization(session["ticket"], "NOT_AUTHENTICATED")


async def consent(request: Request) -> Response:
    """Issue a code if the user allows access; otherwise, fail the request."""
    form = dict(parse_qsl(await body(request)))
    session = end_session("consent", request, form)
    if form.get("decision") != "allow":
        return await fail_authorization(session["ticket"], "DENIED")
    issue = {"ticket": session["ticket"], "subject": "john", "authTime": session["authTime"]}
    return send_to_user(await call(client.call, "/auth/authorization/issue", issue))


async def token(request: Request) -> Response:
    """Send the tokens that Authlete issues."""
    reply = await call(client.call, "/auth/token", await client_request(request))
    if reply.action != "PASSWORD":
        return send(reply)
    # Deprecated: RFC 9700 forbids the password grant. New servers do without the following.
    ticket = (reply.document or {})["ticket"]
    if is_user(reply.document):
        issue = {"ticket": ticket, "subject": "john"}
        return send(await call(client.call, "/auth/token/issue", issue))
    reason = "INVALID_RESOURCE_OWNER_CREDENTIALS"
    return send(await call(client.token, {"ticket": ticket, "reason": reason}))


async def backchannel_authentication(request: Request) -> Response:
    """Issue an auth_req_id if the user of a CIBA request exists; otherwise, fail the request."""
    reply = await call(client.call, "/backchannel/authentication", await client_request(request))
    if reply.action != "USER_IDENTIFICATION":
        return send(reply)
    document = reply.document or {}
    ticket = document["ticket"]
    if (document["hintType"], document["hint"]) != ("LOGIN_HINT", "john"):
        failure = {"ticket": ticket, "reason": "UNKNOWN_USER_ID"}
        return send(await call(client.backchannel_authentication, failure))
    issued = await call(client.call, "/backchannel/authentication/issue", {"ticket": ticket})
    if issued.action == "OK":
        document["id"] = secrets.token_urlsafe()
        sessions.set(f"ciba {document['id']}", document)
        sessions.set("newest", document["id"])
    return send(issued)


async def ciba(request: Request) -> Response:
    """Show the newest CIBA request; a real server would ask the user on another device."""
    if request.method == "GET":
        return page("ciba", pending=sessions.get(f"ciba {sessions.get('newest')}"))
    form = dict(parse_qsl(await body(request)))
    key = f"ciba {form.get('request')}"
    pending = sessions.get(key)
    if pending is None or not is_user(form):
        return error_page(400, "unknown request or wrong password")
    sessions.delete(key)
    result = "AUTHORIZED" if form.get("decision") == "allow" else "ACCESS_DENIED"
    decision = {"ticket": pending["ticket"], "result": result, "subject": "john"}
    reply = await call(client.call, "/backchannel/authentication/complete", decision)
    return page("done") if reply.action == "NO_ACTION" else send_to_user(reply)


def start_session(name: str, session: dict[str, Any]) -> Response:
    """Show a page, whose form is bound to a new session: no other tab or site can submit it."""
    cookie, field = secrets.token_urlsafe(), secrets.token_urlsafe()
    sessions.set(f"{name} {cookie} {field}", session)
    response = page(name, page=field, client=session["client"])
    secure = options.secure_cookies
    response.set_cookie(COOKIE, cookie, secure=secure, httponly=True, samesite="strict")
    return response


def end_session(name: str, request: Request, form: dict[str, str]) -> dict[str, Any]:
    """Remove and return the session of the cookie and form."""
    key = f"{name} {request.cookies.get(COOKIE)} {form.get('page')}"
    session = sessions.get(key)
    if session is None:
        raise HTTPException(400, "no session")
    sessions.delete(key)
    return dict(session)


def is_user(form: Any) -> bool:
    """Check a password in constant time; replaces a user database with Argon2id hashes."""
    given = f"{form.get('username')} {form.get('password')}"
    return hmac.compare_digest(given.encode(errors="replace"), b"john secret")


async def call(function: Callable[..., Reply[Any]], *arguments: object) -> Reply[Any]:
    """Call Authlete. The reply has a response to send, even if the call failed."""
    try:
        return await asyncio.to_thread(function, *arguments)
    except Error as error:
        logging.warning("%s", error)
        return error.reply


async def fail_authorization(ticket: str, reason: str) -> Response:
    """Redirect to the OAuth client with the error."""
    return send_to_user(await call(client.authorization, {"ticket": ticket, "reason": reason}))


def send_to_user(reply: Reply[Any]) -> Response:
    """Send a redirect or a form. Other responses are not for users: show a page."""
    status = reply.response.status if reply.response else 500
    if status < 400:
        return send(reply)
    return error_page(status, reply.error or f"{reply.action} {reply.result_code}")


def send(reply: Reply[Any]) -> Response:
    """Send the library's response."""
    if reply.response is None:  # an action that this server does not support
        return Response('{"error":"server_error"}', 500, NO_STORE, media_type="application/json")
    response = Response(reply.response.body, reply.response.status, dict(reply.response.headers))
    if response.headers.get("Content-Type", "").startswith("text/html"):  # FORM has a script
        response.headers["Content-Security-Policy"] = f"{POLICY}; script-src 'unsafe-inline'"
    return response


def page(name: str, status: int = 200, **texts: Any) -> Response:
    """Return one of this server's pages."""
    headers = {**NO_STORE, "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
    html = templates.get_template(f"{name}.html").render(texts)
    # A rejection may follow: open a connection while the user reads the page.
    background = BackgroundTask(call, client.connect) if status == 200 else None
    return HTMLResponse(html, status, headers, background=background)


def error_page(status: int, cause: str) -> Response:
    """Log the cause; the page shows only the request ID."""
    logging.warning("error page %d: %s", status, cause)
    return page("error", status, request_id=request_id.get())


async def show_error(_request: Request, error: Exception) -> Response:
    """Show an error page; Uvicorn logs exceptions with their tracebacks."""
    return error_page(getattr(error, "status_code", 500), str(error))


async def body(request: Request) -> str:
    """Read the body, up to a limit; Starlette itself has none."""
    content = b""
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAX_BODY:
            raise HTTPException(413)
    return content.decode(errors="replace")


async def client_request(request: Request) -> dict[str, str]:
    """Return the request to Authlete for a POST from an OAuth client."""
    document = {"parameters": await body(request)}
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        with contextlib.suppress(binascii.Error, UnicodeDecodeError):
            name, _, password = base64.b64decode(credentials).decode().partition(":")
            document |= {"clientId": unquote_plus(name), "clientSecret": unquote_plus(password)}
    return document


@contextlib.asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[None]:
    """Prepare the threads for the calls; close the client at the end."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(CALLS))
    with client:
        yield


routes = [
    Route("/authorize", authorize, methods=["GET", "POST"]),
    Route("/login", login, methods=["POST"]),
    Route("/consent", consent, methods=["POST"]),
    Route("/token", token, methods=["POST"]),
    Route("/backchannel/authentication", backchannel_authentication, methods=["POST"]),
    Route("/ciba", ciba, methods=["GET", "POST"]),
]
starlette = Starlette(
    routes=routes, lifespan=lifespan, exception_handlers={400: show_error, 500: show_error}
)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Give each request an ID."""
    request_id.set(secrets.token_hex(8))
    await starlette(scope, receive, send)


def main() -> None:
    """Serve on 127.0.0.1, and print the port, which the system chooses for --port 0."""
    handler = logging.StreamHandler()
    handler.addFilter(add_request_id)
    log_format = "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"
    logging.basicConfig(level=logging.INFO, format=log_format, handlers=[handler])
    # Uvicorn raises the signal again after its shutdown; this handler makes the exit status 0.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    listener = socket.create_server(("127.0.0.1", options.port), backlog=128)
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(app, access_log=False, log_config=None)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
