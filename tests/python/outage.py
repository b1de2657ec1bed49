"""Makes 200 concurrent calls with one AsyncClient and prints what happened, as JSON.

Arguments: the base URL of a server that does not respond, and where to make the calls: "here", in a
child of "os.fork", or in a child of "multiprocessing".
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import os
import sys
import time
from pathlib import Path

from authlete_fail import AsyncClient, Timeout

THREADS = 32
CALLS = 200
LONG_MS = 1500
SHORT_MS = 500


def resident_kib() -> int:
    """Return the memory of this process that is neither shared nor swapped out."""
    pages = Path("/proc/self/statm").read_text().split()
    return (int(pages[1]) - int(pages[2])) * (os.sysconf("SC_PAGE_SIZE") // 1024)


def running_threads() -> int:
    """Return the number of threads of this process."""
    return len(os.listdir("/proc/self/task")) - EMULATOR_THREADS  # noqa: PTH208


EMULATOR_THREADS = 0
EMULATOR_THREADS = running_threads() - 1
"""qemu-user has a thread besides those of the program."""


async def call(client: AsyncClient, number: int) -> dict[str, object]:
    """Make a call. The first calls have the longer timeout, so that they keep all threads busy."""
    timeout_ms = LONG_MS if number < THREADS else SHORT_MS
    start = time.monotonic()
    try:
        await client.authorization(ticket=f"{number}", reason="DENIED", timeout_ms=timeout_ms)
    except Timeout as error:
        late_ms = round((time.monotonic() - start) * 1000) - timeout_ms
        return {
            "state": error.reply.ticket_state.name,
            "attempts": error.reply.attempts,
            "response": error.reply.response.status,
            "lateMs": late_ms,
        }
    raise AssertionError("the server responded")


async def warm_up(client: AsyncClient) -> None:
    """Make a call, so that this process has threads before it forks."""
    with contextlib.suppress(Timeout):
        await client.authorization(ticket="warm-up", reason="DENIED", timeout_ms=1)


async def measure(client: AsyncClient) -> None:
    """Make the calls and print the results."""
    before, threads = resident_kib(), 0
    tasks = [asyncio.create_task(call(client, number)) for number in range(CALLS)]
    while not all(task.done() for task in tasks):
        threads = max(threads, running_threads())
        await asyncio.sleep(0.05)
    calls = [task.result() for task in tasks]
    grown = resident_kib() - before
    await client.aclose()
    while running_threads() > 1:  # `aclose` waits for the threads; one may still be exiting
        await asyncio.sleep(0.01)
    print(json.dumps({"calls": calls, "threads": threads, "grownKib": grown}))


def run(client: AsyncClient) -> None:
    """Make the calls on a new event loop."""
    asyncio.run(measure(client))
    sys.stdout.flush()


def main(url: str, place: str) -> int:
    """Make the calls and return the exit code."""
    client = AsyncClient(
        base_url=url, service_id="1", access_token="t", max_threads=THREADS, log_level="error"
    )
    if place == "here":
        run(client)
        return 0
    asyncio.run(warm_up(client))
    if place == "multiprocessing":
        process = multiprocessing.get_context("fork").Process(target=run, args=(client,))
        process.start()
        process.join()
        return process.exitcode or 0
    child = os.fork()
    if child == 0:
        run(client)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
