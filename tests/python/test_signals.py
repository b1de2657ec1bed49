"""Signals during calls, and signal handlers that close the client."""

from __future__ import annotations

import contextlib
import itertools
import os
import select
import signal
import socket
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any, Callable

import pytest
from authlete_fail import Client, Connect, Outcome, Shutdown, _ffi
from bytecodes import at_bytecode
from conftest import TEST_TIMEOUT, TICKET, TOKEN, Authlete, fail, join, new_client, start_threads


class TimeLimit(Exception):
    """Raised by a handler of SIGALRM."""


def end(number: int, _: object) -> None:
    sys.exit(number)


def limit(*_: object) -> None:
    raise TimeLimit


@pytest.fixture
def handle(request: pytest.FixtureRequest) -> Callable[[signal.Signals, Any], None]:
    """A function that installs a signal handler until the test ends.

    It also restores signals that were ignored at start-up, as in a script's background jobs.
    """

    def handle(number: signal.Signals, handler: Any) -> None:
        request.addfinalizer(partial(signal.signal, number, signal.signal(number, handler)))

    return handle


@pytest.fixture
def interrupt() -> Iterator[Callable[[signal.Signals], None]]:
    """A function that sends this process a signal and waits until it arrives."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    previous = signal.set_wakeup_fd(writer)

    def interrupt(number: signal.Signals) -> None:
        os.kill(os.getpid(), number)
        assert select.select([reader], [], [], TEST_TIMEOUT)[0], "no handler ran"

    yield interrupt
    signal.set_wakeup_fd(previous)
    os.close(reader)
    os.close(writer)


@pytest.mark.parametrize("level", ["error", "warn", "info", "debug"])
@pytest.mark.parametrize("status", [200, 503])
@pytest.mark.parametrize(
    ("number", "handler", "raised"),
    [
        (signal.SIGINT, signal.default_int_handler, KeyboardInterrupt),
        (signal.SIGTERM, end, SystemExit),
        (signal.SIGALRM, limit, TimeLimit),
    ],
    ids=["SIGINT", "SIGTERM", "SIGALRM"],
)
def test_a_signal_takes_effect_when_the_call_returns(
    events: list[str],
    authlete: Authlete,
    handle: Callable[[signal.Signals, Any], None],
    interrupt: Callable[[signal.Signals], None],
    number: signal.Signals,
    handler: Any,
    raised: type[BaseException],
    status: int,
    level: Any,
) -> None:
    handle(number, handler)
    authlete.respond_with("LOCATION", "https://client.example/cb")
    authlete.status = status
    client = new_client(authlete, log_level=level)
    events.clear()
    authlete.before_response = lambda: interrupt(number)
    with pytest.raises(raised):
        fail(client)
    # The call was not interrupted; its reply is lost, but freed.
    assert events == ["returned", "reply freed"]
    assert len(authlete.requests) == 1
    authlete.before_response, authlete.status = lambda: None, 200
    assert fail(client).outcome is Outcome.DELIVERED
    client.close()
    assert events[-2:] == ["shut down", "client freed"]


def test_a_signal_takes_effect_when_connect_returns(
    events: list[str],
    handle: Callable[[signal.Signals, Any], None],
    interrupt: Callable[[signal.Signals], None],
) -> None:
    handle(signal.SIGINT, signal.default_int_handler)
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"https://127.0.0.1:{server.getsockname()[1]}"
        client = Client(base_url=url, service_id="1", access_token=TOKEN, retry="none")
        events.clear()

        def end_handshake() -> None:
            connection, _ = server.accept()
            with connection:
                interrupt(signal.SIGINT)

        threads = start_threads(1, end_handshake)
        with pytest.raises(KeyboardInterrupt):
            client.connect()
        join(threads)
    # `connect` was not interrupted. Its reply is lost, but freed.
    assert events == ["returned", "reply freed"]
    client.close()


def test_a_signal_handler_may_close(
    events: list[str],
    authlete: Authlete,
    handle: Callable[[signal.Signals, Any], None],
    interrupt: Callable[[signal.Signals], None],
) -> None:
    authlete.respond_with("LOCATION", "https://client.example/cb")
    client = new_client(authlete)
    events.clear()
    handle(signal.SIGUSR1, lambda *_: client.close())
    authlete.before_response = lambda: interrupt(signal.SIGUSR1)
    assert fail(client).outcome is Outcome.DELIVERED
    # The handler ran inside the call and could not wait for it, so the call freed the client.
    assert sorted(events[:2]) == ["returned", "shut down"]
    assert events[2:] == ["client freed", "reply freed"]
    with pytest.raises(Shutdown):
        fail(client)


@pytest.mark.parametrize("step", range(8))
def test_a_handler_may_close_between_any_two_steps(
    step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run close() on the calling thread at every bytecode of a call and of close() itself.

    The bytecodes are divided among eight tests. There must be no deadlock, use after free or double
    free.
    """
    errors: list[str] = []
    freed: set[int] = set()

    def watch(name: str) -> None:
        function = getattr(_ffi, name)

        def watched(pointer: Any, *rest: Any) -> Any:
            address = id(pointer)
            if address in freed:
                errors.append(f"{name} of a freed client")
            if name == "client_free":
                freed.add(address)
            result = function(pointer, *rest)
            if address in freed and name != "client_free":
                errors.append(f"{name} while the client was freed")
            return result

        monkeypatch.setattr(_ffi, name, watched)

    for name in ("client_free", "client_shutdown", "call"):
        watch(name)

    def run_with_close_at(number: int) -> bool:
        """Return whether there are more than `number` bytecodes."""
        client = Client(base_url="http://127.0.0.1:1", service_id="1", access_token=TOKEN)
        with at_bytecode({"client.py", "_handle.py"}, number, client.close) as close:
            with contextlib.suppress(Connect, Shutdown):
                client.token(ticket=TICKET, reason="UNKNOWN")
            client.close()
        if freed != {id(client._handle.pointer)}:
            errors.append(f"not freed after close() at {number}")
        freed.clear()
        return close.occurred

    def run_all() -> None:
        run_with_close_at(sys.maxsize)  # CPython 3.12 traces no bytecodes the first time
        numbers = itertools.count(step, 8)
        reached.extend(itertools.takewhile(run_with_close_at, numbers))

    reached: list[int] = []
    join(start_threads(1, run_all))
    assert errors == []
    assert len(reached) > 20, "the bytecodes were traced"
