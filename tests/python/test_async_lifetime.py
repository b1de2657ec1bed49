"""AsyncClient: closing, signal handlers and garbage collection."""

from __future__ import annotations

import asyncio
import copy
import gc
import itertools
import pickle
import sys
import weakref
from typing import Any

import pytest
from authlete_fail import AsyncClient, Client, Connect, Http, Shutdown, TicketState
from authlete_fail._pool import Pool
from bytecodes import at_bytecode
from conftest import TEST_TIMEOUT, TOKEN, Authlete
from test_async import busy, fail, new_client, threads, wait_for_no_threads


@pytest.mark.parametrize("close", ["aclose", "shutdown"])
def test_closing(authlete: Authlete, events: list[str], close: str) -> None:
    async def calls() -> None:
        client = new_client(authlete, max_threads=1)
        events.clear()
        running = await busy(client, authlete)
        queued = [asyncio.create_task(fail(client)) for _ in range(3)]
        await asyncio.sleep(0.01)
        if close == "aclose":
            await asyncio.gather(client.aclose(), client.aclose())
            assert events.count("client freed") == 1
        else:
            client.shutdown()
            client.shutdown()
        states = []
        for task in [running, *queued, asyncio.create_task(fail(client))]:
            with pytest.raises(Shutdown) as caught:
                await task
            states.append(caught.value.reply.ticket_state)
        assert states == [TicketState.UNKNOWN, *[TicketState.UNTOUCHED] * 4]
        with pytest.raises(Shutdown):
            await client.connect()
        await client.aclose()

    asyncio.run(calls())
    assert events.count("client freed") == 1
    assert len(authlete.requests) == 1


def test_garbage_is_freed(authlete: Authlete, events: list[str]) -> None:
    authlete.respond_with("BAD_REQUEST", "{}")
    gc.collect()
    events.clear()

    async def call() -> weakref.ref[Client]:
        client = new_client(authlete)
        await fail(client)
        assert threads() == 1
        return weakref.ref(client._client)

    seen = asyncio.run(call())
    gc.collect()
    wait_for_no_threads()
    assert seen() is None
    assert events.count("client freed") == 1


def test_queued_calls_of_a_closed_event_loop_are_not_sent(authlete: Authlete) -> None:
    client = new_client(authlete, max_threads=1)
    tasks = []

    async def submit() -> None:
        tasks.append(await busy(client, authlete))
        tasks.extend([asyncio.create_task(fail(client)) for _ in range(3)])
        await asyncio.sleep(0.01)

    loop = asyncio.new_event_loop()
    loop.run_until_complete(submit())
    loop.close()
    client._pool.close()  # its thread ends once the queue is empty
    authlete.release_responses()
    wait_for_no_threads()
    assert len(authlete.requests) == 1
    for task in tasks:
        task._log_destroy_pending = False  # type: ignore[attr-defined]


def test_a_client_may_be_freed_on_a_thread_of_its_pool() -> None:
    """The garbage collector frees it just before the thread waits for the next job."""

    class Idle(list[Any]):
        def append(self, wakeup: Any) -> None:
            pool.close()
            super().append(wakeup)

    pool = Pool(max_threads=1, max_queued=1)
    pool._idle = Idle()
    pool.submit(lambda: None)
    wait_for_no_threads()


def test_an_error_is_freed_without_garbage_collection(authlete: Authlete) -> None:
    authlete.status = 503

    async def call() -> None:
        async with new_client(authlete) as client:
            try:
                await fail(client)
            except Http as error:
                seen = weakref.ref(error)
            await asyncio.sleep(0.05)  # the thread has finished the call
            assert seen() is None, "no reference cycle"

    gc.disable()
    try:
        asyncio.run(call())
    finally:
        gc.enable()


def test_a_client_cannot_be_copied(authlete: Authlete) -> None:
    client = new_client(authlete)
    for duplicate in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="cannot be copied or pickled"):
            duplicate(client)


def test_a_signal_handler_may_shut_down_between_any_two_steps() -> None:
    """Run shutdown() at every bytecode of a call on the event loop's thread; nothing may hang."""

    async def call(client: AsyncClient) -> None:
        with pytest.raises((Connect, Shutdown)):
            await fail(client)
        await client.aclose()

    def run_with_shutdown_at(number: int) -> bool:
        """Return whether there are more than `number` bytecodes."""
        client = AsyncClient(base_url="http://127.0.0.1:1", service_id="1", access_token=TOKEN)

        async def interrupted() -> bool:
            with at_bytecode({"async_client.py", "_pool.py"}, number, client.shutdown) as shutdown:
                await asyncio.wait_for(call(client), TEST_TIMEOUT)
            return shutdown.occurred

        return asyncio.run(interrupted())

    run_with_shutdown_at(sys.maxsize)  # CPython 3.12 traces no bytecodes the first time
    reached = sum(1 for _ in itertools.takewhile(run_with_shutdown_at, itertools.count()))
    assert reached > 20, "the bytecodes were traced"
