"""What the answers of every example server have in common."""

from __future__ import annotations

from http.cookies import SimpleCookie

import oauth_client
from browser import Answer, Form

TRANSPORT = {"connection", "content-length", "date", "keep-alive", "server", "set-cookie"}
"""Headers that are the HTTP server's own; and the example's cookie."""
NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}
JSON = NO_STORE | {"content-type": "application/json"}

WRONG = {"username": "john", "password": "wrong"}
RIGHT = {"username": "john", "password": "secret"}
CLIENT = {"client_id": oauth_client.ID, "client_secret": oauth_client.SECRET}
TOKEN_REQUEST = {"grant_type": "password", "scope": "openid"}


def ours(answer: Answer) -> dict[str, str]:
    """Return the headers that are not the HTTP server's."""
    return {name: value for name, value in answer.headers.items() if name not in TRANSPORT}


def assert_is_page(page: Answer, fields: set[str]) -> None:
    """A form with these fields only: the ticket stays on the server."""
    assert page.status == 200
    assert page.headers["content-type"].lower().replace(" ", "") == "text/html;charset=utf-8"
    assert page.headers["cache-control"] == "no-store"
    # form-action would hold for the redirect to the OAuth client too.
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "form-action" not in page.headers["content-security-policy"]
    assert Form(page.body).names == fields
    [cookie] = SimpleCookie(page.headers["set-cookie"]).values()
    assert cookie["httponly"]
    assert cookie["samesite"].lower() in ("lax", "strict")
    assert len(cookie.value) >= 32


def assert_is_error_page(page: Answer, status: int) -> None:
    """A page for a person, which leads nowhere."""
    assert page.status == status
    assert page.headers["content-type"].lower().startswith("text/html")
    assert page.headers["cache-control"] == "no-store"
    assert "location" not in page.headers
    assert "<form" not in page.body
