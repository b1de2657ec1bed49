"""An authorization server on Flask: authorization code flow, CIBA (poll mode) and password grant.

gunicorn.conf.py shows how to run it. The environment: AUTHLETE_BASE_URL, AUTHLETE_SERVICE_APIKEY,
AUTHLETE_SERVICE_ACCESSTOKEN; optionally SECURE_COOKIES=1 (for https) and SESSION_DIR. The only user
is john, password secret.
"""

from __future__ import annotations

import hmac
import logging
import os
import secrets
import tempfile
import time
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

from authlete_fail import Client, Error, Reply
from cachelib import FileSystemCache
from flask import Flask, Response, abort, render_template, request
from werkzeug.datastructures import Headers

# Shared by all threads. May be created before a fork: each worker opens its own connections.
client = Client(
    base_url=os.environ["AUTHLETE_BASE_URL"],
    service_id=os.environ["AUTHLETE_SERVICE_APIKEY"],
    access_token=os.environ["AUTHLETE_SERVICE_ACCESSTOKEN"],
    location_status=303,  # makes the browser use GET after a POST
    log_level="info",
)
app = Flask(__name__, template_folder="../templates")
app.config["MAX_CONTENT_LENGTH"] = 64 * 1024

# Sessions are files, because another worker may receive the next request. Each worker finds the
# same folder, whether or not it was forked after this line. With several machines, use Redis.
DEFAULT = f"{tempfile.gettempdir()}/authlete-fail-flask-{os.getuid()}"
FOLDER = Path(os.environ.get("SESSION_DIR") or DEFAULT)
FOLDER.mkdir(mode=0o700, exist_ok=True)
if FOLDER.lstat().st_uid != os.getuid() or FOLDER.lstat().st_mode & 0o077:
    raise PermissionError(f"{FOLDER} must belong to this user and have mode 0700")
sessions = FileSystemCache(str(FOLDER), threshold=10_000, default_timeout=600)

SECURE_COOKIES = os.environ.get("SECURE_COOKIES") == "1"
COOKIE = "__Host-session" if SECURE_COOKIES else "session"
MAX_LOGINS = 3
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
# No form-action, which browsers also apply to the redirect from a form to the OAuth client.
POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"

request_id: ContextVar[str] = ContextVar("request_id", default="-")


def add_request_id(record: logging.LogRecord) -> bool:
    """Add the request ID to a log line; the library's lines have one too."""
    record.request_id = request_id.get()
    return True


handler = logging.StreamHandler()
handler.addFilter(add_request_id)
log_format = "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"
logging.basicConfig(level=logging.INFO, format=log_format, handlers=[handler])


@app.before_request
def start_request() -> None:
    """Give the request an ID."""
    request_id.set(secrets.token_hex(8))


@app.route("/authorize", methods=["GET", "POST"])
def authorize() -> Response:
    """Show the login page, unless the OAuth client forbids user interaction."""
    sent = request.get_data() if request.method == "POST" else request.query_string
    reply = call("/auth/authorization", parameters=sent.decode("latin-1"))
    document = reply.document or {}
    if reply.action == "INTERACTION":
        name = document["client"].get("clientName") or document["client"]["clientId"]
        session = {"ticket": document["ticket"], "client": str(name), "logins": 0}
        return start_session("login", session)
    if reply.action == "NO_INTERACTION":  # prompt=none; this server has no login sessions
        return fail_authorization(document["ticket"], "NOT_LOGGED_IN")
    return send(reply) if reply.action == "BAD_REQUEST" else send_to_user(reply)


@app.post("/login")
def login() -> Response:
    """Show the consent page, show the login page again, or fail the request."""
    session = end_session("login")
    if is_user(request.form):
        return start_session("consent", {**session, "authTime": int(time.time())})
    session["logins"] += 1
    if session["logins"] < MAX_LOGINS:
        return start_session("login", session)
    return fail_authorization(session["ticket"], "NOT_AUTHENTICATED")


@app.post("/consent")
def consent() -> Response:
    """Issue a code if the user allows access; otherwise, fail the request."""
    session = end_session("consent")
    if request.form.get("decision") != "allow":
        return fail_authorization(session["ticket"], "DENIED")
    issue = {"ticket": session["ticket"], "subject": "john", "authTime": session["authTime"]}
    return send_to_user(call("/auth/authorization/issue", **issue))


@app.post("/token")
def token() -> Response:
    """Send the tokens, which Authlete issues."""
    reply = call("/auth/token", **client_request())
    if reply.action != "PASSWORD":
        return send(reply)
    # Deprecated: RFC 9700 forbids the password grant. New servers omit the rest of this function.
    document = reply.document or {}
    ticket = document["ticket"]
    if is_user(document):
        return send(call("/auth/token/issue", ticket=ticket, subject="john"))
    reason = "INVALID_RESOURCE_OWNER_CREDENTIALS"
    return send(call("/auth/token/fail", ticket=ticket, reason=reason))


