"""What the servers make of answers that Authlete should not give, and of what is in good ones."""

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
    RIGHT,
    TOKEN_REQUEST,
    WRONG,
    assert_is_error_page,
    assert_is_page,
    ours,
)
from programs import server
from serving import serving

REQUEST = f"/authorize?response_type=code&client_id={oauth_client.ID}"
ELSEWHERE = "https://client.example.org/"
LONGEST_LOCATION = 16384


class Authlete(ThreadingHTTPServer):
    """Gives one answer to everything."""

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
            """It was too much."""

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def fake() -> Iterator[Authlete]:
    with serving(Authlete()) as authlete:
        yield authlete


@pytest.fixture(scope="module")
def fooled_url(name: str, fake: Authlete) -> Iterator[str]:
    with server(name, f"http://127.0.0.1:{fake.server_port}") as url:
        yield url


@pytest.fixture
def fooled(fooled_url: str) -> Browser:
    return Browser(fooled_url)


UNUSABLE = {
    "too long": b'{"action":"BAD_REQUEST","responseContent":"%s"}' % (b"x" * 2_000_000),
    "nothing": b"",
    "no JSON": b"<html>",
    "no UTF-8": b'{"action":"BAD_REQUEST","responseContent":"\xff',
    "an array": b"[]",
    "null": b"null",
    "text": b'"BAD_REQUEST"',
    "an empty object": b"{}",
    "an action that is no text": b'{"action":1,"responseContent":"{}"}',
    "an unknown action": b'{"action":"DANCE","responseContent":"{}"}',
    "its own failure": b'{"action":"INTERNAL_SERVER_ERROR","responseContent":"{}"}',
}


@pytest.mark.parametrize("content", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_an_answer_that_cannot_be_used(fake: Authlete, fooled: Browser, content: bytes) -> None:
    fake.content = content
    assert_is_error_page(fooled.get(REQUEST), 500)
    for path in ("/token", "/backchannel/authentication"):
        answer = fooled.post(path, TOKEN_REQUEST | CLIENT | WRONG)
        assert (answer.status, ours(answer)) == (500, JSON)
        assert json.loads(answer.body) == {"error": "server_error"}


@pytest.mark.parametrize(
    "location",
    [
        "",
        ELSEWHERE + " cb",
        ELSEWHERE + "\r\nSet-Cookie: session=1",
        ELSEWHERE + "\0",
        ELSEWHERE + "\x7f",
        ELSEWHERE + "é",
        ELSEWHERE.ljust(LONGEST_LOCATION + 1, "x"),
    ],
)
def test_a_location_that_is_none(fake: Authlete, fooled: Browser, location: str) -> None:
    fake.content = json.dumps({"action": "LOCATION", "responseContent": location}).encode()
    assert_is_error_page(fooled.get(REQUEST), 500)


def test_a_long_location(fake: Authlete, fooled: Browser) -> None:
    location = ELSEWHERE.ljust(LONGEST_LOCATION, "x")
    fake.content = json.dumps({"action": "LOCATION", "responseContent": location}).encode()
    answer = fooled.get(REQUEST)
    assert answer.status in (302, 303)
    assert answer.headers["location"] == location


@pytest.mark.parametrize(
    ("client", "shown"),
    [
        ({"clientName": "<b>A & B</b>"}, "&lt;b&gt;A &amp; B&lt;/b&gt;"),
        ({"clientName": None, "clientId": int(oauth_client.ID)}, oauth_client.ID),
        ({"clientId": int(oauth_client.ID)}, oauth_client.ID),
    ],
)
def test_who_asks(fake: Authlete, fooled: Browser, client: object, shown: str) -> None:
    content = {"action": "INTERACTION", "ticket": "a-ticket", "client": client}
    fake.content = json.dumps(content).encode()
    page = fooled.get(REQUEST)
    assert_is_page(page, LOGIN)
    page = fooled.submit(page, **RIGHT)
    assert_is_page(page, CONSENT)
    assert shown in page.body
