"""Starlette: calls run on threads and do not block the event loop."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from browser import Browser
from expected import assert_is_failed
from gate import gate
from oauth_client import OAuthClient
from programs import server

CALLS = 63
"""One less than the server has threads."""


def test_many_concurrent_calls(authlete: str, client: OAuthClient) -> None:
    with (
        gate(authlete) as gated,
        server("starlette", gated.url) as url,
        ThreadPoolExecutor(CALLS) as users,
    ):
        states = [f"state-{number}" for number in range(CALLS)]
        responses = users.map(partial(assert_is_failed, url, client), states)
        gated.wait_for(CALLS)
        # The server still serves other requests.
        assert Browser(url).get(client.authorization_request()).status == 200
        gated.is_open.set()
        assert len(list(responses)) == CALLS
