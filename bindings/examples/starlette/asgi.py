"""An authorization server on Starlette: authorization code flow, CIBA (poll mode), password grant.

To run it: python asgi.py --port 8080. Optional environment variables: SECURE_COOKIES=1 (for https),
LOG_LEVEL (error, warn, info or debug). The only user is john, password secret.
"""

import argparse
import asyncio
import base64
import contextlib
import logging
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Coroutine
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Callable
from urllib.parse import parse_qsl, unquote_plus

import uvicorn
from authlete_fail import AsyncClient, Error, Reply
from cachelib import SimpleCache
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates

LOG_LEVEL: Any = os.getenv("LOG_LEVEL", "info")  # of the library and of this server
client = AsyncClient(
    base_url=os.environ["AUTHLETE_BASE_URL"],
    service_id=os.environ["AUTHLETE_SERVICE_APIKEY"],
    access_token=os.environ["AUTHLETE_SERVICE_ACCESSTOKEN"],
    location_status=303,  # makes the browser use GET after a POST
    log_level=LOG_LEVEL,
    max_threads=128,
)
sessions = SimpleCache(threshold=10_000, default_timeout=600)  # with several processes, use Redis
templates = Jinja2Templates(Path(__file__).parent.with_name("templates"))
# No form-action: browsers also apply it to the redirect from a form to the OAuth client.
POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
SECURE_COOKIES = os.getenv("SECURE_COOKIES") == "1"
COOKIE = "__Host-session" if SECURE_COOKIES else "session"
Call = Callable[..., Coroutine[Any, Any, Reply[Any]]]
request_id: ContextVar[str] = ContextVar("request_id", default="-")


def add_request_id(record: logging.LogRecord) -> bool:
    """Add the request ID to each log line, including those of the library."""
    record.request_id = request_id.get()
    return True


async def authorize(request: Request) -> Response:
    """Show the login page, unless the OAuth client forbids user interaction."""
    parameters = await receive(request) or request.url.query  # POST or GET
    reply = await call(client.call, "/auth/authorization", {"parameters": parameters})
    document = reply.document or {}
    if reply.action == "INTERACTION":
        name = document["client"].get("clientName") or document["client"]["clientId"]
        session = {"ticket": document["ticket"], "client": str(name), "logins": 0}
        return start_session("login", session)
    if reply.action == "NO_INTERACTION":  # prompt=none; this server has no login sessions
        return send(await fail(client.authorization, document, "NOT_LOGGED_IN"), to_user=True)
    return send(reply, to_user=True)


async def login(request: Request) -> Response:
    """Show the consent page, show the login page again, or fail the request."""
    form = dict(parse_qsl(await receive(request)))
    session = end_session(f"login {request.cookies.get(COOKIE)} {form.get('page')}")
    if is_user(form):
        return start_session("consent", {**session, "authTime": int(time.time())})
    if session["logins"] < 2:
        return start_session("login", {**session, "logins": session["logins"] + 1})
    return send(await fail(client.authorization, session, "NOT_AUTHENTICATED"), to_user=True)


async def consent(request: Request) -> Response:
    """Issue a code if the user allows access; otherwise, fail the request."""
    form = dict(parse_qsl(await receive(request)))
    session = end_session(f"consent {request.cookies.get(COOKIE)} {form.get('page')}")
    if form.get("decision") != "allow":
        return send(await fail(client.authorization, session, "DENIED"), to_user=True)
    issue = {"ticket": session["ticket"], "subject": "john", "authTime": session["authTime"]}
    return send(await call(client.call, "/auth/authorization/issue", issue), to_user=True)


async def token(request: Request) -> Response:
    """Send the tokens that Authlete issues."""
    reply = await call(client.call, "/auth/token", await client_request(request))
    if reply.action != "PASSWORD":
        return send(reply)
    # Deprecated: RFC 9700 forbids the password grant. New servers do not need the rest.
    document = reply.document or {}
    if is_user(document):
        issue = {"ticket": document["ticket"], "subject": "john"}
        return send(await call(client.call, "/auth/token/issue", issue))
    return send(await fail(client.token, document, "INVALID_RESOURCE_OWNER_CREDENTIALS"))


async def backchannel_authentication(request: Request) -> Response:
    """Issue an auth_req_id if the user of a CIBA request exists; otherwise, fail the request."""
    reply = await call(client.call, "/backchannel/authentication", await client_request(request))
    if reply.action != "USER_IDENTIFICATION":
        return send(reply)
    document = reply.document or {}
    if (document["hintType"], document["hint"]) != ("LOGIN_HINT", "john"):
        return send(await fail(client.backchannel_authentication, document, "UNKNOWN_USER_ID"))
    issue = {"ticket": document["ticket"]}
    issued = await call(client.call, "/backchannel/authentication/issue", issue)
    if issued.action == "OK":
        document["id"] = secrets.token_urlsafe()
        sessions.set_many({f"ciba {document['id']}": document, "newest": document["id"]})
    return send(issued)


