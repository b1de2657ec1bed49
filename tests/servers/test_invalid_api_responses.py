"""API responses that are invalid, and unusual values in valid ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

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
from serving import serving

REQUEST = f"/authorize?response_type=code&client_id={oauth_client.ID}"
ELSEWHERE = "https://client.example.org/"
MAX_LOCATION = 16384


class Authlete(ThreadingHTTPServer):
    """Sends `content` in response to every request."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = b""


class Handler(BaseHTTPRequestHandler):
    server: Authlete

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.server.content)))
        try:
            self.end_headers()
            self.wfile.write(self.server.content)
        except ConnectionError:
            """The server stopped reading."""

    def log_message(self, *_: Any) -> None:
        """Log nothing."""


@pytest.fixture(scope="module")
def fake() -> Iterator[Authlete]:
    with serving(Authlete()) as authlete:
        yield authlete


@pytest.fixture(scope="module")
def fake_authlete_url(name: str, fake: Authlete) -> Iterator[str]:
    with server(name, f"http://127.0.0.1:{fake.server_port}") as url:
        yield url


@pytest.fixture
def fake_browser(fake_authlete_url: str) -> Browser:
    return Browser(fake_authlete_url)


UNUSABLE = {
    "too long": b'{"action":"BAD_REQUEST","responseContent":"%s"}' % (b"x" * 2_000_000),
    "empty": b"",
    "not JSON": b"<html>",
    "not UTF-8": b'{"action":"BAD_REQUEST","responseContent":"\xff',
    "an array": b"[]",
    "null": b"null",
    "a string": b'"BAD_REQUEST"',
    "an empty object": b"{}",
    "an action that is not a string": b'{"action":1,"responseContent":"{}"}',
    "an unknown action": b'{"action":"DANCE","responseContent":"{}"}',
    "an error of Authlete": b'{"action":"INTERNAL_SERVER_ERROR","responseContent":"{}"}',
}


@pytest.mark.parametrize("content", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_an_unusable_api_response(fake: Authlete, fake_browser: Browser, content: bytes) -> None:
    fake.content = content
    assert_is_error_page(fake_browser.get(REQUEST), 500)
    for path in ("/token", "/backchannel/authentication"):
        response = fake_browser.post(path, TOKEN_REQUEST | CLIENT | WRONG_PASSWORD)
        assert (response.status, application_headers(response)) == (500, JSON)
        assert json.loads(response.body) == {"error": "server_error"}


@pytest.mark.parametrize(
    "location",
    [
        "",
        ELSEWHERE + " cb",
        ELSEWHERE + "\r\nSet-Cookie: session=1",
        ELSEWHERE + "\0",
        ELSEWHERE + "\x7f",
        ELSEWHERE + "é",
        ELSEWHERE.ljust(MAX_LOCATION + 1, "x"),
    ],
)
def test_an_invalid_location(fake: Authlete, fake_browser: Browser, location: str) -> None:
    fake.content = json.dumps({"action": "LOCATION", "responseContent": location}).encode()
    assert_is_error_page(fake_browser.get(REQUEST), 500)


def test_a_long_location(fake: Authlete, fake_browser: Browser) -> None:
    location = ELSEWHERE.ljust(MAX_LOCATION, "x")
    fake.content = json.dumps({"action": "LOCATION", "responseContent": location}).encode()
    response = fake_browser.get(REQUEST)
    assert response.status in (302, 303)
    assert response.headers["location"] == location


@pytest.mark.parametrize(
    ("client", "shown"),
    [
        ({"clientName": "<b>A & B</b>"}, "&lt;b&gt;A &amp; B&lt;/b&gt;"),
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
    assert shown in page.body
