"""What SIGTERM does to a server in C or C++ that waits for Authlete."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from typing import Optional

import pytest
from browser import Answer, Browser
from expected import assert_is_error_page
from gate import gate
from oauth_client import OAuthClient
from programs import PATIENCE, server

TIMEOUT = 10
"""Seconds that the library waits for an answer."""


@pytest.mark.parametrize("name", ["microhttpd", "httplib"])
def test_calls_in_flight_end(
    name: str, authlete: str, client: OAuthClient, capfd: pytest.CaptureFixture[str]
) -> None:
    """The user is told, if the connection lives; nobody waits for the timeout."""

    def visit(url: str) -> Optional[Answer]:
        try:
            return Browser(url).get(client.authorization_request(prompt="none"))
        except (HTTPException, OSError):
            return None

    with gate(authlete) as shut, ThreadPoolExecutor(1) as user:
        with server(name, shut.url) as url:
            answer = user.submit(visit, url)
            shut.wait_for(1)
            start = time.monotonic()
        assert time.monotonic() - start < TIMEOUT / 2
        # It is this library that says so, and libmicrohttpd has nothing to complain of.
        [line] = capfd.readouterr().err.splitlines()
        assert line.startswith("authorization: SHUTDOWN")
        if (page := answer.result(PATIENCE)) is not None:
            assert_is_error_page(page, 500)
