"""An AsyncClient while Authlete does not respond."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import authlete_fail
import pytest
from conftest import TEST_TIMEOUT, Authlete, wait_for_requests
from outage import CALLS, THREADS
from test_lifetime import pythons

PROGRAM = Path(__file__).with_name("outage.py")


@pytest.mark.parametrize("place", ["here", "os.fork", "multiprocessing"])
def test_every_call_ends_by_its_deadline(authlete: Authlete, place: str) -> None:
    authlete.hold_responses()
    result = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", PROGRAM, authlete.url, place],
        stdout=subprocess.PIPE,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    found = json.loads(result.stdout)
    sent, queued = found["calls"][:THREADS], found["calls"][THREADS:]
    assert len(queued) == CALLS - THREADS
    assert {(call["state"], call["attempts"]) for call in sent} == {("UNKNOWN", 1)}
    assert {(call["state"], call["attempts"]) for call in queued} == {("UNTOUCHED", 0)}
    assert {call["response"] for call in found["calls"]} == {500}
    # Without a deadline, they would end after the client's timeout of 10 seconds.
    assert max(call["lateMs"] for call in found["calls"]) < 5000
    tickets = {request.document["ticket"] for request in authlete.requests} - {"warm-up"}
    assert tickets == {str(number) for number in range(THREADS)}
    assert found["threads"] <= THREADS + 1
    assert found["grownKib"] < 16 * 1024


EXIT = """
import asyncio, sys
from authlete_fail import AsyncClient

client = AsyncClient(base_url=sys.argv[1], service_id="1", access_token="t", timeout_ms=600_000)

async def main():
    calls = [client.authorization(ticket="t", reason="DENIED") for _ in range(40)]
    tasks = [asyncio.create_task(call) for call in calls]
    # Returns once 32 calls wait for their responses.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)

asyncio.run(main())
"""


@pytest.mark.parametrize("python", pythons(), ids=lambda path: Path(path).name)
def test_exit_during_calls(authlete: Authlete, python: str) -> None:
    authlete.hold_responses()
    with subprocess.Popen(
        [python, "-c", EXIT, authlete.url],
        env={**os.environ, "PYTHONPATH": str(Path(authlete_fail.__file__).parents[1])},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as program:
        wait_for_requests(authlete, THREADS)
        _, errors = program.communicate(b"\n", timeout=TEST_TIMEOUT)
    assert (program.returncode, errors) == (0, b"")
    assert len(authlete.requests) == THREADS
