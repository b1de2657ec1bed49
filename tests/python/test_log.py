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

import pytest
from authlete_fail import Client, Connect, Error, Http, Internal, Shutdown, Status, _ffi
from conftest import ROOT, TICKET, TOKEN, Authlete, fail

CLOSED = "http://127.0.0.1:1"
Lines = Callable[[], list[tuple[int, str]]]
LEVELS = {1: logging.ERROR, 2: logging.WARNING, 3: logging.INFO, 4: logging.DEBUG}
"""Keys: authlete_fail_log_level."""


def config(url: str, level: Optional[str]) -> dict[str, object]:
    keys = {"baseUrl": url, "serviceId": "1", "accessToken": TOKEN}
    return {**keys, "logLevel": level} if level else {**keys}


def client(url: str, level: Optional[str]) -> Client:
    return Client(config(url, level))


def without_duration(line: str) -> str:
    return re.sub(r"(_us)=\d+", r"\1=?", line)


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Lines:
    """A function that returns the new levels and lines, without durations."""
    caplog.set_level(logging.DEBUG, "authlete_fail")

    def lines() -> list[tuple[int, str]]:
        new = [(record.levelno, without_duration(record.message)) for record in caplog.records]
        assert {record.name for record in caplog.records} <= {"authlete_fail"}
        caplog.clear()
        return new

    return lines


class Library:
    """A C client whose log callback collects levels and lines."""

    def __init__(self, url: str) -> None:
        self.lines: list[tuple[int, str]] = []
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
        self.lines.append((LEVELS[level], without_duration(line.decode())))


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
    logged = [line.split(":")[0] for _, line in new[1:]]
    assert set(logged) == {*paths, "other"}
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
    status, attempts = ("OK", (1, 0)) if level == logging.INFO else ("CONNECT", (1, 1))
    assert library.lines[1:] == [
        (
            level,
            f"connect: {status}, HTTP 0, action -, NO_API_RESPONSE, ticket NONE, "
            f"{count} attempt(s), ? ms",
        )
        for count in attempts
    ]


def test_the_line_of_a_new_client_matches_the_library(lines: Lines) -> None:
    url = "HTTPS://AS.Example:8443/prefix/"
    library = Library(url)
    library.free()
    client(url, "debug").close()
    assert lines() == library.lines
    assert "client for as.example:8443, version " in library.lines[0][1]


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
    assert lines() == library.lines
    closed = (
        "/auth/token/fail: SHUTDOWN, HTTP 0, action -, NO_API_RESPONSE, ticket UNTOUCHED, "
        "0 attempt(s), ? ms"
    )
    assert library.lines[1] == (logging.WARNING, closed)


def test_the_duration_is_that_of_the_call(
    caplog: pytest.LogCaptureFixture, authlete: Authlete
) -> None:
    authlete.hold_responses()
    keys = {**config(authlete.url, "warn"), "timeoutMs": 50}
    with Client(keys) as client_, pytest.raises(Error):
        fail(client_)
    duration = re.search(r", (\d+) ms$", caplog.text.strip())
    assert duration
    assert int(duration[1]) >= 45, "a timer may fire a little early"


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
        monkeypatch.setattr(_ffi, "reply_status", lambda _: Status.INTERNAL.value)
        with pytest.raises(Internal):
            fail(refused)
    [(level, line)] = lines()
    assert level == logging.ERROR
    assert line.startswith("/auth/authorization/fail: INTERNAL, ")


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

    def emit(self, record: logging.LogRecord) -> None:
        raise RuntimeError(record.levelname)


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


def test_an_exception_from_a_handler_reaches_the_caller(
    add: Callable[[logging.Handler], None], events: list[str]
) -> None:
    refused = client(CLOSED, "warn")
    add(Raising())
    with pytest.raises(RuntimeError, match="WARNING"):
        fail(refused)
    assert events[-2:] == ["returned", "reply freed"]
    refused.close()
    assert events[-1] == "client freed"
