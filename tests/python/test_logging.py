"""Levels, filters and handlers of the standard module logging."""

from __future__ import annotations

import json
import logging
import re
from functools import partial
from typing import Callable, Optional

import pytest
from authlete_fail import (
    Client,
    Connect,
    Error,
    Http,
    Internal,
    InvalidRequest,
    Outcome,
    Status,
    _ffi,
)
from conftest import TOKEN, Authlete, Handler, fail
from logged import CLOSED, TOKEN_REQUEST, client, config, fields


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
    caplog: pytest.LogCaptureFixture, authlete: Authlete, level: Optional[str], count: int
) -> None:
    caplog.set_level(logging.DEBUG, "authlete_fail")
    authlete.respond_with("BAD_REQUEST", "{}")
    with client(authlete.url, level) as filtered:
        filtered.token(TOKEN_REQUEST)
        authlete.status = 500
        with pytest.raises(Http):
            filtered.token(TOKEN_REQUEST)
    assert len(caplog.records) == count


@pytest.mark.parametrize(
    ("keys", "levels"),
    [
        (None, [logging.WARNING]),
        ({"logLevel": "error"}, []),
        ({"logLevel": "info"}, [logging.INFO, logging.WARNING]),
        ({"logLevel": "debug", "timeoutMs": 5000}, [logging.DEBUG, logging.INFO, logging.WARNING]),
    ],
)
def test_a_client_from_the_environment_logs(
    caplog: pytest.LogCaptureFixture,
    authlete: Authlete,
    monkeypatch: pytest.MonkeyPatch,
    keys: Optional[dict[str, object]],
    levels: list[int],
) -> None:
    caplog.set_level(logging.DEBUG, "authlete_fail")
    if keys is None:
        monkeypatch.setenv("AUTHLETE_BASE_URL", authlete.url)
    else:
        keys = {**keys, "baseUrl": authlete.url}
        monkeypatch.setenv("AUTHLETE_FAIL_CONFIG_JSON", json.dumps(keys))
    monkeypatch.setenv("AUTHLETE_SERVICE_APIKEY", "1")
    monkeypatch.setenv("AUTHLETE_SERVICE_ACCESSTOKEN", TOKEN)
    authlete.respond_with("BAD_REQUEST", "{}")
    with Client() as default:
        default.token(TOKEN_REQUEST)
        authlete.status = 500
        with pytest.raises(Http):
            default.token(TOKEN_REQUEST)
    assert [record.levelno for record in caplog.records] == levels
    host = authlete.url.removeprefix("http://")
    assert {fields(record)["host"] for record in caplog.records} <= {host}


def test_a_bug_in_the_library_is_an_error(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with client(CLOSED, "error") as refused:
        monkeypatch.setattr(_ffi, "call", lambda *_: Status.INTERNAL.value)
        with pytest.raises(Internal):
            fail(refused)
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert record.message.startswith(
        "endpoint=/auth/authorization/fail host=127.0.0.1:1 status=INTERNAL "
    )


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