@app.post("/backchannel/authentication")
def backchannel_authentication() -> Response:
    """Issue an auth_req_id if the user of a CIBA request exists; otherwise, fail the request."""
    reply = call("/backchannel/authentication", **client_request())
    if reply.action != "USER_IDENTIFICATION":
        return send(reply)
    document = reply.document or {}
    ticket = document["ticket"]
    if (document["hintType"], document["hint"]) != ("LOGIN_HINT", "john"):
        reason = "UNKNOWN_USER_ID"
        return send(call("/backchannel/authentication/fail", ticket=ticket, reason=reason))
    issued = call("/backchannel/authentication/issue", ticket=ticket)
    if issued.action == "OK":
        pending = secrets.token_urlsafe()
        sessions.set(f"ciba {pending}", {**document, "pending": pending})
        sessions.set("ciba newest", pending)
    return send(issued)


@app.get("/ciba")
def ciba() -> Response:
    """Show the newest CIBA request; a real server would ask the user on another device."""
    document = sessions.get(f"ciba {sessions.get('ciba newest')}") or {}
    texts = {"client": document.get("clientName"), "message": document.get("bindingMessage")}
    return page("ciba", pending=document.get("pending"), **texts)


@app.post("/ciba")
def complete_ciba() -> Response:
    """Tell Authlete the user's decision, which the OAuth client gets when it polls."""
    key = f"ciba {request.form.get('request')}"
    document = sessions.get(key)
    if document is None or not is_user(request.form):
        return error_page(400, "unknown request or wrong password")
    sessions.delete(key)
    result = "AUTHORIZED" if request.form.get("decision") == "allow" else "ACCESS_DENIED"
    decision = {"ticket": document["ticket"], "result": result, "subject": "john"}
    reply = call("/backchannel/authentication/complete", **decision)
    return page("done") if reply.action == "NO_ACTION" else send_to_user(reply)


def start_session(name: str, session: dict[str, Any]) -> Response:
    """Show a page, whose form is bound to a new session: another tab or site cannot submit it."""
    cookie, field = secrets.token_urlsafe(), secrets.token_urlsafe()
    sessions.set(f"{name} {cookie} {field}", session)
    response = page(name, page=field, client=session["client"])
    response.set_cookie(COOKIE, cookie, secure=SECURE_COOKIES, httponly=True, samesite="Strict")
    return response


def end_session(name: str) -> dict[str, Any]:
    """Remove and return the session of the cookie and form.

    Two concurrent requests may both get it; Authlete accepts its ticket only once.
    """
    key = f"{name} {request.cookies.get(COOKIE)} {request.form.get('page')}"
    session = sessions.get(key)
    if session is None:
        abort(error_page(400, "no session"))
    sessions.delete(key)
    return dict(session)


def is_user(form: Mapping[str, str]) -> bool:
    """Check a password in constant time; replaces a user database with Argon2id hashes."""
    given = f"{form.get('username')} {form.get('password')}"
    return hmac.compare_digest(given.encode(errors="replace"), b"john secret")


def call(path: str, **members: object) -> Reply[Any]:
    """Call Authlete. The reply has a response to send, even if the call failed."""
    try:
        return client.call(path, members)
    except Error as error:
        logging.warning("%s", error)
        return error.reply


def connect() -> None:
    """Open a connection to Authlete, so that a rejection does not have to."""
    try:
        client.connect()
    except Error as error:
        logging.warning("%s", error)


def fail_authorization(ticket: str, reason: str) -> Response:
    """Redirect to the OAuth client with the error."""
    return send_to_user(call("/auth/authorization/fail", ticket=ticket, reason=reason))


def send_to_user(reply: Reply[Any]) -> Response:
    """Send a redirect or a form. Other responses are not for users: show a page."""
    status = reply.response.status if reply.response else 500
    if status < 400:
        return send(reply)
    return error_page(status, reply.error or f"{reply.action} {reply.result_code}")


def send(reply: Reply[Any]) -> Response:
    """Send the library's response without Flask's default headers."""
    if reply.response is None:  # an action that this server does not support
        abort(500)
    response = Response(reply.response.body, reply.response.status)
    response.headers = Headers(reply.response.headers)
    if response.mimetype == "text/html":  # an inline script submits a form to the OAuth client
        response.headers["Content-Security-Policy"] = f"{POLICY}; script-src 'unsafe-inline'"
    return response


def page(name: str, status: int = 200, **texts: object) -> Response:
    """Show a page; meanwhile, open a connection for the call that may follow."""
    headers = {**NO_STORE, "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
    response = Response(render_template(f"{name}.html", **texts), status, headers)
    response.call_on_close(connect)
    return response


def error_page(status: int, cause: str) -> Response:
    """Log the cause; the page shows only the request ID."""
    logging.warning("error page %d: %s", status, cause)
    return page("error", status, request_id=request_id.get())


@app.errorhandler(500)
def server_error(_error: Exception) -> Response:
    """Send JSON to an OAuth client, a page to a user; Flask has logged the exception."""
    if request.path in ("/token", "/backchannel/authentication"):
        return Response('{"error":"server_error"}', 500, NO_STORE, mimetype="application/json")
    return error_page(500, "internal error")


def client_request() -> dict[str, str]:
    """Return the request to Authlete for a POST from an OAuth client."""
    document = {"parameters": request.get_data(as_text=True)}
    credentials = request.authorization
    if credentials and credentials.type == "basic":
        document["clientId"] = unquote_plus(credentials.username or "")
        document["clientSecret"] = unquote_plus(credentials.password or "")
    return document
