"""Sending a response through WSGI and ASGI."""

from __future__ import annotations

import asyncio
import dataclasses
import wsgiref.util
import wsgiref.validate
from typing import Any

import pytest
from authlete_fail import Client, Reply, Response, _ffi
from authlete_fail.reply import read
from conftest import TICKET, Authlete

CONTENT = '{"error":"canary-content"}'


def deliver(client: Client, authlete: Authlete, action: str, content: str) -> Response:
    authlete.respond_with(action, content)
    return client.authorization(ticket=TICKET, reason="DENIED").response


@pytest.mark.parametrize(
    ("status", "line"),
    [(302, "302 Found"), (500, "500 Internal Server Error"), (299, "299 Unknown")],
)
def test_status_lines(status: int, line: str) -> None:
    response = read(_ffi.OwnedReply()).response
    assert dataclasses.replace(response, status=status).status_line == line


def run_wsgi(response: Response) -> tuple[str, list[tuple[str, str]], bytes]:
    """Send `response` through the WSGI validator of the standard library."""
    started: list[Any] = []

    def application(_: Any, start_response: Any) -> Any:
        return response.wsgi(start_response)

    environ: dict[str, Any] = {}
    wsgiref.util.setup_testing_defaults(environ)
    environ["QUERY_STRING"] = ""

    def start_response(*arguments: Any) -> Any:
        started.append(arguments[:2])
        return lambda _: None

    body = wsgiref.validate.validator(application)(environ, start_response)
    try:
        content = b"".join(body)
    finally:
        body.close()  # type: ignore[attr-defined]
    [(status, headers)] = started
    return status, headers, content


@pytest.mark.parametrize(
    ("action", "line"), [("FORM", "200 OK"), ("BAD_REQUEST", "400 Bad Request")]
)
def test_wsgi(client: Client, authlete: Authlete, action: str, line: str) -> None:
    response = deliver(client, authlete, action, "<p>ü</p>")
    status, headers, body = run_wsgi(response)
    assert status == line
    assert body == response.body == "<p>ü</p>".encode()
    assert headers == [*response.headers, ("Content-Length", "9")]


def test_wsgi_with_a_location(
    client: Client, authlete: Authlete, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The validator requires a Content-Type for an empty body. PEP 3333 and Authlete do not.
    monkeypatch.setattr(wsgiref.validate, "check_content_type", lambda *_: None)
    status, headers, body = run_wsgi(deliver(client, authlete, "LOCATION", "app:/cb?error=x"))
    assert (status, body) == ("302 Found", b"")
    assert headers == [
        ("Location", "app:/cb?error=x"),
        ("Cache-Control", "no-store"),
        ("Pragma", "no-cache"),
        ("Content-Length", "0"),
    ]


def test_asgi(client: Client, authlete: Authlete) -> None:
    response = deliver(client, authlete, "BAD_REQUEST", CONTENT)
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(response.asgi(send))
    start, body = sent
    assert (start["type"], start["status"]) == ("http.response.start", 400)
    assert start["headers"] == [
        (b"content-type", b"application/json"),
        (b"cache-control", b"no-store"),
        (b"pragma", b"no-cache"),
        (b"content-length", str(len(CONTENT)).encode()),
    ]
    assert body == {"type": "http.response.body", "body": CONTENT.encode()}


def test_asyncio_to_thread(client: Client, authlete: Authlete) -> None:
    authlete.respond_with("BAD_REQUEST", CONTENT)

    async def fail_five() -> list[Reply]:
        one = (asyncio.to_thread(client.token, ticket=TICKET, reason="UNKNOWN") for _ in range(5))
        return await asyncio.gather(*one)

    assert {reply.response.body for reply in asyncio.run(fail_five())} == {CONTENT.encode()}
