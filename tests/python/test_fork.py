"""Forked children, many threads, and closing while calls connect."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from authlete_fail import Client, Outcome, Shutdown
from conftest import (
    TEST_TIMEOUT,
    TOKEN,
    Authlete,
    Handler,
    fail,
    join,
    start_threads,
    wait_for_requests,
)

# Python 3.12 warns of a fork in a process with threads, which is tested here.
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
    """Return how many replies belong to another call."""
    wrong = 0
    for number in range(count):
        ticket = f"{name}-{number}"
        reply = client.authorization(ticket=ticket, reason="DENIED")
        wrong += not dict(reply.response.headers)["Location"].endswith(f"={ticket}")
    return wrong


def in_child(function: Any) -> int:
    """Fork and return the exit code of the child, which an alarm ends if it hangs."""
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
    with Client(base_url=echo.url, service_id="1", access_token=TOKEN) as client:
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


def test_a_child_closes_while_threads_of_its_parent_call(authlete: Authlete) -> None:
    authlete.respond_with("LOCATION", "https://client.example/cb")
    before = authlete.before_response
    authlete.never_responds()
    client = Client(base_url=authlete.url, service_id="1", access_token=TOKEN, timeout_ms=600_000)
    outcomes: list[Outcome] = []
    threads = start_threads(8, lambda: outcomes.append(fail(client).outcome))
    wait_for_requests(authlete, 8)

    def close() -> None:
        client.close()
        with pytest.raises(Shutdown):
            fail(client)

    assert in_child(close) == 0
    authlete.before_response = before
    authlete.respond_now()
    join(threads)
    assert outcomes == [Outcome.DELIVERED] * 8
    client.close()


def test_thirty_two_threads_get_their_own_replies(echo: Authlete) -> None:
    wrong: list[int] = []
    with Client(base_url=echo.url, service_id="1", access_token=TOKEN) as client:
        numbers = iter(range(32))
        join(start_threads(32, lambda: wrong.append(call(client, f"thread-{next(numbers)}", 10))))
    assert wrong == [0] * 32


def wait_until_in(syscall: int, count: int) -> None:
    """Wait until `count` threads of this process are in a system call."""
    end = time.monotonic() + TEST_TIMEOUT
    while True:
        calls = []
        for task in Path("/proc/self/task").iterdir():
            try:
                calls.append((task / "syscall").read_text().split()[0])
            except OSError:
                continue
        if calls.count(str(syscall)) >= count:
            return
        assert time.monotonic() < end


def test_close_ends_calls_that_are_connecting() -> None:
    # The listen backlog is full, so the kernel drops each further SYN.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        fillers = [socket.socket() for _ in range(8)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        client = Client(
            base_url=f"http://127.0.0.1:{port}",
            service_id="1",
            access_token=TOKEN,
            timeout_ms=600_000,
            connect_timeout_ms=600_000,
        )
        errors: list[Shutdown] = []

        def connect() -> None:
            with pytest.raises(Shutdown) as caught:
                fail(client)
            errors.append(caught.value)

        threads = start_threads(16, connect)
        wait_until_in(7 if os.uname().machine == "x86_64" else 73, 16)  # poll, ppoll
        start = time.monotonic()
        client.close()
        took = time.monotonic() - start
        join(threads)
        assert len(errors) == 16
        assert took < 1, took
        for filler in fillers:
            filler.close()


HANGING_LOOKUP = """
#include <unistd.h>
int getaddrinfo(const char *n, const char *s, const void *h, void **r) {
    (void)n, (void)s, (void)h, (void)r;
    (void)!write(2, "l", 1);
    for (;;) pause();
}
"""

CLOSE_DURING_LOOKUP = """
import sys, threading, time
from authlete_fail import Client, Shutdown

client = Client(base_url="http://hangs.test", allow_insecure_http=True, service_id="1",
                access_token="t", timeout_ms=60000, connect_timeout_ms=60000)
ended = []
def call():
    try:
        client.authorization(ticket="t", reason="DENIED")
    except Shutdown:
        ended.append(1)
threads = [threading.Thread(target=call) for _ in range(16)]
for thread in threads: thread.start()
sys.stdin.read(1)  # returns once a lookup hangs
start = time.monotonic()
client.close()
for thread in threads: thread.join()
print(len(ended), time.monotonic() - start < 1)
"""


def test_close_ends_calls_that_look_up_a_name(tmp_path: Path) -> None:
    library = tmp_path / "hanging.so"
    compile_it = ["cc", "-shared", "-fPIC", "-x", "c", "-o", str(library), "-"]
    subprocess.run(compile_it, input=HANGING_LOOKUP.encode(), check=True)
    path = os.pathsep.join(sys.path)
    with subprocess.Popen(
        [sys.executable, "-c", CLOSE_DURING_LOOKUP],
        env={**os.environ, "PYTHONPATH": path, "LD_PRELOAD": str(library)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as program:
        assert program.stderr is not None
        assert program.stderr.read(1) == b"l"
        out, errors = program.communicate(b".", timeout=TEST_TIMEOUT)
    # Sixteen calls share one lookup, or there would be more output.
    assert (program.returncode, out, errors) == (0, b"16 True\n", b"")
