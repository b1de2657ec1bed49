"""Log lines in the standard logging module."""

from __future__ import annotations

import contextlib
import ctypes
import json
import logging
import re
from collections.abc import Iterator
from functools import partial
from typing import Callable, Optional

import authlete_fail
import pytest
from authlete_fail import (
    Client,
    Connect,
    Error,
    Http,
    Internal,
    InvalidRequest,
    Outcome,
    Shutdown,
    Status,
    _ffi,
)
from conftest import ROOT, TICKET, TOKEN, Authlete, Handler, fail

CLOSED = "http://127.0.0.1:1"
Lines = Callable[[], list[tuple[int, str]]]
LEVELS = {1: logging.ERROR, 2: logging.WARNING, 3: logging.INFO, 4: logging.DEBUG}
"""Keys: authlete_fail_log_level."""


def config(url: str, level: Optional[str]) -> dict[str, object]:
    keys = {"baseUrl": url, "serviceId": "1", "accessToken": TOKEN}
    return {**keys, "logLevel": level} if level else {**keys}


def client(url: str, level: Optional[str]) -> Client:
    return Client(config(url, level))


def without_times(line: str) -> str:
    return re.sub(r"(_us)=\d+", r"\1=?", line)


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Lines:
    """A function that returns the new levels and lines, without times."""
    caplog.set_level(logging.DEBUG, "authlete_fail")

    def lines() -> list[tuple[int, str]]:
        new = [(record.levelno, without_times(record.message)) for record in caplog.records]
        assert {record.name for record in caplog.records} <= {"authlete_fail"}
        caplog.clear()
        return new

    return lines


class Library:
    """A C client whose log callback collects levels and lines."""

    def __init__(self, url: str) -> None:
        self.lines: list[tuple[int, str]] = []
        self.host = url.removeprefix("http://")
        arguments = (ctypes.c_void_p, ctypes.c_int32, ctypes.c_char_p, ctypes.c_size_t)
        self._function = ctypes.CFUNCTYPE(None, *arguments)(self._write)
        self._client = _ffi.ClientPointer()
        text = json.dumps(config(url, "debug")).encode()
        function = ctypes.cast(self._function, ctypes.c_void_p)
        status = _ffi.client_new(text, len(text), function, None, self._client, None)
        assert status == 0

    def call(self, path: str, request: dict[str, object]) -> None:
        text, reply = json.dumps(request).encode(), _ffi.ReplyPointer()
        _ffi.call(self._client, path.encode(), text, len(text), None, 0, reply)
        _ffi.reply_free(reply)

    def connect(self) -> None:
        _ffi.client_connect(self._client, None)

    def shut_down(self) -> None:
        _ffi.client_shutdown(self._client)

    def free(self) -> None:
        _ffi.client_free(self._client)

    def _write(self, _context: object, level: int, line: bytes, _len: int) -> None:
        self.lines.append((LEVELS[level], without_times(line.decode())))


@pytest.fixture
def library(authlete: Authlete) -> Iterator[Library]:
    library = Library(authlete.url)
    yield library
    library.free()


FAIL = "/auth/authorization/fail"
TOKEN_PATH = "/auth/token"
AUTHORIZATION: dict[str, object] = {"ticket": TICKET, "reason": "DENIED"}
TOKEN_REQUEST: dict[str, object] = {"ticket": TICKET, "reason": "UNKNOWN"}


@pytest.mark.parametrize(
    ("path", "request_", "status", "action", "code"),
    [
        (FAIL, AUTHORIZATION, 200, "BAD_REQUEST", "A059202"),
        (FAIL, AUTHORIZATION, 200, "canary-action", "A059202"),
        (FAIL, AUTHORIZATION, 503, "INTERNAL_SERVER_ERROR", "A000000"),
        (FAIL, {"ticket": TICKET, "reason": "canary-reason"}, 200, "FORM", "A060306"),
        ("/service/canary?canary=x", TOKEN_REQUEST, 503, "canary-action", "A000000"),
        ("/canary//", TOKEN_REQUEST, 200, "OK", "A000000"),
        ("/auth/token/fail", TOKEN_REQUEST, 200, "INTERNAL_SERVER_ERROR", "A063202"),
        ("/backchannel/authentication/fail", {}, 200, "FORBIDDEN", "A185001"),
    ],
)
def test_lines_match_the_library(
    lines: Lines,
    library: Library,
    authlete: Authlete,
    path: str,
    request_: dict[str, object],
    status: int,
    action: str,
    code: str,
) -> None:
    authlete.status = status
    authlete.respond_with(action, "https://client.example.org/canary-content", code)
    library.call(path, request_)
    with client(authlete.url, "debug") as debugging:
        try:
            debugging.call(path, request_)
        except Error:
            assert status != 200 or "canary" in repr((request_, path))
    assert lines() == library.lines
    assert len(library.lines) == 2
    assert "canary" not in repr(library.lines)


