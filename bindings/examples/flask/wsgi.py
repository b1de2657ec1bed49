"""The front end of an authorization server on Flask: what it does when a request cannot go on.

See gunicorn.conf.py for how to run it. Authlete is found by the environment: AUTHLETE_BASE_URL,
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

from authlete import ACCESS_TOKEN, BASE_URL, SERVICE_ID, NoApiResponseError, ask, text
from authlete_fail import Client, Error, Outcome, Reply
from cachelib import FileSystemCache
from flask import Flask, Response, request
from werkzeug.datastructures import Headers

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
logins = FileSystemCache(f"{SESSIONS}/logins", threshold=10_000, default_timeout=600)
consents = FileSystemCache(f"{SESSIONS}/consents", threshold=10_000, default_timeout=600)

MAX_LOGINS = 3

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 64 * 1024

# No form-action: browsers hold redirects after a form to it, and these lead to the OAuth client.
PAGE_POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
# Authlete's page submits its form by an inline script.
FORM_POLICY = f"{PAGE_POLICY}; script-src 'unsafe-inline'"

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
SERVER_ERROR = '{"error":"server_error"}'
REFUSALS = {"BAD_REQUEST": 400, "INVALID_CLIENT": 401, "UNAUTHORIZED": 401}

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

ERROR = "<title>Error</title><p>This cannot go on. Please start again at the application."


@app.get("/authorize")
def authorize() -> Response:
    """Show the login page, unless the OAuth client forbids pages."""
    answer = ask("/auth/authorization", {"parameters": request.query_string.decode("latin-1")})
    if answer["action"] == "INTERACTION":
        session = {"ticket": text(answer, "ticket"), "client": client_name(answer), "logins": 0}
        return start_session(logins, session, LOGIN)
    if answer["action"] == "NO_INTERACTION":  # prompt=none, and this server remembers no login
        return fail_authorization(text(answer, "ticket"), "NOT_LOGGED_IN")
    return own_answer(answer)


@app.post("/login")
def login() -> Response:
    """Go on to the consent page, or ask again, or end here."""
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
    """End here too if the user says no."""
    session = end_session(consents)
    if session is None:
        return page(ERROR, 400)
    if request.form.get("decision") == "allow":
        return outside()
    return fail_authorization(session["ticket"], "DENIED")


@app.post("/token")
def token() -> Response:
    """Check the user's password (grant_type=password)."""
    answer = ask("/auth/token", client_request())
    if answer["action"] != "PASSWORD":
        return own_answer(answer)
    if is_user(text(answer, "username"), text(answer, "password")):
        return outside()
    return send(fail(client.token, text(answer, "ticket"), "INVALID_RESOURCE_OWNER_CREDENTIALS"))


@app.post("/backchannel/authentication")
def backchannel_authentication() -> Response:
    """Look for the user that a CIBA request names."""
    answer = ask("/backchannel/authentication", client_request())
    if answer["action"] != "USER_IDENTIFICATION":
        return own_answer(answer)
    if text(answer, "hintType") == "LOGIN_HINT" and text(answer, "hint") == "john":
        return outside()
    ticket = text(answer, "ticket")
    return send(fail(client.backchannel_authentication, ticket, "UNKNOWN_USER_ID"))


def start_session(sessions: FileSystemCache, session: dict[str, Any], html: str) -> Response:
    """Show a page whose form leads back to the ticket."""
    session_id = secrets.token_urlsafe()
    # The form must be of this page, not of one in another tab, or of another site.
    session["page"] = secrets.token_urlsafe()
    sessions.set(session_id, session)
    response = page(html.format(page=session["page"], client=escape(session["client"])))
    # Behind TLS the name is __Host-session, with secure=True.
    response.set_cookie("session", session_id, httponly=True, samesite="Strict")
    return response


def end_session(sessions: FileSystemCache) -> Optional[dict[str, Any]]:
    """Return the session of the browser's cookie and form, once; None if there is none.

    Of two requests at the same moment both may get it; Authlete takes its ticket from one only.
    """
    session_id = request.cookies.get("session", "")
    session: Optional[dict[str, Any]] = sessions.get(session_id)
    if session is None or not is_same(request.form.get("page", ""), session["page"]):
        return None
    sessions.delete(session_id)
    return session


def is_user(username: str, password: str) -> bool:
    """Look into what stands here for a database of users.

    A real one has hashes of passwords (Argon2id, scrypt), and hashes for unknown users too, so
    that the time tells nothing.
    """
    return is_same(password, "secret") & is_same(username, "john")


def is_same(given: str, right: str) -> bool:
    """Compare in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode(errors="replace"), right.encode())


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
    headers = {
        **NO_STORE,
        "Content-Security-Policy": PAGE_POLICY,
        "X-Content-Type-Options": "nosniff",
    }
    return Response(f"<!DOCTYPE html>\n{html}\n", status, headers)


def outside() -> Response:
    """Stand in for what comes after a success."""
    return Response("Issuing is outside this example.\n", 501, mimetype="text/plain")


def client_name(answer: dict[str, Any]) -> str:
    """Return what the user knows the OAuth client by, or at least its id."""
    client = answer.get("client")
    name = client.get("clientName") if isinstance(client, dict) else None
    return name if isinstance(name, str) else request.args.get("client_id", "")


@app.errorhandler(NoApiResponseError)
def server_error(_error: NoApiResponseError) -> Response:
    """Tell a user by a page, an OAuth client by JSON."""
    if request.path == "/authorize":
        return page(ERROR, 500)
    return Response(SERVER_ERROR, 500, NO_STORE, mimetype="application/json")


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
    action, content = answer["action"], text(answer, "responseContent")
    if action == "LOCATION":
        if not re.fullmatch("[!-~]{1,16384}", content):
            raise NoApiResponseError
        return Response(status=303, headers={**NO_STORE, "Location": content})
    if action == "FORM":
        return Response(content, 200, {**NO_STORE, "Content-Security-Policy": FORM_POLICY})
    if action not in REFUSALS:
        raise NoApiResponseError
    response = Response(content, REFUSALS[action], NO_STORE, mimetype="application/json")
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="token"'
    return response
