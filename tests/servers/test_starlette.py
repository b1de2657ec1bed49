"""Starlette: calls that wait for Authlete are in threads, and leave the event loop to others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

from browser import Answer, Browser
from gate import gate
from oauth_client import OAuthClient
from programs import server

CALLS = 64


def test_many_calls_at_once(authlete: str, client: OAuthClient) -> None:
    with (
        gate(authlete) as gated,
        server("starlette", gated.url) as url,
        ThreadPoolExecutor(CALLS) as users,
    ):

        def user(state: str) -> Answer:
            return Browser(url).get(client.authorization_request(prompt="none", state=state))

        states = [f"state-{number}" for number in range(CALLS)]
        answers = users.map(user, states)
        gated.wait_for(CALLS)
        # All threads wait for Authlete; others are served.
        assert Browser(url).get(client.authorization_request()).status == 200
        gated.is_open.set()
        for state, answer in zip(states, answers):
            assert answer.status == 303
            parameters = parse_qs(urlsplit(answer.headers["location"]).query)
            assert (parameters["error"], parameters["state"]) == (["login_required"], [state])
