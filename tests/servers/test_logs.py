"""The logs of the servers: the log alone says why a request failed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from browser import Browser
from expected import LOGIN, allow, assert_is_error_page, assert_is_failed, assert_is_page
from oauth_client import OAuthClient
from programs import sandbox, server

LINE = re.compile(
    r"""
    \d{4}-\d\d-\d\d [T\x20] \d\d:\d\d:\d\d (?:Z|,\d{3}) \x20 (?P<level>[A-Z]+) \x20
    (?:authlete_fail\x20)? \[(?P<id>[0-9a-f]{16}|-)\] \x20 (?P<call>endpoint=.*)
    """,
    re.VERBOSE,
)
"""A line of the library in the log of a server."""
WARN = ("WARN", "WARNING")


@contextmanager
def running(name: str, authlete: str, **environment: str) -> Iterator[str]:
    """Run a server with one worker; another could miss its signal while it still starts."""
    options = ["--workers", 1] if name == "flask" else []
    with server(name, authlete, *options, **environment) as url:
        yield url


def logged(capfd: pytest.CaptureFixture[str]) -> list[re.Match[str]]:
    """Return the lines of the library since the last call of this function."""
    lines = [line for line in capfd.readouterr().err.splitlines() if "endpoint=" in line]
    found = [LINE.fullmatch(line) for line in lines]
    assert None not in found, lines
    return [line for line in found if line]


def request_id(page: str) -> str:
    """Return the request ID on an error page."""
    found = re.search(r"Request ID: ([0-9a-f]{16})", page)
    assert found, page
    return found[1]


def control(authlete: str, path: str, document: dict[str, Any]) -> None:
    """Send a control request to the sandbox."""
    headers = {"Content-Type": "application/json"}
    response = Browser(authlete).request("POST", f"/sandbox/{path}", json.dumps(document), headers)
    assert response.status in (200, 201), response


def test_a_wrong_port(name: str, client: OAuthClient, capfd: pytest.CaptureFixture[str]) -> None:
    with sandbox() as authlete:
        pass
    with running(name, authlete) as url:
        pages = [Browser(url).get(client.authorization_request()) for _ in range(2)]
    ids = []
    for page in pages:
        assert_is_error_page(page, 500)
        # Only the log has the cause.
        assert "refused" not in page.body
        ids.append(request_id(page.body))
    assert ids[0] != ids[1]
    lines = logged(capfd)
    for number in ids:
        [line] = [line for line in lines if line["id"] == number]
        assert line["level"] in WARN
        assert " status=CONNECT " in line["call"]
        assert "refused the connection; nothing was sent; check " in line["call"]
        assert re.search(r'the port in \\"(baseUrl|base_url)\\"', line["call"])


def test_a_wrong_token(
    name: str, authlete: str, client: OAuthClient, capfd: pytest.CaptureFixture[str]
) -> None:
    with running(name, authlete, AUTHLETE_SERVICE_ACCESSTOKEN="a-revoked-token") as url:
        page = Browser(url).get(client.authorization_request())
    assert_is_error_page(page, 500)
    [line] = [line for line in logged(capfd) if line["id"] == request_id(page.body)]
    assert line["level"] in WARN
    assert " status=HTTP http=401 " in line["call"]
    assert re.search(r'; check \\"(accessToken|access_token)\\""', line["call"])
    assert "a-revoked-token" not in line["call"]


def test_an_expired_ticket(
    name: str, client: OAuthClient, capfd: pytest.CaptureFixture[str]
) -> None:
    """Authlete's action is in the log, and the access token is not."""
    with sandbox() as authlete, running(name, authlete) as url:
        browser = Browser(url)
        page = browser.get(client.authorization_request())
        control(authlete, "clock", {"advanceSeconds": 86400})
        page = allow(browser, page)
    assert_is_error_page(page, 400)
    log = capfd.readouterr().err
    lines = [line for line in log.splitlines() if request_id(page.body) in line]
    call = "endpoint=/auth/authorization/issue "
    assert any(call in line and " action=BAD_REQUEST " in line for line in lines)
    assert "sandbox-access-token" not in log


def test_a_retry(name: str, client: OAuthClient, capfd: pytest.CaptureFixture[str]) -> None:
    """Authlete closes a reused connection: a call that fails a request is repeated."""
    with sandbox() as authlete, running(name, authlete) as url:
        fault = {"path": "/auth/authorization/fail", "disconnect": "before"}
        control(authlete, "faults", fault)
        assert_is_failed(url, client, "state")
    retried = [line for line in logged(capfd) if " attempts=2 " in line["call"]]
    assert [line["level"] for line in retried] == ["INFO"]
    assert " status=OK " in retried[0]["call"]
    assert ' retry_cause="network: ' in retried[0]["call"]


@pytest.mark.parametrize(("level", "has_times"), [("debug", True), ("info", False)])
def test_the_level(
    name: str,
    authlete: str,
    client: OAuthClient,
    capfd: pytest.CaptureFixture[str],
    level: str,
    has_times: bool,
) -> None:
    with running(name, authlete, LOG_LEVEL=level) as url:
        Browser(url).get(client.authorization_request())
    [line] = [line for line in logged(capfd) if "endpoint=/auth/authorization " in line["call"]]
    assert line["level"] == "INFO"
    assert (" connection=" in line["call"]) == has_times
    assert (" wait_us=" in line["call"]) == has_times


def test_connections_opened_early(
    name: str, authlete: str, client: OAuthClient, capfd: pytest.CaptureFixture[str]
) -> None:
    """The line of a connect contains the ID of the request that caused it."""
    with running(name, authlete) as url:
        assert_is_page(Browser(url).get(client.authorization_request()), LOGIN)
    lines = logged(capfd)
    [call] = [line for line in lines if "endpoint=/auth/authorization " in line["call"]]
    assert any(line["id"] == call["id"] for line in lines if "=connect " in line["call"])
