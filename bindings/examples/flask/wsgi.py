"""The front end of an authorization server on Flask.

It shows every way in which a request fails.

gunicorn.conf.py shows how to run it. The server reads the environment variables AUTHLETE_BASE_URL,
AUTHLETE_SERVICE_APIKEY and AUTHLETE_SERVICE_ACCESSTOKEN. The only user is john, password secret.
"""

from __future__ import annotations

import hmac
import re
import secrets
import tempfile
from html import escape
from typing import Any, Callable, Optional
from urllib.parse import unquote_plus

from authlete import ACCESS_TOKEN, BASE_URL, SERVICE_ID, NoApiResponseError, call_authlete, text
from authlete_fail import Client, Error, Outcome, Reply
from cachelib import FileSystemCache
from flask import Flask, Response, request
from werkzeug.datastructures import Headers

# Shared by all threads. Created before gunicorn forks; each worker opens its own connections.
client = Client(
    base_url=BASE_URL,
    service_id=SERVICE_ID,
    access_token=ACCESS_TOKEN,
    location_status=303,  # makes the browser use GET after a POST
)

# Tickets by session ID; the browser gets only the ID. Kept in files, because another worker may
# receive the next request. With several machines, use Redis.
SESSIONS = tempfile.mkdtemp(prefix="sessions-")
logins = FileSystemCache(f"{SESSIONS}/logins", threshold=10_000, default_timeout=600)
consents = FileSystemCache(f"{SESSIONS}/consents", threshold=10_000, default_timeout=600)

MAX_LOGINS = 3

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 64 * 1024

# No form-action, which browsers also apply to the redirect from a form to the OAuth client.
PAGE_POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
# The inline script of Authlete's page submits a form.
FORM_POLICY = f"{PAGE_POLICY}; script-src 'unsafe-inline'"

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
SERVER_ERROR = '{"error":"server_error"}'
ERROR_STATUSES = {"BAD_REQUEST": 400, "INVALID_CLIENT": 401, "UNAUTHORIZED": 401}

LOGIN = """<title>Log in</title><form method="post" action="/login">
<input type="hidden" name="page" value="{page}">
<label>User name <input name="username" autocomplete="username"></label>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<button>Log in</button></form>"""

CONSENT = """<title>Consent</title><form method="post" action="/consent">
<input type="hidden" name="page" value="{page}">
<p>{client} asks for access to your account.</p>
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button></form>"""

ERROR = "<title>Error</title><p>The request failed. Please return to the application and try again."


@app.get("/authorize")
def authorize() -> Response:
    """Show the login page, unless the OAuth client forbids user interaction."""
    api_response = call_authlete(
        "/auth/authorization", {"parameters": request.query_string.decode("latin-1")}
    )
    if api_response["action"] == "INTERACTION":
        session = {
            "ticket": text(api_response, "ticket"),
            "client": client_name(api_response),
            "logins": 0,
        }
        return start_session(logins, session, LOGIN)
    if api_response["action"] == "NO_INTERACTION":  # prompt=none; no login sessions
        return fail_authorization(text(api_response, "ticket"), "NOT_LOGGED_IN")
    return send_api_response(api_response)


@app.post("/login")
def login() -> Response:
    """Show the consent page, show the login page again, or fail the request."""
    session = end_session(logins)
    if session is None:
        return page(ERROR, 400)
    if is_user(request.form.get("username", ""), request.form.get("password", "")):
        return start_session(consents, session, CONSENT)
    session["logins"] += 1
    if session["logins"] < MAX_LOGINS:
        return start_session(logins, session, LOGIN)
    return fail_authorization(session["ticket"], "NOT_AUTHENTICATED")


@app.post("/consent")
def consent() -> Response:
    """Fail the request if the user denies access."""
    session = end_session(consents)
    if session is None:
        return page(ERROR, 400)
    if request.form.get("decision") == "allow":
        return not_implemented()
    return fail_authorization(session["ticket"], "DENIED")


@app.post("/token")
def token() -> Response:
    """Check the user's password (grant_type=password)."""
    api_response = call_authlete("/auth/token", client_request())
    if api_response["action"] != "PASSWORD":
        return send_api_response(api_response)
    if is_user(text(api_response, "username"), text(api_response, "password")):
        return not_implemented()
    return send(
        fail(client.token, text(api_response, "ticket"), "INVALID_RESOURCE_OWNER_CREDENTIALS")
    )


@app.post("/backchannel/authentication")
def backchannel_authentication() -> Response:
    """Look up the user of a CIBA request."""
    api_response = call_authlete("/backchannel/authentication", client_request())
    if api_response["action"] != "USER_IDENTIFICATION":
        return send_api_response(api_response)
    if text(api_response, "hintType") == "LOGIN_HINT" and text(api_response, "hint") == "john":
        return not_implemented()
    ticket = text(api_response, "ticket")
    return send(fail(client.backchannel_authentication, ticket, "UNKNOWN_USER_ID"))


