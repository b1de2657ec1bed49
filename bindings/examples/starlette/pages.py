"""The pages of the server, and their sessions."""

from __future__ import annotations

import hmac
import secrets
from html import escape
from typing import Any, Optional

from cachelib import SimpleCache
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

# No form-action, which browsers also apply to the redirect from a form to the OAuth client.
PAGE_POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
# The inline script of Authlete's page submits a form.
FORM_POLICY = f"{PAGE_POLICY}; script-src 'unsafe-inline'"

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}

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

# Tickets by session ID; the browser gets only the ID. With several processes, use Redis.
logins = SimpleCache(threshold=10_000, default_timeout=600)
consents = SimpleCache(threshold=10_000, default_timeout=600)


def start_session(sessions: SimpleCache, session: dict[str, Any], html: str) -> Response:
    """Create a session and show a page whose form refers to it."""
    session_id = secrets.token_urlsafe()
    # Binds the form to this page: a form from another tab or site is rejected.
    session["page"] = secrets.token_urlsafe()
    sessions.set(session_id, session)
    response = page(html.format(page=session["page"], client=escape(session["client"])))
    # Behind TLS, name it __Host-session and set secure=True.
    response.set_cookie("session", session_id, httponly=True, samesite="strict")
    return response


def end_session(
    sessions: SimpleCache, request: Request, form: dict[str, str]
) -> Optional[dict[str, Any]]:
    """Remove and return the session of the cookie and form; None if they do not match."""
    session_id = request.cookies.get("session", "")
    session: Optional[dict[str, Any]] = sessions.get(session_id)
    if session is None or not equals(form.get("page", ""), session["page"]):
        return None
    sessions.delete(session_id)
    return session


def equals(given: str, right: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(given.encode(errors="replace"), right.encode())


def page(html: str, status: int = 200) -> Response:
    """Return one of this server's pages."""
    headers = {
        **NO_STORE,
        "Content-Security-Policy": PAGE_POLICY,
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(f"<!DOCTYPE html>\n{html}\n", status, headers)
