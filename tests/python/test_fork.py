"""Clients in forked children."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

import pytest
from authlete_fail import Client, Outcome
from conftest import PATIENCE, Authlete, fail, in_threads, join, wait_for_requests

# Python 3.12 and later warn of what this is about.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


def in_child(function: Callable[[], bool]) -> None:
    """Run `function` in a forked child, where it must be true, in time."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            # A child that hangs is ended, by the default action of the signal.
            threading.Timer(PATIENCE, os._exit, (3,)).start()
            status = 0 if function() else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_client_works_in_a_child_and_goes_on_in_the_parent(
    authlete: Authlete, client: Client
) -> None:
    authlete.says("LOCATION", "https://client.example.org/cb")
    fail(client)
    in_child(lambda: fail(client).outcome is Outcome.DELIVERED)
    assert fail(client).outcome is Outcome.DELIVERED


def test_a_child_does_not_wait_for_calls_of_the_parents_threads(
    authlete: Authlete, client: Client
) -> None:
    answering = threading.Event()
    authlete.says("LOCATION", "https://client.example.org/cb")
    authlete.before_answer = lambda: answering.wait(PATIENCE)
    callers = in_threads(4, lambda: fail(client))
    wait_for_requests(authlete, 4)

    def close() -> bool:
        client.close()
        return True

    in_child(close)
    answering.set()
    join(callers)
    assert fail(client).outcome is Outcome.DELIVERED


def test_a_lock_that_was_held_at_the_fork_is_free_in_the_child(
    authlete: Authlete, client: Client
) -> None:
    authlete.says("LOCATION", "https://client.example.org/cb")
    is_held, is_over = threading.Event(), threading.Event()

    def hold() -> None:
        with client._handle._lock:
            is_held.set()
            is_over.wait(PATIENCE)

    holder = in_threads(1, hold)
    assert is_held.wait(PATIENCE)
    in_child(lambda: fail(client).outcome is Outcome.DELIVERED)
    is_over.set()
    join(holder)
