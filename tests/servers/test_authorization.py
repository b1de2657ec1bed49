"""Authorization requests that fail, as the user and the OAuth client see them.

The sandbox documents Authlete's errors.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Optional
from urllib.parse import urlencode, urlsplit

import pytest
from browser import Browser, Form, Response
from expected import (
    CLIENT,
    CONSENT,
    JSON,
    LOGIN,
    RIGHT_PASSWORD,
    TOKEN_REQUEST,
    WRONG_PASSWORD,
    application_headers,
    assert_is_error_page,
    assert_is_page,
    deliver,
    fail_login,
)
from oauth_client import STATE, OAuthClient
from programs import sandbox, server


@dataclass(frozen=True)
class Failure:
    """A way to fail an authorization request, and the error that the OAuth client receives."""

    error: str
    code: str
    prompt: str = ""
    password: str = "secret"


FAILURES = {
    "nobody is logged in": Failure("login_required", "A060301", prompt="none"),
    "the login fails": Failure("login_required", "A060309", password="wrong"),
    "the user denies access": Failure("access_denied", "A060306"),
}
RESPONSE_MODES = ["query", "fragment", "form_post"]


def fail(browser: Browser, request: str, failure: Failure) -> Response:
    """Act as the user, and return the response for the OAuth client."""
    page = browser.get(request)
    if failure.prompt == "none":
        return page
    if failure.password == "wrong":
        return fail_login(browser, page)
    assert_is_page(page, LOGIN)
    page = browser.submit(page, **RIGHT_PASSWORD)
    assert_is_page(page, CONSENT)
    assert "My client" in page.body
    return browser.submit(page, decision="deny")


@pytest.mark.parametrize("mode", RESPONSE_MODES)
@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
def test_an_authorization_request_fails(
    browser: Browser, client: OAuthClient, failure: Failure, mode: str
) -> None:
    request = client.authorization_request(response_mode=mode, prompt=failure.prompt)
    response = fail(browser, request, failure)
    parameters = deliver(browser, client, response, mode)
    assert set(parameters) == {"error", "error_description", "error_uri", "iss", "state"}
    assert parameters["error"] == failure.error
    assert parameters["error_description"].startswith(f"[{failure.code}]")
    assert parameters["state"] == STATE


def test_a_request_that_authlete_rejects(browser: Browser) -> None:
    """There is no verified redirect URI, so the user sees the response."""
    assert_is_error_page(browser.get("/authorize?client_id=1&response_type=code"), 400)


def test_an_expired_ticket(name: str, client: OAuthClient) -> None:
    """The sandbox is not shared, because its clock is moved."""
    with sandbox() as authlete, server(name, authlete) as url:
        browser = Browser(url)
        page = browser.get(client.authorization_request())
        tomorrow = json.dumps({"advanceSeconds": 24 * 60 * 60})
        headers = {"Content-Type": "application/json"}
        Browser(authlete).request("POST", "/sandbox/clock", tomorrow, headers)
        assert_is_error_page(fail_login(browser, page), 400)


@pytest.mark.parametrize("cookie", [None, "", "session=", "session=" + "0" * 64, "session; =;;"])
def test_no_session(url: str, cookie: Optional[str]) -> None:
    headers = {} if cookie is None else {"Cookie": cookie}
    for path in ("/login", "/consent"):
        assert_is_error_page(Browser(url).post(path, RIGHT_PASSWORD, **headers), 400)


def requests_to(authlete: str) -> object:
    """Return the number of requests so far."""
    return json.loads(Browser(authlete).get("/sandbox").body)["requests"]


def test_a_form_that_is_submitted_again(
    browser: Browser, client: OAuthClient, authlete: str
) -> None:
    """The session no longer exists, so the server does not call Authlete."""
    page = browser.submit(browser.get(client.authorization_request()), **RIGHT_PASSWORD)
    assert browser.submit(page, decision="deny").status == 303
    before = requests_to(authlete)
    assert_is_error_page(browser.submit(page, decision="deny"), 400)
    assert requests_to(authlete) == before


def test_two_requests_in_one_browser(browser: Browser, client: OAuthClient, authlete: str) -> None:
    """The cookie belongs to the second request, so the first page must not complete it."""
    first = browser.get(client.authorization_request(state="first"))
    second = browser.get(client.authorization_request(state="second"))
    assert_is_error_page(browser.submit(first, **RIGHT_PASSWORD), 400)
    second = browser.submit(second, **RIGHT_PASSWORD)
    assert_is_page(second, CONSENT)

    third = browser.submit(
        browser.get(client.authorization_request(state="third")), **RIGHT_PASSWORD
    )
    before = requests_to(authlete)
    assert_is_error_page(browser.submit(second, decision="deny"), 400)
    assert requests_to(authlete) == before
    # The session still works with its own page.
    assert browser.submit(third, decision="deny").redirect_parameters["state"] == "third"


@pytest.mark.parametrize("page", [None, "", "0", "0" * 64, "x" * 4000, "\0", "é"])
def test_a_form_without_a_valid_page(
    browser: Browser, client: OAuthClient, page: Optional[str]
) -> None:
    wrong = {} if page is None else {"page": page}
    login = browser.get(client.authorization_request())
    assert_is_error_page(browser.post("/login", RIGHT_PASSWORD | wrong), 400)
    consent = browser.submit(login, **RIGHT_PASSWORD)
    assert_is_error_page(browser.post("/consent", {"decision": "deny"} | wrong), 400)
    assert browser.submit(consent, decision="deny").status == 303


def test_values_in_the_url_are_ignored(browser: Browser, client: OAuthClient) -> None:
    """URLs are logged, and attackers can create links, so only the body of a form counts."""
    page = browser.get(client.authorization_request())
    hidden = Form(page.body).fields
    assert_is_error_page(browser.post("/login?" + urlencode(hidden), RIGHT_PASSWORD), 400)
    assert_is_page(browser.post("/login?" + urlencode(RIGHT_PASSWORD), hidden), LOGIN)


@pytest.mark.parametrize(
    ("username", "password"),
    [("john", "secret\0"), ("john\0", "secret"), ("john", ""), ("", "secret"), ("é", "ü" * 999)],
)
def test_a_wrong_password(
    browser: Browser, client: OAuthClient, username: str, password: str
) -> None:
    page = browser.get(client.authorization_request())
    page = browser.submit(page, username=username, password=password)
    assert_is_page(page, LOGIN)
    assert_is_page(browser.submit(page, **RIGHT_PASSWORD), CONSENT)


def test_no_page_can_be_skipped(browser: Browser, client: OAuthClient) -> None:
    """Consent requires a login, and the login changes the session ID."""
    page = browser.get(client.authorization_request())
    assert_is_error_page(
        browser.post("/consent", {"decision": "deny"} | Form(page.body).fields), 400
    )
    before = browser.cookies.output()
    assert_is_page(browser.submit(page, **RIGHT_PASSWORD), CONSENT)
    assert browser.cookies.output() != before


def test_concurrent_requests(url: str, client: OAuthClient) -> None:
    """Concurrent requests get their own responses."""

    def state_after_denial(state: str) -> str:
        request = client.authorization_request(state=state)
        response = fail(Browser(url), request, FAILURES["the user denies access"])
        return response.redirect_parameters["state"]

    states = [str(number) for number in range(64)]
    with ThreadPoolExecutor(16) as users:
        assert list(users.map(state_after_denial, states)) == states


def test_authlete_is_down(name: str, client: OAuthClient) -> None:
    """Users see a page and OAuth clients get JSON; the server recovers when Authlete does."""
    with ExitStack() as up:
        authlete = up.enter_context(sandbox())
        with server(name, authlete) as url:
            browser = Browser(url)
            page = browser.get(client.authorization_request())
            up.close()
            assert_is_error_page(fail_login(browser, page), 500)
            assert_is_error_page(browser.get(client.authorization_request()), 500)
            for response in (
                browser.post("/token", TOKEN_REQUEST | CLIENT | WRONG_PASSWORD),
                browser.post("/backchannel/authentication", CLIENT),
            ):
                assert (response.status, application_headers(response)) == (500, JSON)
                assert json.loads(response.body) == {"error": "server_error"}
            with sandbox(urlsplit(authlete).port or 0):
                assert browser.post("/token", TOKEN_REQUEST | CLIENT | WRONG_PASSWORD).status == 400