def names(file: str, pattern: str) -> set[str]:
    """The texts in a source file of the library that match."""
    return set(re.findall(f'"({pattern})"', (ROOT / "src" / file).read_text()))


def test_lines_match_the_library_for_every_path_and_action(
    lines: Lines, library: Library, authlete: Authlete
) -> None:
    paths = names("endpoint.rs", "/[a-z/]+")
    actions = names("action.rs", "[A-Z_]+")
    assert (len(paths), len(actions)) == (10, 20)
    with client(authlete.url, "debug") as debugging:
        for path in [*paths, "/canary", "/service/get?canary"]:
            request = AUTHORIZATION if path == FAIL else TOKEN_REQUEST
            if path.startswith("/backchannel"):
                request = {"reason": "SERVER_ERROR"}
            for action in [*actions, "canary-action", ""]:
                authlete.respond_with(action, "https://client.example.org/canary-content")
                library.call(path, request)
                debugging.call(path, request)
    new = lines()
    assert new == library.lines
    assert len(new) == 1 + 12 * 22
    logged = {line.split()[0].removeprefix("endpoint=") for _, line in new[1:]}
    assert logged == {*paths, "other"}
    assert "canary" not in repr(new)


@pytest.mark.parametrize("level", [logging.INFO, logging.WARNING], ids=["success", "failure"])
def test_the_line_of_connect_matches_the_library(
    lines: Lines, authlete: Authlete, level: int
) -> None:
    url = authlete.url if level == logging.INFO else CLOSED
    library = Library(url)
    with client(url, "debug") as debugging:
        for _ in range(2):
            library.connect()
            with contextlib.suppress(Connect):
                debugging.connect()
    library.free()
    assert lines() == library.lines
    host = url.removeprefix("http://")
    if level == logging.INFO:
        counts = [
            (1, f" connection=new peer={host} dns_us=? tcp_us=?"),
            (0, f" connection=reused peer={host}"),
        ]
        status, error = "OK", ""
    else:
        counts = [(1, " dns_us=? tcp_us=?")] * 2
        status = "CONNECT"
        error = (
            f' error="connect: {host} refused the connection; nothing was sent; check the host and '
            r'the port in \"baseUrl\""'
        )
    assert library.lines[1:] == [
        (
            level,
            f"endpoint=connect host={host} status={status} outcome=NO_API_RESPONSE ticket=NONE "
            f"attempts={attempts} duration_us=?{error}{details}",
        )
        for attempts, details in counts
    ]


def test_the_line_of_a_new_client_matches_the_library(lines: Lines) -> None:
    url = "HTTPS://AS.Example:8443/prefix/"
    library = Library(url)
    library.free()
    client(url, "debug").close()
    assert lines() == library.lines
    assert "event=client_new host=as.example:8443 version=" in library.lines[0][1]


def test_the_line_of_a_closed_client_matches_the_library(
    lines: Lines, library: Library, authlete: Authlete
) -> None:
    debugging = client(authlete.url, "debug")
    debugging.close()
    library.shut_down()
    for path, request in ("/auth/token/fail", TOKEN_REQUEST), ("/canary", {}), (TOKEN_PATH, {}):
        library.call(path, request)
        with pytest.raises(Shutdown):
            debugging.call(path, request)
    library.connect()
    with pytest.raises(Shutdown):
        debugging.connect()
    # The package closes its client, and the library shuts it down.
    new = [(level, line.replace("is closed", "was shut down")) for level, line in lines()]
    assert new == library.lines
    closed = (
        f"endpoint=/auth/token/fail host={library.host} status=SHUTDOWN outcome=NO_API_RESPONSE "
        "ticket=UNTOUCHED attempts=0 duration_us=? "
        'error="shutdown: the client was shut down; nothing was sent"'
    )
    assert library.lines[1] == (logging.WARNING, closed)


