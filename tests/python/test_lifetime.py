"""Threads, closing and garbage collection: when clients and replies are freed."""

from __future__ import annotations

import dataclasses
import gc
import os
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from typing import Any

import authlete_fail
import pytest
from authlete_fail import Client, Error, InvalidConfig, Outcome, Shutdown, TicketState, _ffi
from conftest import (
    ROOT,
    TEST_TIMEOUT,
    TICKET,
    Authlete,
    fail,
    join,
    new_client,
    start_threads,
    wait_for_requests,
)


def test_threads_share_a_client(client: Client, authlete: Authlete) -> None:
    authlete.respond_with("LOCATION", "https://client.example/cb")
    barrier = threading.Barrier(17)
    authlete.before_response = lambda: barrier.wait(TEST_TIMEOUT)
    outcomes: list[Outcome] = []
    threads = start_threads(16, lambda: outcomes.append(fail(client).outcome))
    barrier.wait(TEST_TIMEOUT)  # all sixteen requests have arrived
    join(threads)
    assert outcomes == [Outcome.DELIVERED] * 16


@pytest.mark.parametrize("closers", [1, 4])
def test_close_ends_calls_and_frees_after_them(
    events: list[str], authlete: Authlete, closers: int
) -> None:
    authlete.hold_responses()
    client = new_client(authlete)
    events.clear()
    errors: list[Error] = []

    def call() -> None:
        with pytest.raises(Shutdown) as caught:
            fail(client)
        errors.append(caught.value)

    threads = start_threads(16, call)
    wait_for_requests(authlete, 16)
    join(start_threads(closers, client.close))
    ended = list(events)
    join(threads)
    assert events.count("client freed") == 1
    assert events.index("client freed") > max(
        position for position, event in enumerate(events) if event in ("returned", "shut down")
    )
    assert ended.count("returned") == 16, "close() waits for the calls"
    assert closers > 1 or "client freed" in ended
    assert {error.reply.ticket_state for error in errors} == {TicketState.UNKNOWN}
    assert len(errors) == 16
    assert "reply freed" not in events
    errors.clear()
    gc.collect()
    assert events.count("reply freed") == 16
    with pytest.raises(Shutdown):
        fail(client)


def test_the_last_call_frees_if_close_is_interrupted(
    events: list[str], authlete: Authlete, monkeypatch: pytest.MonkeyPatch
) -> None:
    authlete.hold_responses()
    client = new_client(authlete)

    def call() -> None:
        with pytest.raises(Shutdown):
            fail(client)

    threads = start_threads(1, call)
    wait_for_requests(authlete, 1)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(client._handle._left, "wait_for", interrupted)
    with pytest.raises(KeyboardInterrupt):
        client.close()
    join(threads)
    assert events.count("client freed") == 1


def test_garbage_is_freed(events: list[str], authlete: Authlete) -> None:
    client = new_client(authlete)
    seen = weakref.ref(client)
    del client
    assert seen() is None, "no reference cycle"
    assert events == ["reply freed", "client freed"]


def test_garbage_in_a_cycle_is_freed(events: list[str], authlete: Authlete) -> None:
    cycle: list[Any] = [new_client(authlete)]
    cycle.append(cycle)
    events.clear()
    del cycle
    gc.collect()
    assert events == ["client freed"]


def test_a_closed_client_is_freed_once(events: list[str], authlete: Authlete) -> None:
    client = new_client(authlete)
    client.close()
    client.close()
    del client
    gc.collect()
    assert events == ["reply freed", "shut down", "client freed"]


def test_a_call_keeps_its_client(events: list[str], authlete: Authlete) -> None:
    authlete.respond_with("LOCATION", "https://client.example/cb")
    new_client(authlete).authorization(ticket=TICKET, reason="DENIED")
    assert events == ["reply freed", "returned", "client freed", "reply freed"]


def test_failures_free_the_reply(events: list[str]) -> None:
    with pytest.raises(InvalidConfig):
        Client(base_url="nonsense")
    gc.collect()
    assert events == ["reply freed"], "no client was created"


def test_a_reply_is_freed_with_its_last_reference(
    events: list[str], client: Client, authlete: Authlete
) -> None:
    authlete.respond_with("LOCATION", "https://client.example/cb", "A060306")
    reply = fail(client)
    assert events[-1] == "returned"
    duplicate = dataclasses.replace(reply)
    assert duplicate.json.encode() == authlete.body
    del reply
    assert events[-1] == "reply freed"
    assert duplicate.result_code == "A060306"


def test_a_reply_is_freed_if_it_cannot_be_read(
    events: list[str], authlete: Authlete, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = new_client(authlete)
    events.clear()

    def interrupted(*_: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(_ffi, "reply_outcome", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fail(client)
    assert events == ["returned", "reply freed"]
    client.close()
    assert events[-1] == "client freed", "the call has left the handle"


def pythons() -> list[str]:
    """Return the running Python, and one of each other supported version that is installed.

    AUTHLETE_FAIL_PYTHONS selects others. (`make check-aarch64`: others cannot load the library.)
    """
    if selected := os.environ.get("AUTHLETE_FAIL_PYTHONS"):
        return selected.split()
    found = subprocess.run([ROOT / "tests/wheel/pythons.sh"], stdout=subprocess.PIPE, check=True)
    running = f"python3.{sys.version_info.minor}"
    paths = found.stdout.decode().splitlines()
    return [sys.executable, *(path for path in paths if Path(path).name != running)]


EXIT = """
import os, sys, threading, time
from authlete_fail import Client, _ffi

alone = len(os.listdir("/proc/self/task"))  # qemu-user has a thread besides those of the program

class Last:
    # Deleted while the interpreter exits, which ends every thread that returns to Python.
    def __del__(self, write=os.write, threads=os.listdir, alone=alone, sleep=time.sleep):
        write(1, b"exiting")
        while len(threads("/proc/self/task")) > alone:
            sleep(0.001)
        write(1, b", alone")

_ffi.client_free = lambda _: print("freed during a call", file=sys.stderr)
client = Client(base_url=sys.argv[1], service_id="1", access_token="t", timeout_ms=600_000)
call = lambda: client.authorization(ticket="t", reason="DENIED")
threading.Thread(target=call, daemon=True).start()
sys.stdin.readline()  # returns once the call waits for its response
sys.last = Last() if sys.argv[2] == "the call returns" else None
"""


@pytest.mark.parametrize("python", pythons(), ids=lambda path: Path(path).name)
@pytest.mark.parametrize("case", ["the call continues", "the call returns"])
def test_exit_during_a_call(authlete: Authlete, python: str, case: str) -> None:
    authlete.hold_responses()
    authlete.status = 503
    with subprocess.Popen(
        [python, "-c", EXIT, authlete.url, case],
        env={**os.environ, "PYTHONPATH": str(Path(authlete_fail.__file__).parents[1])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as program:
        assert program.stdin
        assert program.stdout
        wait_for_requests(authlete, 1)
        program.stdin.write(b"\n")
        program.stdin.flush()
        if case == "the call returns":
            assert program.stdout.read(len("exiting")) == b"exiting"
            authlete.release_responses()
        out, errors = program.communicate(timeout=TEST_TIMEOUT)
    assert (program.returncode, errors) == (0, b"")
    assert out == (b", alone" if case == "the call returns" else b"")
