"""The endpoints that OAuth clients call themselves, and what is no request at all."""

from __future__ import annotations

import base64
import json

import oauth_client
import pytest
from browser import Browser
from expected import CLIENT, JSON, TOKEN_REQUEST, WRONG, ours


def test_a_bad_password_at_the_token_endpoint(browser: Browser) -> None:
    answer = browser.post("/token", TOKEN_REQUEST | CLIENT | WRONG)
    assert answer.status == 400
    assert ours(answer) == JSON
    assert json.loads(answer.body)["error"] == "invalid_request"
    assert "A067301" in answer.body


@pytest.mark.parametrize(
    ("id", "secret", "password", "status"),
    [
        (oauth_client.ID, oauth_client.SECRET, "wrong", 400),
        (oauth_client.ID, oauth_client.SECRET.replace("s", "%73", 1), "wrong", 400),
        (oauth_client.ID, oauth_client.SECRET, "secret", 501),
        (oauth_client.ID, "another", "wrong", 401),
    ],
)
def test_a_token_request_of_a_client_with_basic_authentication(
    browser: Browser, id: str, secret: str, password: str, status: int
) -> None:
    basic = base64.b64encode(f"{id}:{secret}".encode()).decode()
    form = TOKEN_REQUEST | {"username": "john", "password": password}
    answer = browser.post("/token", form, Authorization=f"Basic {basic}")
    assert answer.status == status
    if status == 401:
        assert answer.headers["www-authenticate"].startswith("Basic ")
    if status != 501:
        assert json.loads(answer.body)["error"]


@pytest.mark.parametrize("after", [("%00", ""), ("", "%00x")])
def test_credentials_that_go_on_after_a_nul(browser: Browser, after: tuple[str, str]) -> None:
    pair = f"{oauth_client.ID}{after[0]}:{oauth_client.SECRET}{after[1]}"
    basic = base64.b64encode(pair.encode()).decode()
    answer = browser.post("/token", TOKEN_REQUEST | WRONG, Authorization=f"Basic {basic}")
    assert answer.status in (400, 401)
    assert "A067301" not in answer.body


def test_a_name_that_goes_on_after_a_nul(browser: Browser) -> None:
    form = TOKEN_REQUEST | CLIENT | {"username": "john\0x", "password": "secret"}
    answer = browser.post("/token", form)
    assert answer.status in (400, 500)
    assert json.loads(answer.body)["error"]


@pytest.mark.parametrize("path", ["/token", "/backchannel/authentication"])
@pytest.mark.parametrize("credentials", ["", "Basic", "Basic ", "Basic !", "Basic YQ==", "Basic x"])
def test_credentials_that_are_none(browser: Browser, path: str, credentials: str) -> None:
    answer = browser.post(path, TOKEN_REQUEST | WRONG, Authorization=credentials)
    assert answer.status in (400, 401)
    assert json.loads(answer.body)["error"] in ("invalid_client", "invalid_request")


def test_a_backchannel_authentication_of_an_unknown_user(browser: Browser) -> None:
    form = {"scope": "openid", "login_hint": "nobody"} | CLIENT
    answer = browser.post("/backchannel/authentication", form)
    assert answer.status == 400
    assert ours(answer) == JSON
    assert json.loads(answer.body)["error"] == "unknown_user_id"
    form["login_hint"] = "john"
    assert browser.post("/backchannel/authentication", form).status == 501


def test_a_body_that_is_no_text(browser: Browser) -> None:
    answer = browser.request("POST", "/token", "grant_type=password&username=\xff\0\xc3\x28")
    assert answer.status in (400, 401, 500)
    assert json.loads(answer.body)["error"]


def test_a_body_that_is_too_large(browser: Browser) -> None:
    try:
        answer = browser.post("/token", {"padding": "x" * 2_000_000})
    except (BrokenPipeError, ConnectionResetError):
        return
    assert answer.status == 413


def test_what_there_is_not(browser: Browser) -> None:
    assert browser.get("/").status == 404
    assert browser.post("/authorize", {}).status in (404, 405)
