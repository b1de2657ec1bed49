"""The front end of an authorization server on Flask: what it does when a request cannot go on.

See gunicorn.conf.py for how to run it. Authlete is found by the environment: AUTHLETE_BASE_URL,
AUTHLETE_SERVICE_APIKEY and AUTHLETE_SERVICE_ACCESSTOKEN. The only user is john, password secret.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from typing import Any, Callable
from urllib.parse import unquote_plus

import requests
from authlete_fail import Client, Error, Outcome, Reply
from cachelib import FileSystemCache
from flask import Flask, Response, request
from werkzeug.datastructures import Headers

BASE_URL = os.environ["AUTHLETE_BASE_URL"]
SERVICE_ID = os.environ["AUTHLETE_SERVICE_APIKEY"]
ACCESS_TOKEN = os.environ["AUTHLETE_SERVICE_ACCESSTOKEN"]

# One for all threads, and made before gunicorn forks: each worker opens connections of its own.
client = Client(
    base_url=BASE_URL,
    service_id=SERVICE_ID,
    access_token=ACCESS_TOKEN,
    location_status=303,  # after a POSTed form the browser must follow with GET
)

# Tickets by session id, which is all that the user's browser sees. Not in memory, as the next
# request may come to another worker; with several machines, Redis.
SESSIONS = tempfile.mkdtemp(prefix="sessions-")
logins = FileSystemCache(f"{SESSIONS}/logins", threshold=10_000, default_timeout=3600)
consents = FileSystemCache(f"{SESSIONS}/consents", threshold=10_000, default_timeout=3600)

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 64 * 1024

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


@app.get("/authorize")
def authorize() -> Response:
    """Show the login page, unless the OAuth client forbids pages."""
    answer = ask("/auth/authorization", {"parameters": request.query_string.decode("latin-1")})
    if answer["action"] == "INTERACTION":
        return start_session(logins, answer["ticket"], LOGIN)
    if answer["action"] == "NO_INTERACTION":  # prompt=none, and this server remembers no login
        return fail_authorization(answer["ticket"], "NOT_LOGGED_IN")
    return own_answer(answer)


@app.post("/login")
def login() -> Response:
    """Go on to the consent page, or end here."""
    ticket = end_session(logins)
    if ticket is None:
        return page(ERROR, 400)
    if not is_user(request.form.get("username"), request.form.get("password")):
        return fail_authorization(ticket, "NOT_AUTHENTICATED")
    return start_session(consents, ticket, CONSENT)


@app.post("/consent")
def consent() -> Response:
    """End here too if the user says no."""
    ticket = end_session(consents)
    if ticket is None:
        return page(ERROR, 400)
    if request.form.get("decision") == "allow":
        return outside()
    return fail_authorization(ticket, "DENIED")


@app.post("/token")
def token() -> Response:
    """Check the user's password (grant_type=password)."""
    answer = ask("/auth/token", client_request())
    if answer["action"] != "PASSWORD":
        return own_answer(answer)
    if is_user(answer["username"], answer["password"]):
        return outside()
    return send(fail(client.token, answer["ticket"], "INVALID_RESOURCE_OWNER_CREDENTIALS"))


@app.post("/backchannel/authentication")
def backchannel_authentication() -> Response:
    """Look for the user that a CIBA request names."""
    answer = ask("/backchannel/authentication", client_request())
    if answer["action"] != "USER_IDENTIFICATION":
        return own_answer(answer)
    if answer["hintType"] == "LOGIN_HINT" and answer["hint"] == "john":
        return outside()
    return send(fail(client.backchannel_authentication, answer["ticket"], "UNKNOWN_USER_ID"))


def start_session(sessions: FileSystemCache, ticket: str, html: str) -> Response:
    """Show a page whose form leads back to the ticket."""
    session_id = secrets.token_urlsafe()
    sessions.set(session_id, ticket)
    response = page(html)
    # Behind HTTPS also secure=True.
    response.set_cookie("session", session_id, httponly=True, samesite="Lax")
    return response


def end_session(sessions: FileSystemCache) -> Any:
    """Return the ticket that the browser's cookie leads to, once; None if there is none.

    Of two requests at the same moment both may get it; Authlete takes it from one of them only.
    """
    session_id = request.cookies.get("session", "")
    ticket = sessions.get(session_id)
    sessions.delete(session_id)
    return ticket


def is_user(username: Any, password: Any) -> bool:
    """Look into what stands here for a database of users."""
    return (username, password) == ("john", "secret")


def fail_authorization(ticket: str, reason: str) -> Response:
    """Send the user's browser back to the OAuth client, or show why that is impossible."""
    reply = fail(client.authorization, ticket, reason)
    if reply.outcome is not Outcome.DELIVERED:
        return page(ERROR, reply.response.status)
    return send(reply)


def fail(call: Callable[..., Reply], ticket: str, reason: str) -> Reply:
    """Return what to send, whatever happens; the library logs what went wrong."""
    try:
        return call(ticket=ticket, reason=reason)
    except Error as error:
        return error.reply


def send(reply: Reply) -> Response:
    """Send the library's response, with no header of Flask's own."""
    response = Response(reply.response.body, reply.response.status)
    response.headers = Headers(reply.response.headers)
    if response.mimetype == "text/html":
        response.headers["Content-Security-Policy"] = FORM_POLICY
    return response


def page(html: str, status: int = 200) -> Response:
    """Show a page of this server's own."""
    headers = {**NO_STORE, "Content-Security-Policy": PAGE_POLICY}
    return Response(f"<!DOCTYPE html>\n{html}\n", status, headers)


def outside() -> Response:
    """Stand in for what comes after a success."""
    return Response("Issuing is outside this example.\n", 501, mimetype="text/plain")


def ask(path: str, document: dict[str, str]) -> dict[str, Any]:
    """Call an API that issues tickets; no answer counts as Authlete's INTERNAL_SERVER_ERROR."""
    try:
        answer = requests.post(
            f"{BASE_URL}/api/{SERVICE_ID}{path}",
            json=document,
            headers={"Authorization": f"Bearer {ACCESS_TOKEN}"},
            timeout=10,
        )
        answer.raise_for_status()
        return dict(answer.json())
    except requests.RequestException as error:
        app.logger.warning("%s: %s", path, type(error).__name__)
        return {"action": "INTERNAL_SERVER_ERROR", "responseContent": SERVER_ERROR}


def client_request() -> dict[str, str]:
    """Return Authlete's request document for what an OAuth client POSTed."""
    document = {"parameters": request.get_data(as_text=True)}
    credentials = request.authorization
    if credentials and credentials.type == "basic":
        document["clientId"] = unquote_plus(credentials.username or "")
        document["clientSecret"] = unquote_plus(credentials.password or "")
    return document


def own_answer(answer: dict[str, Any]) -> Response:
    """Send what Authlete itself makes of a request that gets no ticket."""
    action, content = answer["action"], answer.get("responseContent", SERVER_ERROR)
    if action == "LOCATION":
        return Response(status=303, headers={**NO_STORE, "Location": content})
    if action == "FORM":
        return Response(content, 200, {**NO_STORE, "Content-Security-Policy": FORM_POLICY})
    if action not in REFUSALS:
        action, content = "INTERNAL_SERVER_ERROR", SERVER_ERROR
    response = Response(content, REFUSALS[action], NO_STORE, mimetype="application/json")
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="token"'
    return response
