"""Starlette: calls run on threads and do not block the event loop."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

from browser import Browser, Response
from gate import gate
from oauth_client import OAuthClient
from programs import server

CALLS = 64


def test_many_concurrent_calls(authlete: str, client: OAuthClient) -> None:
    with (
        gate(authlete) as gated,
        server("starlette", gated.url) as url,
        ThreadPoolExecutor(CALLS) as users,
    ):

        def user(state: str) -> Response:
            return Browser(url).get(client.authorization_request(prompt="none", state=state))

        states = [f"state-{number}" for number in range(CALLS)]
        responses = users.map(user, states)
        gated.wait_for(CALLS)
        # All threads wait for Authlete; the server still serves other requests.
        assert Browser(url).get(client.authorization_request()).status == 200
        gated.is_open.set()
        for state, response in zip(states, responses):
            assert response.status == 303
            parameters = parse_qs(urlsplit(response.headers["location"]).query)
            assert (parameters["error"], parameters["state"]) == (["login_required"], [state])
