"""An AsyncClient while Authlete does not respond."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Authlete
from outage import CALLS, THREADS

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
    assert max(call["lateMs"] for call in found["calls"]) < 400
    tickets = {request.document["ticket"] for request in authlete.requests} - {"warm-up"}
    assert tickets == {str(number) for number in range(THREADS)}
    assert found["threads"] <= THREADS + 1
    assert found["left"] <= 2, "aclose() waits for the threads; the last may still be exiting"
    assert found["grownKib"] < 16 * 1024