def start_session(sessions: FileSystemCache, session: dict[str, Any], html: str) -> Response:
    """Create a session and show a page whose form refers to it."""
    session_id = secrets.token_urlsafe()
    # Binds the form to this page: a form from another tab or site is rejected.
    session["page"] = secrets.token_urlsafe()
    sessions.set(session_id, session)
    response = page(html.format(page=session["page"], client=escape(session["client"])))
    # Behind TLS, name it __Host-session and set secure=True.
    response.set_cookie("session", session_id, httponly=True, samesite="Strict")
    return response


def end_session(sessions: FileSystemCache) -> Optional[dict[str, Any]]:
    """Remove and return the session of the cookie and form; None if they do not match.

    Two concurrent requests may both get it; Authlete accepts its ticket only once.
    """
    session_id = request.cookies.get("session", "")
    session: Optional[dict[str, Any]] = sessions.get(session_id)
    if session is None or not equals(request.form.get("page", ""), session["page"]):
        return None
    sessions.delete(session_id)
    return session


def is_user(username: str, password: str) -> bool:
    """Check a password; replaces a user database.

    A real database stores password hashes (Argon2id, scrypt). The server also computes and compares
    a hash for unknown users, so that response times do not reveal which users exist.
    """
    return equals(password, "secret") & equals(username, "john")


def equals(given: str, right: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(given.encode(errors="replace"), right.encode())


def fail_authorization(ticket: str, reason: str) -> Response:
    """Redirect to the OAuth client with the error; without a verified redirect URI show a page."""
    reply = fail(client.authorization, ticket, reason)
    if reply.outcome is not Outcome.DELIVERED:
        return page(ERROR, reply.response.status)
    return send(reply)


def fail(call: Callable[..., Reply], ticket: str, reason: str) -> Reply:
    """Return the reply, even if the call fails; the library logs the error."""
    try:
        return call(ticket=ticket, reason=reason)
    except Error as error:
        return error.reply


def send(reply: Reply) -> Response:
    """Send the library's response without Flask's default headers."""
    response = Response(reply.response.body, reply.response.status)
    response.headers = Headers(reply.response.headers)
    if response.mimetype == "text/html":
        response.headers["Content-Security-Policy"] = FORM_POLICY
    return response


def page(html: str, status: int = 200) -> Response:
    """Return one of this server's pages."""
    headers = {
        **NO_STORE,
        "Content-Security-Policy": PAGE_POLICY,
        "X-Content-Type-Options": "nosniff",
    }
    return Response(f"<!DOCTYPE html>\n{html}\n", status, headers)


def not_implemented() -> Response:
    """Replace the steps after a success, which are outside this example."""
    return Response("This example issues no codes or tokens.\n", 501, mimetype="text/plain")


def client_name(api_response: dict[str, Any]) -> str:
    """Return the name of the OAuth client, or its ID if it has none."""
    client = api_response.get("client")
    name = client.get("clientName") if isinstance(client, dict) else None
    return name if isinstance(name, str) else request.args.get("client_id", "")


@app.errorhandler(NoApiResponseError)
def server_error(_error: NoApiResponseError) -> Response:
    """Send a page to a user, JSON to an OAuth client."""
    if request.path == "/authorize":
        return page(ERROR, 500)
    return Response(SERVER_ERROR, 500, NO_STORE, mimetype="application/json")


def client_request() -> dict[str, str]:
    """Return the request to Authlete for a POST from an OAuth client."""
    document = {"parameters": request.get_data(as_text=True)}
    credentials = request.authorization
    if credentials and credentials.type == "basic":
        document["clientId"] = unquote_plus(credentials.username or "")
        document["clientSecret"] = unquote_plus(credentials.password or "")
    return document


def send_api_response(api_response: dict[str, Any]) -> Response:
    """Send the response that Authlete specifies for a request without a ticket."""
    action, content = api_response["action"], text(api_response, "responseContent")
    if action == "LOCATION":
        if not re.fullmatch("[!-~]{1,16384}", content):
            raise NoApiResponseError
        return Response(status=303, headers={**NO_STORE, "Location": content})
    if action == "FORM":
        return Response(content, 200, {**NO_STORE, "Content-Security-Policy": FORM_POLICY})
    if action not in ERROR_STATUSES:
        raise NoApiResponseError
    response = Response(content, ERROR_STATUSES[action], NO_STORE, mimetype="application/json")
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="token"'
    return response
