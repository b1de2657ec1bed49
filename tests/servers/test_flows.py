"""Requests that succeed: codes, tokens and CIBA, as the user and the OAuth client see them."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from browser import Browser, Form, Response
from expected import (
    CIBA,
    CLIENT,
    JSON,
    LOGIN,
    RIGHT_PASSWORD,
    TOKEN_REQUEST,
    WRONG_PASSWORD,
    allow,
    application_headers,
    assert_is_error_page,
    assert_is_own,
    assert_is_page,
    deliver,
)
from oauth_client import STATE, OAuthClient

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().strip("=")
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}


def tokens(response: Response) -> dict[str, Any]:
    """Check a response with tokens."""
    assert (response.status, application_headers(response)) == (200, JSON)
    document: dict[str, Any] = json.loads(response.body)
    assert document["access_token"]
    assert document["token_type"].lower() == "bearer"
    return document


def error(response: Response, status: int = 400) -> str:
    """Check an error response for an OAuth client, and return its error."""
    headers = application_headers(response)
    headers.pop("www-authenticate", None)
    assert (response.status, headers) == (status, JSON)
    return str(json.loads(response.body)["error"])


def token_request(browser: Browser, client: OAuthClient, code: str, **changes: str) -> Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": VERIFIER,
    }
    return browser.post("/token", form | CLIENT | changes)


@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_code_and_tokens(browser: Browser, client: OAuthClient, mode: str, method: str) -> None:
    parameters = client.authorization_parameters(response_mode=mode, **PKCE)
    if method == "GET":
        page = browser.get(client.authorization_request(**parameters))
    else:
        page = browser.post("/authorize", parameters)
    arrived = deliver(browser, client, allow(browser, page), mode)
    assert arrived["state"] == STATE
    issued = tokens(token_request(browser, client, arrived["code"]))
    assert issued["id_token"]
    # The code is single-use.
    assert error(token_request(browser, client, arrived["code"])) == "invalid_grant"


@pytest.mark.parametrize(
    "change", [{"code_verifier": "x" * 43}, {"redirect_uri": "https://example.org/"}, {"code": "x"}]
)
def test_a_token_request_that_does_not_match(
    browser: Browser, client: OAuthClient, change: dict[str, str]
) -> None:
    page = browser.get(client.authorization_request(**PKCE))
    code = deliver(browser, client, allow(browser, page), "query")["code"]
    response = token_request(browser, client, **({"code": code} | change))
    assert error(response) == "invalid_grant"


def test_a_login_after_a_wrong_password(browser: Browser, client: OAuthClient) -> None:
    page = browser.get(client.authorization_request())
    page = browser.submit(page, **WRONG_PASSWORD)
    assert_is_page(page, LOGIN)
    assert deliver(browser, client, allow(browser, page), "query")["code"]


def test_a_form_that_allows_access_again(browser: Browser, client: OAuthClient) -> None:
    page = browser.submit(browser.get(client.authorization_request()), **RIGHT_PASSWORD)
    assert browser.submit(page, decision="allow").redirect_parameters["code"]
    assert_is_error_page(browser.submit(page, decision="allow"), 400)
    assert_is_error_page(browser.submit(page, decision="deny"), 400)


def test_a_post_without_a_login(browser: Browser, client: OAuthClient) -> None:
    form = client.authorization_parameters(prompt="none")
    arrived = deliver(browser, client, browser.post("/authorize", form), "query")
    assert arrived["error"] == "login_required"


def test_a_post_ignores_the_query(browser: Browser, client: OAuthClient) -> None:
    request = client.authorization_request(prompt="none", state="query")
    form = client.authorization_parameters(prompt="none", state="body")
    assert browser.post(request, form).redirect_parameters["state"] == "body"


def test_a_password_grant(browser: Browser) -> None:
    form = TOKEN_REQUEST | CLIENT
    assert tokens(browser.post("/token", form | RIGHT_PASSWORD))
    assert error(browser.post("/token", form | WRONG_PASSWORD)) == "invalid_request"
    unknown = {"username": "jane", "password": "secret"}
    assert error(browser.post("/token", form | unknown)) == "invalid_request"


def ciba_request(browser: Browser, **parameters: str) -> str:
    """Send a CIBA request for the user, and return its auth_req_id."""
    form = {"scope": "openid", "login_hint": "john"} | CLIENT | parameters
    response = browser.post("/backchannel/authentication", form)
    assert (response.status, application_headers(response)) == (200, JSON)
    return str(json.loads(response.body)["auth_req_id"])


def poll(browser: Browser, auth_req_id: str) -> Response:
    grant = {
        "grant_type": "urn:openid:params:grant-type:ciba",
        "auth_req_id": auth_req_id,
    }
    return browser.post("/token", grant | CLIENT)


@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_ciba(browser: Browser, decision: str) -> None:
    auth_req_id = ciba_request(browser, binding_message="<b>W-4 & 7</b>")
    assert error(poll(browser, auth_req_id)) == "authorization_pending"
    page = browser.get("/ciba")
    assert_is_page(page, CIBA)
    assert "My client" in page.body
    assert "W-4" in page.body
    assert "<b>W-4" not in page.body
    wrong = browser.submit(page, decision=decision, **WRONG_PASSWORD)
    assert_is_own(wrong)
    assert "Done" not in wrong.body
    done = browser.submit(page, decision=decision, **RIGHT_PASSWORD)
    assert done.status == 200
    assert_is_own(done)
    assert "Done" in done.body
    # The decision is final.
    assert_is_error_page(browser.submit(page, decision="allow", **RIGHT_PASSWORD), 400)
    response = poll(browser, auth_req_id)
    if decision == "allow":
        assert tokens(response)["id_token"]
    else:
        assert error(response) == "access_denied"


def test_ciba_decides_on_the_request_that_the_page_shows(browser: Browser) -> None:
    first = ciba_request(browser, binding_message="first")
    page = browser.get("/ciba")
    second = ciba_request(browser, binding_message="second")
    newer = browser.get("/ciba")
    assert "first" in page.body
    assert "second" in newer.body
    assert Form(page.body).fields["request"] != Form(newer.body).fields["request"]
    assert "Done" in browser.submit(page, decision="deny", **RIGHT_PASSWORD).body
    assert "Done" in browser.submit(newer, decision="allow", **RIGHT_PASSWORD).body
    assert error(poll(browser, first)) == "access_denied"
    assert tokens(poll(browser, second))


@pytest.mark.parametrize("request_id", ["", "0", "0" * 64, "\0"])
def test_ciba_without_a_valid_request(browser: Browser, request_id: str) -> None:
    form = RIGHT_PASSWORD | {"request": request_id, "decision": "allow"}
    assert_is_error_page(browser.post("/ciba", form), 400)


def test_ciba_with_a_hint_of_another_type(browser: Browser) -> None:
    form = {"scope": "openid", "login_hint_token": "john"} | CLIENT
    response = browser.post("/backchannel/authentication", form)
    assert error(response) in ("unknown_user_id", "invalid_request")