async def ciba(request: Request) -> Response:
    """Show the newest CIBA request; a real server would ask the user on another device."""
    form = dict(parse_qsl(await receive(request)))
    if request.method == "GET":
        return page("ciba", pending=sessions.get(f"ciba {sessions.get('newest')}"))
    if not is_user(form):
        raise HTTPException(403, "wrong password")
    pending = end_session(f"ciba {form.get('request')}")
    result = "AUTHORIZED" if form.get("decision") == "allow" else "ACCESS_DENIED"
    decision = {"ticket": pending["ticket"], "result": result, "subject": "john"}
    reply = await call(client.call, "/backchannel/authentication/complete", decision)
    return page("done") if reply.action == "NO_ACTION" else send(reply, to_user=True)


def start_session(name: str, session: dict[str, Any]) -> Response:
    """Show a page whose form is bound to a new session: no other tab or site can submit it."""
    cookie, field = secrets.token_urlsafe(), secrets.token_urlsafe()
    sessions.set(f"{name} {cookie} {field}", session)
    response = page(name, page=field, client=session["client"])
    response.set_cookie(COOKIE, cookie, secure=SECURE_COOKIES, httponly=True, samesite="strict")
    return response


def end_session(key: str) -> dict[str, Any]:
    """Remove and return a session."""
    if (session := sessions.get(key)) is None:
        raise HTTPException(400, "no session")
    sessions.delete(key)
    return dict(session)


def is_user(form: Any) -> bool:
    """Check a password in constant time. A real server has a database with Argon2id hashes."""
    given = f"{form.get('username')} {form.get('password')}"
    return secrets.compare_digest(given.encode(errors="replace"), b"john secret")


async def call(function: Call, *arguments: object) -> Reply[Any]:
    """Call Authlete. The reply has a response to send, even if the call failed."""
    try:
        return await function(*arguments)
    except Error as error:
        return error.reply  # the library has logged the cause


async def fail(function: Call, session: Any, reason: str) -> Reply[Any]:
    """Fail the request to which the ticket of a session belongs."""
    return await call(function, {"ticket": session["ticket"], "reason": reason})


def send(reply: Reply[Any], to_user: bool = False) -> Response:
    """Send the library's response; to a user, show an error page instead of an error response."""
    status = reply.response.status if reply.response else 500
    if to_user and status >= 400:
        raise HTTPException(status, f"{reply.status.name} {reply.action} {reply.result_code}")
    if not reply.response:  # an action that this server does not support
        return Response('{"error":"server_error"}', 500, media_type="application/json")
    response: Response = reply.response.to_starlette()
    if response.headers.get("Content-Type", "").startswith("text/html"):  # FORM has a script
        response.headers["Content-Security-Policy"] = f"{POLICY}; script-src 'unsafe-inline'"
    return response


def page(name: str, status: int = 200, extra: Any = None, **texts: Any) -> Response:
    """Show a page, then open a connection for the call that its form may cause."""
    headers = {"Cache-Control": "no-store", "Pragma": "no-cache", **(extra or {})}
    headers |= {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
    html = templates.get_template(f"{name}.html").render(texts)
    background = BackgroundTask(call, client.connect) if status == 200 else None
    return HTMLResponse(html, status, headers, background=background)


async def show_error(_request: Request, error: Exception) -> Response:
    """Log the cause, and show a page with the request ID. Uvicorn logs tracebacks."""
    logging.warning("error page: %s", error)
    status, headers = getattr(error, "status_code", 500), getattr(error, "headers", None)
    return page("error", status, headers, request_id=request_id.get())


async def receive(request: Request) -> str:
    """Give the request an ID, and read its body up to a limit; Starlette itself has none."""
    request_id.set(secrets.token_hex(8))
    content = b""
    async for chunk in request.stream():
        content += chunk
        if len(content) > 64 * 1024:
            raise HTTPException(413)
    return content.decode(errors="replace")


async def client_request(request: Request) -> dict[str, str]:
    """Return the request to Authlete for a POST from an OAuth client."""
    document = {"parameters": await receive(request)}
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    with contextlib.suppress(ValueError):  # credentials that are not Basic, or are malformed
        pair = base64.b64decode(credentials if scheme.lower() == "basic" else "").decode()
        document["clientId"], document["clientSecret"] = map(unquote_plus, pair.split(":", 1))
    return document


routes = [
    Route("/authorize", authorize, methods=["GET", "POST"]),
    Route("/login", login, methods=["POST"]),
    Route("/consent", consent, methods=["POST"]),
    Route("/token", token, methods=["POST"]),
    Route("/backchannel/authentication", backchannel_authentication, methods=["POST"]),
    Route("/ciba", ciba, methods=["GET", "POST"]),
]
app = Starlette(routes=routes, exception_handlers={HTTPException: show_error, 500: show_error})


async def main() -> None:
    """Serve on 127.0.0.1, and print the port, which the system chooses for --port 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8080)
    listener = socket.create_server(("127.0.0.1", parser.parse_args().port), backlog=128)
    line = "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"
    logging.basicConfig(level=LOG_LEVEL.upper(), format=line)
    logging.getLogger().handlers[0].addFilter(add_request_id)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # Uvicorn raises it again at the end
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    await uvicorn.Server(uvicorn.Config(app, access_log=False, log_config=None)).serve([listener])


if __name__ == "__main__":
    asyncio.run(main())
