"""An authorization server on Flask: authorization code flow, CIBA (poll mode) and password grant.

gunicorn.conf.py shows how to run it. Optional environment variables: SECURE_COOKIES=1 (for https),
SESSION_DIR, LOG_LEVEL (error, warn, info or debug). The only user is john, password secret.
"""

import logging
import os
import secrets
import tempfile
import time
from contextvars import copy_context
from pathlib import Path
from typing import Any, Callable
from urllib.parse import unquote_plus

from authlete_fail import Client, Error, Reply
from cachelib import FileSystemCache
from flask import Flask, Response, abort, g, has_app_context, render_template, request
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException

LOG_LEVEL: Any = os.getenv("LOG_LEVEL", "info")  # of the library and of this server
# Shared by all threads. May be created before a fork: each worker opens its own connections.
client = Client(
    base_url=os.environ["AUTHLETE_BASE_URL"],
    service_id=os.environ["AUTHLETE_SERVICE_APIKEY"],
    access_token=os.environ["AUTHLETE_SERVICE_ACCESSTOKEN"],
    location_status=303,  # makes the browser use GET after a POST
    log_level=LOG_LEVEL,
)
app = Flask(__name__, template_folder="../templates")
app.config["MAX_CONTENT_LENGTH"] = 64 * 1024

# Sessions are files, because another worker may receive the next request. Each worker finds the
# same folder, whether or not it was forked after this line. With several machines, use Redis.
FOLDER = Path(os.getenv("SESSION_DIR") or f"{tempfile.gettempdir()}/flask-example-{os.getuid()}")
FOLDER.mkdir(mode=0o700, exist_ok=True)
if FOLDER.lstat().st_uid != os.getuid() or FOLDER.lstat().st_mode & 0o077:
    raise PermissionError(f"{FOLDER} must belong to this user and have mode 0700")
sessions = FileSystemCache(str(FOLDER), threshold=10_000, default_timeout=600)

SECURE_COOKIES = os.getenv("SECURE_COOKIES") == "1"
COOKIE = "__Host-session" if SECURE_COOKIES else "session"
# No form-action: browsers also apply it to the redirect from a form to the OAuth client.
POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"


def request_id() -> str:
    """Return the ID of the current request."""
    return str(g.setdefault("id", secrets.token_hex(8))) if has_app_context() else "-"


def add_request_id(record: logging.LogRecord) -> bool:
    """Add the request ID to each log line, including those of the library."""
    record.request_id = request_id()
    return True


FORMAT = "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"
logging.basicConfig(level=LOG_LEVEL.upper(), format=FORMAT)
logging.getLogger().handlers[0].addFilter(add_request_id)


@app.route("/authorize", methods=["GET", "POST"])
def authorize() -> Response:
    """Show the login page, unless the OAuth client forbids user interaction."""
    sent = request.get_data() if request.method == "POST" else request.query_string
    reply = call(client.call, "/auth/authorization", {"parameters": sent.decode("latin-1")})
    document = reply.document or {}
    if reply.action == "INTERACTION":
        name = document["client"].get("clientName") or document["client"]["clientId"]
        session = {"ticket": document["ticket"], "client": str(name), "logins": 0}
        return start_session("login", session)
    if reply.action == "NO_INTERACTION":  # prompt=none; this server has no login sessions
        return send(fail(client.authorization, document, "NOT_LOGGED_IN"), to_user=True)
    return send(reply, to_user=True)


@app.post("/login")
def login() -> Response:
    """Show the consent page, show the login page again, or fail the request."""
    session = end_session(f"login {request.cookies.get(COOKIE)} {request.form.get('page')}")
    if is_user(request.form):
        return start_session("consent", {**session, "authTime": int(time.time())})
    if session["logins"] < 2:
        return start_session("login", {**session, "logins": session["logins"] + 1})
    return send(fail(client.authorization, session, "NOT_AUTHENTICATED"), to_user=True)


@app.post("/consent")
def consent() -> Response:
    """Issue a code if the user allows access; otherwise, fail the request."""
    session = end_session(f"consent {request.cookies.get(COOKIE)} {request.form.get('page')}")
    if request.form.get("decision") != "allow":
        return send(fail(client.authorization, session, "DENIED"), to_user=True)
    issue = {"ticket": session["ticket"], "subject": "john", "authTime": session["authTime"]}
    return send(call(client.call, "/auth/authorization/issue", issue), to_user=True)


@app.post("/token")
def token() -> Response:
    """Send the tokens that Authlete issues."""
    reply = call(client.call, "/auth/token", client_request())
    if reply.action != "PASSWORD":
        return send(reply)
    # Deprecated: RFC 9700 forbids the password grant. New servers do not need the rest.
    document = reply.document or {}
    if is_user(document):
        issue = {"ticket": document["ticket"], "subject": "john"}
        return send(call(client.call, "/auth/token/issue", issue))
    return send(fail(client.token, document, "INVALID_RESOURCE_OWNER_CREDENTIALS"))


