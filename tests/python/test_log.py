"""The log lines of the package match those of the library."""

from __future__ import annotations

import contextlib
import ctypes
import json
import logging
import re
from collections.abc import Iterator
from typing import Callable

import authlete_fail
import pytest
from authlete_fail import Connect, Error, InvalidRequest, Shutdown, _ffi
from conftest import ROOT, TICKET, Authlete
from logged import AUTHORIZATION, CLOSED, FAIL, TOKEN_REQUEST, client, config, fields, without_times

TOKEN_PATH = "/auth/token"
Lines = Callable[[], list[tuple[int, str]]]
LEVELS = {1: logging.ERROR, 2: logging.WARNING, 3: logging.INFO, 4: logging.DEBUG}
"""Keys: authlete_fail_log_level."""


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
        counts = [(1, f" connection=new peer={host} tcp_us=?"), (0, "")]
        status, error = "OK", ""
    else:
        counts = [(1, " tcp_us=?")] * 2
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
    absent = {"dns_us", "proxy_us", "tls_us"}
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
