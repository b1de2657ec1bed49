"""What SIGTERM does to a server that waits for Authlete."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Optional

import pytest
from browser import Answer, Browser
from expected import assert_is_error_page
from programs import PATIENCE, server

TIMEOUT = 10
"""Seconds that the library waits for an answer."""


class SilentAuthlete(ThreadingHTTPServer):
    """Issues tickets, and never says what became of them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Silence)
        self.was_asked = threading.Event()
        self.is_over = threading.Event()


class Silence(BaseHTTPRequestHandler):
    server: SilentAuthlete

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("/fail"):
            self.server.was_asked.set()
            self.server.is_over.wait(2 * PATIENCE)
            return
        body = json.dumps({"action": "NO_INTERACTION", "ticket": "t"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def silent_authlete() -> Iterator[SilentAuthlete]:
    authlete = SilentAuthlete()
    thread = threading.Thread(target=authlete.serve_forever, args=(0.01,))
    thread.start()
    yield authlete
    authlete.is_over.set()
    authlete.shutdown()
    thread.join()
    authlete.server_close()


@pytest.mark.parametrize("name", ["microhttpd", "httplib"])
def test_calls_in_flight_end(name: str, silent_authlete: SilentAuthlete) -> None:
    """The user's browser is told, if the connection lives; nobody waits for the timeout."""

    def visit(url: str) -> Optional[Answer]:
        try:
            return Browser(url).get("/authorize?prompt=none")
        except (HTTPException, OSError):
            return None

    with ThreadPoolExecutor(1) as user:
        with server(name, f"http://127.0.0.1:{silent_authlete.server_port}") as url:
            answer = user.submit(visit, url)
            assert silent_authlete.was_asked.wait(PATIENCE)
            start = time.monotonic()
        assert time.monotonic() - start < TIMEOUT / 2
        if (page := answer.result(PATIENCE)) is not None:
            assert_is_error_page(page, 500)