def test_the_duration_is_that_of_the_call(
    caplog: pytest.LogCaptureFixture, authlete: Authlete
) -> None:
    authlete.hold_responses()
    keys = {**config(authlete.url, "warn"), "timeoutMs": 50}
    with Client(keys) as client_, pytest.raises(Error):
        fail(client_)
    duration = re.search(r" duration_us=(\d+) ", caplog.text)
    assert duration
    assert int(duration[1]) >= 45_000, "a timer may fire a little early"


@pytest.mark.parametrize(
    ("level", "count"), [("error", 0), (None, 1), ("warn", 1), ("info", 2), ("debug", 3)]
)
def test_log_level_filters(
    lines: Lines, authlete: Authlete, level: Optional[str], count: int
) -> None:
    authlete.respond_with("BAD_REQUEST", "{}")
    with client(authlete.url, level) as filtered:
        filtered.token(TOKEN_REQUEST)
        authlete.status = 500
        with pytest.raises(Http):
            filtered.token(TOKEN_REQUEST)
    assert len(lines()) == count


def test_a_client_from_the_environment_logs_warnings(
    lines: Lines, authlete: Authlete, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHLETE_BASE_URL", authlete.url)
    monkeypatch.setenv("AUTHLETE_SERVICE_APIKEY", "1")
    monkeypatch.setenv("AUTHLETE_SERVICE_ACCESSTOKEN", TOKEN)
    authlete.respond_with("BAD_REQUEST", "{}")
    with Client() as default:
        default.token(TOKEN_REQUEST)
        authlete.status = 500
        with pytest.raises(Http):
            default.token(TOKEN_REQUEST)
    assert [level for level, _ in lines()] == [logging.WARNING]


def test_a_bug_in_the_library_is_an_error(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    with client(CLOSED, "error") as refused:
        monkeypatch.setattr(_ffi, "call", lambda *_: Status.INTERNAL.value)
        with pytest.raises(Internal):
            fail(refused)
    [(level, line)] = lines()
    assert level == logging.ERROR
    assert line.startswith("endpoint=/auth/authorization/fail host=127.0.0.1:1 status=INTERNAL ")


def test_the_logger_filters_too(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, "authlete_fail")
    with client(CLOSED, "debug") as refused, pytest.raises(Connect):
        fail(refused)
    assert caplog.records == []


class Broken(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        raise RuntimeError(record.levelname)


class Raising(logging.Handler):
    """Raises. Handlers should report errors to logging instead."""

    error: type[BaseException] = RuntimeError

    def emit(self, record: logging.LogRecord) -> None:
        raise self.error(record.levelname)


@pytest.fixture
def add(request: pytest.FixtureRequest) -> Callable[[logging.Handler], None]:
    """A function that adds a handler to the logger until the test ends."""
    logger = logging.getLogger("authlete_fail")

    def add(handler: logging.Handler) -> None:
        logger.addHandler(handler)
        request.addfinalizer(partial(logger.removeHandler, handler))

    return add


def test_a_handler_that_cannot_write_does_not_affect_calls(
    add: Callable[[logging.Handler], None], capsys: pytest.CaptureFixture[str]
) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(Broken())
    add(handler)
    with client(CLOSED, "warn") as refused, pytest.raises(Connect):
        fail(refused)
    assert "--- Logging error ---" in capsys.readouterr().err


def test_a_handler_that_raises_does_not_affect_calls(
    add: Callable[[logging.Handler], None],
    authlete: Authlete,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.INFO, "authlete_fail")
    authlete.respond_with("LOCATION", "https://client.example/cb")
    handler = Raising()
    add(handler)
    with client(authlete.url, "debug") as calling:
        assert fail(calling).outcome is Outcome.DELIVERED
        error = capsys.readouterr().err
        assert "--- Logging error ---" in error
        assert "RuntimeError: INFO" in error
        monkeypatch.setattr(logging, "raiseExceptions", False)
        assert fail(calling).outcome is Outcome.DELIVERED
        assert capsys.readouterr().err == ""
        handler.error = KeyboardInterrupt
        with pytest.raises(KeyboardInterrupt):
            fail(calling)


def test_records_have_the_fields(
    caplog: pytest.LogCaptureFixture, library: Library, authlete: Authlete
) -> None:
    caplog.set_level(logging.DEBUG, "authlete_fail")
    authlete.respond_with("LOCATION", "https://client.example/cb", "A060306")
    authlete.headers["Request-Id"] = 'a "b"\\='
    library.call(FAIL, AUTHORIZATION)
    with client(authlete.url, "debug") as debugging:
        debugging.authorization(AUTHORIZATION)
        with pytest.raises(InvalidRequest):
            debugging.authorization()
    created, delivered, refused = [fields(record) for record in caplog.records]
    assert created.keys() == delivered.keys() == refused.keys()
    assert {name: value for name, value in created.items() if value is not None} == {
        "event": "client_new",
        "host": library.host,
        "version": authlete_fail.__version__,
    }
    times = {name: value for name, value in delivered.items() if name.endswith("_us")}
    absent = {"proxy_us", "tls_us"}
    assert {name for name, value in times.items() if value is None} == absent
    assert all(isinstance(value, int) for name, value in times.items() if name not in absent)
    assert {name: delivered[name] for name in delivered.keys() - times.keys()} == {
        **{"event": None, "version": None, "retry_cause": None, "error": None, "tls": None},
        **{"endpoint": FAIL, "host": library.host, "status": "OK", "http": 200},
        **{"code": "A060306", "action": "LOCATION", "outcome": "DELIVERED", "ticket": "CONSUMED"},
        **{"attempts": 1, "request_id": 'a "b"\\=', "connection": "new", "peer": library.host},
    }
    assert 'request_id="a \\"b\\"\\\\="' in library.lines[1][1]
    assert without_times(caplog.messages[1]) == library.lines[1][1]
    assert (refused["status"], refused["attempts"]) == ("INVALID_REQUEST", 0)
    assert refused["error"] == 'request: "ticket" is missing'
    assert refused["connection"] is refused["http"] is None


def fields(record: logging.LogRecord) -> dict[str, object]:
    prefix = "authlete_"
    names = [name for name in vars(record) if name.startswith(prefix)]
    return {name.removeprefix(prefix): getattr(record, name) for name in names}


def test_a_line_names_the_keyword(caplog: pytest.LogCaptureFixture) -> None:
    with Client(base_url=CLOSED, service_id="1", access_token=TOKEN) as refused:
        with pytest.raises(Connect) as caught:
            refused.connect()
        assert str(caught.value).endswith('check the host and the port in "base_url"')
        with pytest.raises(InvalidRequest, match='"error_uri" is 1001 bytes long'):
            refused.backchannel_authentication(error_uri=1001 * "x")
    assert str(caught.value).replace('"', '\\"') in caplog.messages[0]
    assert r"\"error_uri\"" in caplog.messages[1]


def test_the_details_are_those_of_the_last_attempt(
    caplog: pytest.LogCaptureFixture, authlete: Authlete, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reused connection ends, and the call is retried on a new one."""
    monkeypatch.setattr(Handler, "protocol_version", "HTTP/1.1")
    authlete.respond_with("LOCATION", "https://client.example/cb")
    with client(authlete.url, "info") as calling:
        fail(calling)
        dropped: list[object] = []

        def drop() -> None:
            if not dropped:
                dropped.append(None)
                raise ConnectionAbortedError

        authlete.before_response = drop
        caplog.set_level(logging.INFO, "authlete_fail")
        reply = fail(calling)
    first, last = reply.diagnostics["attempts"]
    assert (first["connection"], last["connection"]) == ("reused", "new")
    cause = reply.diagnostics["retryCause"]
    assert cause
    assert cause.startswith("network: ")
    [record] = caplog.records
    assert fields(record)["retry_cause"] == cause
    assert "connection=" not in record.getMessage()
