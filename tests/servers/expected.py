"""What the answers of every example server have in common."""

from __future__ import annotations

from http.cookies import SimpleCookie

import oauth_client
from browser import Answer, Browser, Form

TRANSPORT = {"connection", "content-length", "date", "keep-alive", "server", "set-cookie"}
"""Headers that are the HTTP server's own; and the example's cookie."""
NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}
JSON = NO_STORE | {"content-type": "application/json"}

WRONG = {"username": "john", "password": "wrong"}
RIGHT = {"username": "john", "password": "secret"}
CLIENT = {"client_id": oauth_client.ID, "client_secret": oauth_client.SECRET}
LOGIN = {"username", "password", "page"}
CONSENT = {"decision", "page"}
"""The fields of the pages; the hidden one binds a page to its session."""
ATTEMPTS = 3
"""So many wrong passwords fail the request."""
TOKEN_REQUEST = {"grant_type": "password", "scope": "openid"}


def ours(answer: Answer) -> dict[str, str]:
    """Return the headers that are not the HTTP server's."""
    return {name: value for name, value in answer.headers.items() if name not in TRANSPORT}


def assert_is_own(page: Answer) -> None:
    """HTML that no cache keeps, with the headers that confine it."""
    assert page.headers["content-type"].lower().startswith("text/html")
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"
    policy = page.headers["content-security-policy"]
    for directive in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert directive in policy
    # It would hold for the redirect to the OAuth client too.
    assert "form-action" not in policy


def fail_login(browser: Browser, page: Answer) -> Answer:
    """Enter a wrong password until the server gives up; return what it says then."""
    for _ in range(ATTEMPTS - 1):
        assert_is_page(page, LOGIN)
        hidden, cookie = Form(page.body).fields["page"], browser.cookies.output()
        page = browser.submit(page, **WRONG)
        assert Form(page.body).fields["page"] != hidden
        assert browser.cookies.output() != cookie
    return browser.submit(page, **WRONG)


def assert_is_page(page: Answer, fields: set[str]) -> None:
    """A form with these fields only: the ticket stays on the server."""
    assert page.status == 200
    assert_is_own(page)
    assert page.headers["content-type"].lower().replace(" ", "") == "text/html;charset=utf-8"
    form = Form(page.body)
    assert form.names == fields
    assert len(form.fields["page"]) >= 22
    [cookie] = SimpleCookie(page.headers["set-cookie"]).values()
    assert cookie["httponly"]
    assert cookie["samesite"].lower() == "strict"
    assert cookie["path"] == "/"
    assert len(cookie.value) >= 32
    assert cookie.value != form.fields["page"]


def assert_is_error_page(page: Answer, status: int) -> None:
    """A page for a person, which leads nowhere."""
    assert page.status == status
    assert_is_own(page)
    assert "location" not in page.headers
    assert "<form" not in page.body
