"""The endpoints that OAuth clients call directly, and invalid requests."""

from __future__ import annotations

import base64
import json

import oauth_client
import pytest
from browser import Browser
from expected import CLIENT, JSON, TOKEN_REQUEST, WRONG_PASSWORD, application_headers


@pytest.mark.parametrize(
    ("id", "secret", "password", "status"),
    [
        (oauth_client.ID, oauth_client.SECRET, "wrong", 400),
        (oauth_client.ID, oauth_client.SECRET.replace("s", "%73", 1), "wrong", 400),
        (oauth_client.ID, oauth_client.SECRET, "secret", 200),
        (oauth_client.ID, "another", "wrong", 401),
    ],
)
def test_a_token_request_of_a_client_with_basic_authentication(
    browser: Browser, id: str, secret: str, password: str, status: int
) -> None:
    basic = base64.b64encode(f"{id}:{secret}".encode()).decode()
    form = TOKEN_REQUEST | {"username": "john", "password": password}
    response = browser.post("/token", form, Authorization=f"Basic {basic}")
    assert response.status == status
    if status == 200:
        assert application_headers(response) == JSON
        assert json.loads(response.body)["access_token"]
    if status == 400:
        assert application_headers(response) == JSON
        assert json.loads(response.body)["error"] == "invalid_request"
        assert "A067301" in response.body
    if status == 401:
        assert response.headers["www-authenticate"].startswith("Basic ")
        assert json.loads(response.body)["error"]


@pytest.mark.parametrize("after", [("%00", ""), ("", "%00x")])
def test_credentials_with_text_after_a_nul(browser: Browser, after: tuple[str, str]) -> None:
    pair = f"{oauth_client.ID}{after[0]}:{oauth_client.SECRET}{after[1]}"
    basic = base64.b64encode(pair.encode()).decode()
    response = browser.post(
        "/token", TOKEN_REQUEST | WRONG_PASSWORD, Authorization=f"Basic {basic}"
    )
    assert response.status in (400, 401)
    assert "A067301" not in response.body


def test_a_name_with_text_after_a_nul(browser: Browser) -> None:
    form = TOKEN_REQUEST | CLIENT | {"username": "john\0x", "password": "secret"}
    response = browser.post("/token", form)
    assert response.status in (400, 500)
    assert json.loads(response.body)["error"]


@pytest.mark.parametrize("path", ["/token", "/backchannel/authentication"])
@pytest.mark.parametrize("credentials", ["", "Basic", "Basic ", "Basic !", "Basic YQ==", "Basic x"])
def test_invalid_credentials(browser: Browser, path: str, credentials: str) -> None:
    response = browser.post(path, TOKEN_REQUEST | WRONG_PASSWORD, Authorization=credentials)
    assert response.status in (400, 401)
    assert json.loads(response.body)["error"] in ("invalid_client", "invalid_request")


def test_a_backchannel_authentication_of_an_unknown_user(browser: Browser) -> None:
    form = {"scope": "openid", "login_hint": "nobody"} | CLIENT
    response = browser.post("/backchannel/authentication", form)
    assert response.status == 400
    assert application_headers(response) == JSON
    assert json.loads(response.body)["error"] == "unknown_user_id"


def test_a_body_that_is_not_text(browser: Browser) -> None:
    response = browser.request("POST", "/token", "grant_type=password&username=\xff\0\xc3\x28")
    assert response.status in (400, 401, 500)
    assert json.loads(response.body)["error"]


def test_a_body_that_is_too_large(browser: Browser) -> None:
    try:
        response = browser.post("/token", {"padding": "x" * 2_000_000})
    except (BrokenPipeError, ConnectionResetError):
        return
    assert response.status == 413


def test_unknown_paths(browser: Browser) -> None:
    assert browser.get("/").status == 404
    assert browser.get("/token").status in (404, 405)
    assert browser.request("PUT", "/authorize").status in (404, 405, 501)
