"""What the library logs, as the module logging sees it."""

from __future__ import annotations

import logging

import pytest
from authlete_fail import Client, Connect
from conftest import TICKET, TOKEN, Authlete, fail

CLOSED = "http://127.0.0.1:1"


def client(url: str, level: str) -> Client:
    return Client(base_url=url, service_id="1", access_token=TOKEN, log_level=level)


def test_levels_are_those_of_logging(caplog: pytest.LogCaptureFixture, authlete: Authlete) -> None:
    caplog.set_level(logging.DEBUG, "authlete_fail")
    authlete.says("LOCATION", "https://client.example.org/cb")
    with client(authlete.url, "debug") as debugging:
        fail(debugging)
    with client(CLOSED, "debug") as refused, pytest.raises(Connect):
        fail(refused)
    levels = [record.levelname for record in caplog.records]
    assert levels == ["DEBUG", "INFO", "DEBUG", "WARNING"]
    assert {record.name for record in caplog.records} == {"authlete_fail"}
    assert "authorization: OK, HTTP 200, action LOCATION, DELIVERED" in caplog.text
    assert TICKET not in caplog.text
    assert TOKEN not in caplog.text
    assert "client.example.org" not in caplog.text


@pytest.mark.parametrize(("level", "count"), [("error", 0), ("warn", 1), ("info", 1), ("debug", 2)])
def test_the_configuration_says_how_much(
    caplog: pytest.LogCaptureFixture, level: str, count: int
) -> None:
    caplog.set_level(logging.DEBUG, "authlete_fail")
    with client(CLOSED, level) as refused, pytest.raises(Connect):
        fail(refused)
    assert len(caplog.records) == count


def test_a_handler_that_raises_harms_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[object] = []
    monkeypatch.setattr("sys.unraisablehook", reported.append)

    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise RuntimeError(record.levelname)

    logger = logging.getLogger("authlete_fail")
    broken = Broken()
    logger.addHandler(broken)
    try:
        with client(CLOSED, "warn") as refused, pytest.raises(Connect):
            fail(refused)
    finally:
        logger.removeHandler(broken)
    assert len(reported) == 1
