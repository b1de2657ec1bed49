"""The pages that users see, and the sessions behind them."""

from __future__ import annotations

import hmac
import secrets
from html import escape
from typing import Any, Optional

from cachelib import SimpleCache
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

# No form-action: browsers hold redirects after a form to it, and these lead to the OAuth client.
PAGE_POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
# Authlete's page submits its form by an inline script.
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

ERROR = "<title>Error</title><p>This cannot go on. Please start again at the application."

# Tickets by session id, which is all that the user's browser sees. With several processes, Redis.
logins = SimpleCache(threshold=10_000, default_timeout=600)
consents = SimpleCache(threshold=10_000, default_timeout=600)


def start_session(sessions: SimpleCache, session: dict[str, Any], html: str) -> Response:
    """Show a page whose form leads back to the ticket."""
    session_id = secrets.token_urlsafe()
    # The form must be of this page, not of one in another tab, or of another site.
    session["page"] = secrets.token_urlsafe()
    sessions.set(session_id, session)
    response = page(html.format(page=session["page"], client=escape(session["client"])))
    # Behind TLS the name is __Host-session, with secure=True.
    response.set_cookie("session", session_id, httponly=True, samesite="strict")
    return response


def end_session(
    sessions: SimpleCache, request: Request, form: dict[str, str]
) -> Optional[dict[str, Any]]:
    """Return the session of the browser's cookie and form, once; None if there is none."""
    session_id = request.cookies.get("session", "")
    session: Optional[dict[str, Any]] = sessions.get(session_id)
    if session is None or not is_same(form.get("page", ""), session["page"]):
        return None
    sessions.delete(session_id)
    return session


def is_same(given: str, right: str) -> bool:
    """Compare in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode(errors="replace"), right.encode())


def page(html: str, status: int = 200) -> Response:
    """Show a page of this server's own."""
    headers = {
        **NO_STORE,
        "Content-Security-Policy": PAGE_POLICY,
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(f"<!DOCTYPE html>\n{html}\n", status, headers)
