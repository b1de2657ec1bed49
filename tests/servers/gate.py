"""A proxy in front of Authlete that holds back fail calls until it is opened."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from urllib.parse import urlsplit

from programs import TEST_TIMEOUT
from serving import Handler, serving, url_of


class Gate(ThreadingHTTPServer):
    """Forwards all other calls immediately."""

    request_queue_size = 128

    def __init__(self, authlete: str) -> None:
        super().__init__(("127.0.0.1", 0), GateHandler)
        self.authlete = urlsplit(authlete).netloc
        self.waiting = threading.Semaphore(0)
        self.is_open = threading.Event()

    @property
    def url(self) -> str:
        return url_of(self)

    def wait_for(self, calls: int) -> None:
        """Wait until `calls` calls are held back."""
        for _ in range(calls):
            assert self.waiting.acquire(timeout=TEST_TIMEOUT)


class GateHandler(Handler):
    server: Gate
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.body()
        if self.path.endswith("/fail"):
            self.server.waiting.release()
            assert self.server.is_open.wait(TEST_TIMEOUT)
        connection = http.client.HTTPConnection(self.server.authlete, timeout=TEST_TIMEOUT)
        headers = {name: self.headers[name] for name in ("Authorization", "Content-Type")}
        connection.request("POST", self.path, body, headers)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        self.respond(response.status, response.headers["Content-Type"], content)


@contextmanager
def gate(authlete: str) -> Iterator[Gate]:
    """Run a closed gate; open it at the end."""
    with serving(Gate(authlete)) as server:
        try:
            yield server
        finally:
            server.is_open.set()
