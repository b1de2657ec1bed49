"""A scripted HTTP server in this process that stands in for Authlete."""

from __future__ import annotations

import gc
import json
import os
import threading
from collections.abc import Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Optional

import pytest
import sandbox
from authlete_fail import AuthorizationReason, Client, Configuration, Reply, _ffi

if TYPE_CHECKING:
    from typing_extensions import Unpack

ROOT = Path(__file__).parents[2]
TEST_TIMEOUT = 30
"""The seconds that a test waits for another thread before it fails."""

TOKEN = "canary-token"
TICKET = "canary-ticket"


class Request(NamedTuple):
    path: str
    authorization: Optional[str]
    document: Any
    """None if there is no body."""
    method: str
    headers: Message


class Authlete(ThreadingHTTPServer):
    """Responds to every request with `status`, `headers` and `body`, or not at all."""

    daemon_threads = False
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body = b"{}"
        self.body_for: Callable[[Any], bytes] = lambda _document: self.body
        self.before_response: Callable[[], object] = lambda: None
        self.received = threading.Semaphore(0)
        self.requests: list[Request] = []
        self.connections = 0
        self._released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def document(self) -> Any:
        """The last request."""
        return self.requests[-1].document

    def respond_with(self, action: str, content: str, code: str = "A000000") -> None:
        document = {"resultCode": code, "action": action, "responseContent": content}
        self.body = json.dumps(document).encode()

    def hold_responses(self) -> None:
        self.before_response = self._released.wait

    def release_responses(self) -> None:
        """Send the responses that `hold_responses` holds back."""
        self._released.set()

    def stop(self) -> None:
        self._released.set()
        self.shutdown()
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore errors: some tests make the client disconnect."""


class Handler(BaseHTTPRequestHandler):
    server: Authlete

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"] or 0))
        document = json.loads(text) if text else None
        authorization = self.headers["Authorization"]
        self.server.requests.append(
            Request(self.path, authorization, document, self.command, self.headers)
        )
        self.server.received.release()
        self.server.before_response()
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        body = self.server.body_for(document)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST  # noqa: N815
    do_DELETE = do_POST  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def new_client(authlete: Authlete, **keys: Unpack[Configuration]) -> Client:
    service: Configuration = {"base_url": authlete.url, "service_id": "1", "access_token": TOKEN}
    settings: Configuration = {"timeout_ms": 600_000, **service, **keys}
    return Client(**settings)


def fail(client: Client) -> Reply:
    return client.authorization(ticket=TICKET, reason=AuthorizationReason.DENIED)


def start_threads(count: int, function: Callable[[], Any]) -> list[threading.Thread]:
    threads = [threading.Thread(target=function, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads


def wait_for_requests(authlete: Authlete, count: int) -> None:
    for _ in range(count):
        assert authlete.received.acquire(timeout=TEST_TIMEOUT)


def join(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join(TEST_TIMEOUT)
        assert not thread.is_alive()


@pytest.fixture
def authlete() -> Iterator[Authlete]:
    server = Authlete()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.stop()
    thread.join()


@pytest.fixture
def client(authlete: Authlete) -> Iterator[Client]:
    with Client(base_url=authlete.url, service_id="715948317", access_token=TOKEN) as client:
        yield client


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    """The base URL of a sandbox."""
    target = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
    with sandbox.running(target / "debug/authlete-fail-sandbox") as url:
        yield url


@pytest.fixture(params=["v3", "v2"])
def version(request: pytest.FixtureRequest) -> str:
    """The version of Authlete's API."""
    return str(request.param)


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BASE_URL", "API_VERSION", "SERVICE_APIKEY", "SERVICE_APISECRET"):
        monkeypatch.delenv(f"AUTHLETE_{name}", raising=False)
    for name in ("SERVICE_ACCESSTOKEN", "FAIL_CONFIG_JSON"):
        monkeypatch.delenv(f"AUTHLETE_{name}", raising=False)


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The freed and shut-down objects and returned calls, in order. Request it before `client`."""
    gc.collect()  # the replies of other tests
    events: list[str] = []

    def watch(name: str, event: str) -> None:
        function = getattr(_ffi, name)

        def watched(*arguments: Any) -> Any:
            try:
                return function(*arguments)
            finally:
                # Ignores calls with NULL.
                if arguments[0]:
                    events.append(event)

        monkeypatch.setattr(_ffi, name, watched)

    watch("client_free", "client freed")
    watch("client_shutdown", "shut down")
    watch("reply_free", "reply freed")
    watch("call", "returned")
    watch("client_connect", "returned")
    return events
