"""Common properties of the responses of all example servers."""

from __future__ import annotations

from http.cookies import SimpleCookie

import oauth_client
from browser import Browser, Form, Response
from oauth_client import OAuthClient

TRANSPORT = {"connection", "content-length", "date", "keep-alive", "server", "set-cookie"}
"""The headers that the HTTP server adds, and the cookie of the example."""
NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}
JSON = NO_STORE | {"content-type": "application/json"}

WRONG_PASSWORD = {"username": "john", "password": "wrong"}
RIGHT_PASSWORD = {"username": "john", "password": "secret"}
CLIENT = {"client_id": oauth_client.ID, "client_secret": oauth_client.SECRET}
LOGIN = {"username", "password", "page"}
CONSENT = {"decision", "page"}
"""The fields of the pages; the hidden field `page` binds a page to its session."""
ATTEMPTS = 3
"""The number of wrong passwords that fail the request."""
TOKEN_REQUEST = {"grant_type": "password", "scope": "openid"}


def application_headers(response: Response) -> dict[str, str]:
    """Return the headers except those in TRANSPORT."""
    return {name: value for name, value in response.headers.items() if name not in TRANSPORT}


def assert_is_own(page: Response) -> None:
    """Check that a page is HTML, is not cached and has security headers."""
    assert page.headers["content-type"].lower().startswith("text/html")
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"
    policy = page.headers["content-security-policy"]
    for directive in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert directive in policy
    # Browsers would also apply it to the redirect to the OAuth client.
    assert "form-action" not in policy


def fail_login(browser: Browser, page: Response) -> Response:
    """Enter a wrong password until the server fails the request; return its response."""
    for _ in range(ATTEMPTS - 1):
        assert_is_page(page, LOGIN)
        hidden, cookie = Form(page.body).fields["page"], browser.cookies.output()
        page = browser.submit(page, **WRONG_PASSWORD)
        assert Form(page.body).fields["page"] != hidden
        assert browser.cookies.output() != cookie
    return browser.submit(page, **WRONG_PASSWORD)


def assert_is_page(page: Response, fields: set[str]) -> None:
    """Check for a form with exactly these fields; the ticket must stay on the server."""
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


def assert_is_error_page(page: Response, status: int) -> None:
    """Check for an error page without a redirect or a form."""
    assert page.status == status
    assert_is_own(page)
    assert "location" not in page.headers
    assert "<form" not in page.body


def assert_is_failed(url: str, client: OAuthClient, state: str) -> None:
    """Fail a request without a login, and check that the response belongs to it."""
    response = Browser(url).get(client.authorization_request(prompt="none", state=state))
    assert response.status == 303
    parameters = response.redirect_parameters
    assert (parameters["error"], parameters["state"]) == ("login_required", state)
