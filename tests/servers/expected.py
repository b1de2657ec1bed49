"""Common properties of the responses of all example servers."""

from __future__ import annotations

from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urlsplit

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
CIBA = {"username", "password", "decision", "request"}
"""The fields of the pages; the hidden fields `page` and `request` select the request."""
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


def allow(browser: Browser, page: Response) -> Response:
    """Log in and allow access; return the response for the OAuth client."""
    assert_is_page(page, LOGIN)
    page = browser.submit(page, **RIGHT_PASSWORD)
    assert_is_page(page, CONSENT)
    return browser.submit(page, decision="allow")


def deliver(browser: Browser, client: OAuthClient, response: Response, mode: str) -> dict[str, str]:
    """Check the form of a response for the OAuth client; return the parameters that arrive."""
    headers = application_headers(response)
    client.arrived.clear()
    if mode == "form_post":
        assert response.status == 200
        policy = headers.pop("content-security-policy")
        assert headers == NO_STORE | {"content-type": "text/html;charset=UTF-8"}
        assert "script-src 'unsafe-inline'" in policy
        assert "base-uri 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "form-action" not in policy
        assert Form(response.body).action == client.redirect_uri
        browser.submit(response)
        [(method, parameters)] = client.arrived
        assert method == "POST"
        return parameters
    # 303, because with 302 the browser may repeat a POST.
    assert response.status == 303
    location = headers.pop("location")
    assert headers == NO_STORE
    assert response.body == ""
    assert location.startswith(client.redirect_uri)
    browser.get(location)
    [(method, parameters)] = client.arrived
    assert method == "GET"
    assert parameters.pop("tenant") == "1"
    if mode == "fragment":
        assert parameters == {}
        parameters = dict(parse_qsl(urlsplit(location).fragment))
    return parameters


def assert_is_page(page: Response, fields: set[str]) -> None:
    """Check for a form with exactly these fields; the ticket must stay on the server."""
    assert page.status == 200
    assert_is_own(page)
    assert page.headers["content-type"].lower().replace(" ", "") == "text/html;charset=utf-8"
    form = Form(page.body)
    assert form.names == fields
    key = form.fields["request" if fields == CIBA else "page"]
    assert len(key) >= 22
    if fields == CIBA:
        return
    [cookie] = SimpleCookie(page.headers["set-cookie"]).values()
    assert cookie["httponly"]
    assert cookie["samesite"].lower() == "strict"
    assert cookie["path"] == "/"
    assert len(cookie.value) >= 32
    assert cookie.value != key


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
