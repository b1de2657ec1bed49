"""SIGTERM to a server in C or C++ that waits for Authlete."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from typing import Optional

import pytest
from browser import Browser, Response
from expected import assert_is_error_page
from gate import gate
from oauth_client import OAuthClient
from programs import TEST_TIMEOUT, server

TIMEOUT = 10
"""The library's default timeout, in seconds."""


@pytest.mark.parametrize("name", ["microhttpd", "httplib"])
def test_calls_in_flight_are_aborted(
    name: str, authlete: str, client: OAuthClient, capfd: pytest.CaptureFixture[str]
) -> None:
    """The user gets an error page if the connection survives; the timeout does not apply."""

    def visit(url: str) -> Optional[Response]:
        try:
            return Browser(url).get(client.authorization_request(prompt="none"))
        except (HTTPException, OSError):
            return None

    with gate(authlete) as shut, ThreadPoolExecutor(1) as user:
        with server(name, shut.url) as url:
            response = user.submit(visit, url)
            shut.wait_for(1)
            start = time.monotonic()
        assert time.monotonic() - start < TIMEOUT / 2
        # There is a line for each call, and libmicrohttpd logs no error.
        first, second = capfd.readouterr().err.splitlines()
        assert re.search(" endpoint=/auth/authorization .* status=OK ", first)
        assert re.search(" endpoint=/auth/authorization/fail .* status=SHUTDOWN ", second)
        if (page := response.result(TEST_TIMEOUT)) is not None:
            assert_is_error_page(page, 500)
