"""API responses that are invalid, and unusual values in valid ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import unescape
from http.server import ThreadingHTTPServer

import oauth_client
import pytest
from browser import Browser
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
)
from programs import server
from serving import Handler, serving, url_of

REQUEST = f"/authorize?response_type=code&client_id={oauth_client.ID}"
ELSEWHERE = "https://client.example.org/"
MAX_LOCATION = 16384


class Authlete(ThreadingHTTPServer):
    """Sends `content` in response to every request."""

    content = b""


class AuthleteHandler(Handler):
    server: Authlete

    def do_POST(self) -> None:
        self.body()
        self.respond(200, "application/json", self.server.content)


@pytest.fixture(scope="module")
def fake() -> Iterator[Authlete]:
    with serving(Authlete(("127.0.0.1", 0), AuthleteHandler)) as authlete:
        yield authlete


@pytest.fixture(scope="module")
def fake_browser(name: str, fake: Authlete) -> Iterator[Browser]:
    with server(name, url_of(fake)) as url:
        yield Browser(url)


UNUSABLE = {
    "empty": b"",
    "not JSON": b"<html>",
    "not an object": b"[]",
    "no action": b"{}",
    "an unknown action": b'{"action":"DANCE","responseContent":"{}"}',
    "no content": b'{"action":"BAD_REQUEST"}',
    "an invalid Location": b'{"action":"LOCATION","responseContent":"https://a/\\r\\nX: 1"}',
}


@pytest.mark.parametrize("content", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_an_unusable_api_response(fake: Authlete, fake_browser: Browser, content: bytes) -> None:
    """The library rejects it; users see a page, and OAuth clients get JSON."""
    fake.content = content
    assert_is_error_page(fake_browser.get(REQUEST), 500)
    for path in ("/token", "/backchannel/authentication"):
        response = fake_browser.post(path, TOKEN_REQUEST | CLIENT | WRONG_PASSWORD)
        assert (response.status, application_headers(response)) == (500, JSON)
        assert json.loads(response.body) == {"error": "server_error"}


def test_an_error_of_authlete(fake: Authlete, fake_browser: Browser) -> None:
    """The OAuth client gets Authlete's content, a user does not."""
    content = '{"error":"server_error","error_description":"x"}'
    fake.content = json.dumps(
        {"action": "INTERNAL_SERVER_ERROR", "responseContent": content}
    ).encode()
    page = fake_browser.get(REQUEST)
    assert_is_error_page(page, 500)
    assert "server_error" not in page.body
    response = fake_browser.post("/token", TOKEN_REQUEST | CLIENT | WRONG_PASSWORD)
    assert (response.status, application_headers(response)) == (500, JSON)
    assert response.body == content


def test_a_long_location(fake: Authlete, fake_browser: Browser) -> None:
    location = ELSEWHERE.ljust(MAX_LOCATION, "x")
    fake.content = json.dumps({"action": "LOCATION", "responseContent": location}).encode()
    response = fake_browser.get(REQUEST)
    assert response.status in (302, 303)
    assert response.headers["location"] == location


@pytest.mark.parametrize(
    ("client", "shown"),
    [
        ({"clientName": "<b>A & B</b>"}, "<b>A & B</b>"),
        ({"clientName": None, "clientId": int(oauth_client.ID)}, oauth_client.ID),
        ({"clientId": int(oauth_client.ID)}, oauth_client.ID),
    ],
)
def test_the_name_of_the_oauth_client(
    fake: Authlete, fake_browser: Browser, client: object, shown: str
) -> None:
    content = {"action": "INTERACTION", "ticket": "a-ticket", "client": client}
    fake.content = json.dumps(content).encode()
    page = fake_browser.get(REQUEST)
    assert_is_page(page, LOGIN)
    page = fake_browser.submit(page, **RIGHT_PASSWORD)
    assert_is_page(page, CONSENT)
    assert "<b>" not in page.body
    assert shown in unescape(page.body)
