"""Forked children and many threads: each gets its own replies."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
from typing import Any

import pytest
from authlete_fail import Client, Outcome, Shutdown
from conftest import (
    TEST_TIMEOUT,
    Authlete,
    Handler,
    fail,
    join,
    new_client,
    start_threads,
    wait_for_requests,
)

# Python 3.12 warns about a fork in a process with threads, which is tested here.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


@pytest.fixture
def echo(authlete: Authlete, monkeypatch: pytest.MonkeyPatch) -> Authlete:
    """Keeps connections open, and responds with the ticket of the request."""
    monkeypatch.setattr(Handler, "protocol_version", "HTTP/1.1")

    def response(document: Any) -> bytes:
        content = f"https://client.example/cb?state={document['ticket']}"
        return json.dumps({"action": "LOCATION", "responseContent": content}).encode()

    authlete.body_for = response
    return authlete


def call(client: Client, name: str, count: int) -> int:
    """Make calls, and return how many replies belong to another call."""
    wrong = 0
    for number in range(count):
        ticket = f"{name}-{number}"
        reply = client.authorization(ticket=ticket, reason="DENIED")
        wrong += not dict(reply.response.headers)["Location"].endswith(f"={ticket}")
    return wrong


def in_child(function: Any) -> int:
    """Fork and return the exit code of the child, which SIGALRM kills if it hangs."""
    child = os.fork()
    if child == 0:
        signal.alarm(TEST_TIMEOUT)
        code = 1
        try:
            function()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_children_and_parent_share_a_client(echo: Authlete) -> None:
    context = multiprocessing.get_context("fork")
    with new_client(echo) as client:
        assert call(client, "warm", 2) == 0

        def child(name: str) -> None:
            sys.exit(call(client, name, 25))

        children = [context.Process(target=child, args=(f"child-{n}",)) for n in range(4)]
        for process in children:
            process.start()
        assert call(client, "parent", 25) == 0
        for process in children:
            process.join(TEST_TIMEOUT)
        assert [process.exitcode for process in children] == [0] * 4


def test_a_child_opens_its_own_connection(echo: Authlete) -> None:
    with new_client(echo) as client:
        assert client.connect().attempts == 1

        def connect_and_call() -> None:
            assert client.connect().attempts == 1
            assert call(client, "child", 2) == 0

        assert in_child(connect_and_call) == 0
        assert client.connect().attempts == 0
        assert call(client, "parent", 2) == 0
    assert echo.connections == 2


def test_a_child_closes_while_threads_of_its_parent_call(authlete: Authlete) -> None:
    authlete.respond_with("LOCATION", "https://client.example/cb")
    before = authlete.before_response
    authlete.hold_responses()
    client = new_client(authlete)
    outcomes: list[Outcome] = []
    threads = start_threads(8, lambda: outcomes.append(fail(client).outcome))
    wait_for_requests(authlete, 8)

    def close() -> None:
        client.close()
        with pytest.raises(Shutdown):
            fail(client)

    assert in_child(close) == 0
    authlete.before_response = before
    authlete.release_responses()
    join(threads)
    assert outcomes == [Outcome.DELIVERED] * 8
    client.close()


def test_thirty_two_threads_get_their_own_replies(echo: Authlete) -> None:
    wrong: list[int] = []
    with new_client(echo) as client:
        numbers = iter(range(32))
        join(start_threads(32, lambda: wrong.append(call(client, f"thread-{next(numbers)}", 10))))
    assert wrong == [0] * 32