@app.post("/backchannel/authentication")
def backchannel_authentication() -> Response:
    """Issue an auth_req_id if the user of a CIBA request exists; otherwise, fail the request."""
    reply = call(client.call, "/backchannel/authentication", client_request())
    if reply.action != "USER_IDENTIFICATION":
        return send(reply)
    document = reply.document or {}
    if (document["hintType"], document["hint"]) != ("LOGIN_HINT", "john"):
        return send(fail(client.backchannel_authentication, document, "UNKNOWN_USER_ID"))
    issue = {"ticket": document["ticket"]}
    issued = call(client.call, "/backchannel/authentication/issue", issue)
    if issued.action == "OK":
        document["id"] = secrets.token_urlsafe()
        sessions.set_many({f"ciba {document['id']}": document, "newest": document["id"]})
    return send(issued)


@app.get("/ciba")
def ciba() -> Response:
    """Show the newest CIBA request; a real server would ask the user on another device."""
    return page("ciba", pending=sessions.get(f"ciba {sessions.get('newest')}"))


@app.post("/ciba")
def complete_ciba() -> Response:
    """Tell Authlete the user's decision, for which the OAuth client polls."""
    if not is_user(request.form):
        abort(403, "wrong password")
    pending = end_session(f"ciba {request.form.get('request')}")
    result = "AUTHORIZED" if request.form.get("decision") == "allow" else "ACCESS_DENIED"
    decision = {"ticket": pending["ticket"], "result": result, "subject": "john"}
    reply = call(client.call, "/backchannel/authentication/complete", decision)
    return page("done") if reply.action == "NO_ACTION" else send(reply, to_user=True)


def start_session(name: str, session: dict[str, Any]) -> Response:
    """Show a page whose form is bound to a new session: no other tab or site can submit it."""
    cookie, field = secrets.token_urlsafe(), secrets.token_urlsafe()
    sessions.set(f"{name} {cookie} {field}", session)
    response = page(name, page=field, client=session["client"])
    response.set_cookie(COOKIE, cookie, secure=SECURE_COOKIES, httponly=True, samesite="Strict")
    return response


def end_session(key: str) -> dict[str, Any]:
    """Remove and return a session."""
    if (session := sessions.get(key)) is None:
        abort(400, "no session")
    sessions.delete(key)  # two requests may both get it, but Authlete accepts its ticket only once
    return dict(session)


def is_user(form: Any) -> bool:
    """Check a password in constant time. A real server has a database with Argon2id hashes."""
    given = f"{form.get('username')} {form.get('password')}"
    return secrets.compare_digest(given.encode(errors="replace"), b"john secret")


def call(function: Callable[..., Reply[Any]], *arguments: object) -> Reply[Any]:
    """Call Authlete. The reply has a response to send, even if the call failed."""
    try:
        return function(*arguments)
    except Error as error:
        return error.reply  # the library has logged the cause


def fail(function: Callable[..., Reply[Any]], session: Any, reason: str) -> Reply[Any]:
    """Fail the request to which the ticket of a session belongs."""
    return call(function, {"ticket": session["ticket"], "reason": reason})


def send(reply: Reply[Any], to_user: bool = False) -> Response:
    """Send the library's response; to a user, show an error page instead of an error response."""
    status = reply.response.status if reply.response else 500
    if to_user and status >= 400:
        abort(status, f"{reply.status.name} {reply.action} {reply.result_code}")
    if not reply.response:  # an action that this server does not support
        return Response('{"error":"server_error"}', 500, mimetype="application/json")
    response = Response(reply.response.body, status)
    response.headers = Headers(reply.response.headers)  # without Flask's default Content-Type
    if response.mimetype == "text/html":  # FORM has a script
        response.headers["Content-Security-Policy"] = f"{POLICY}; script-src 'unsafe-inline'"
    return response


def page(name: str, status: int = 200, **texts: Any) -> Response:
    """Show a page, then open a connection for the call that its form may cause."""
    headers = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    headers |= {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
    response = Response(render_template(f"{name}.html", **texts), status, headers)
    if status == 200:
        context = copy_context()  # with the request ID, for the log
        response.call_on_close(lambda: context.run(call, client.connect))
    return response


@app.errorhandler(400)
@app.errorhandler(403)
@app.errorhandler(500)
def show_error(error: HTTPException) -> Response:
    """Log the cause, and show a page with the request ID. Flask logs tracebacks."""
    logging.warning("error page: %s %s", error.code, error.description)
    return page("error", error.code or 500, request_id=request_id())


def client_request() -> dict[str, str]:
    """Return the request to Authlete for a POST from an OAuth client."""
    document = {"parameters": request.get_data(as_text=True)}
    if (basic := request.authorization) and basic.type == "basic":
        document["clientId"] = unquote_plus(basic.username or "")
        document["clientSecret"] = unquote_plus(basic.password or "")
    return document


call(client.connect)  # a parent connects before it forks, so that workers know Authlete's addresses
