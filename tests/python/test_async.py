"""AsyncClient: calls, the queue, cancellation, event loops and closing."""

from __future__ import annotations

import asyncio
import gc
import inspect
import logging
import threading
from collections.abc import Coroutine
from contextvars import ContextVar
from typing import Any, Optional

import pytest
from authlete_fail import (
    AsyncClient,
    Client,
    InvalidConfig,
    InvalidRequest,
    Outcome,
    Reply,
    Resource,
    TicketState,
    Timeout,
)
from authlete_fail.async_client import MAX_TIMEOUT_MS, QUEUED_PER_THREAD
from authlete_fail.client import DEFAULT_TIMEOUT_MS
from conftest import ROOT, TEST_TIMEOUT, TICKET, TOKEN, Authlete

LOCATION = "https://client.example/cb"


def new_client(authlete: Authlete, max_threads: int = 32) -> AsyncClient:
    return AsyncClient(
        base_url=authlete.url,
        service_id="1",
        access_token=TOKEN,
        timeout_ms=MAX_TIMEOUT_MS,
        log_level="info",
        max_threads=max_threads,
    )


def fail(client: AsyncClient, timeout_ms: Optional[int] = None) -> Coroutine[Any, Any, Reply]:
    return client.authorization(ticket=TICKET, reason="DENIED", timeout_ms=timeout_ms)


async def received(authlete: Authlete, count: int) -> None:
    """Wait for requests without blocking the event loop."""
    for _ in range(count):
        while not authlete.received.acquire(blocking=False):
            await asyncio.sleep(0.001)


async def busy(client: AsyncClient, authlete: Authlete) -> asyncio.Task[Reply]:
    """Occupy the only thread of the client."""
    authlete.hold_responses()
    task = asyncio.create_task(fail(client))
    await received(authlete, 1)
    return task


def threads() -> int:
    return sum(thread.name == "authlete_fail" for thread in threading.enumerate())


def wait_for_no_threads() -> None:
    for thread in threading.enumerate():
        if thread.name == "authlete_fail":
            thread.join(TEST_TIMEOUT)
    assert threads() == 0


def test_every_call(authlete: Authlete) -> None:
    authlete.respond_with("BAD_REQUEST", "{}")

    async def calls() -> None:
        async with new_client(authlete) as client:
            assert (await client.connect()).attempts == 1
            assert (await fail(client)).outcome is Outcome.TICKET_INVALID
            request = {"ticket": TICKET, "reason": "UNKNOWN"}
            headers = {"traceparent": "canary"}
            await client.token(request, timeout_ms=5000, headers=headers)
            assert authlete.document == request
            assert authlete.requests[-1].headers["traceparent"] == "canary"
            await client.backchannel_authentication(error_uri="https://as.example/no")
            assert authlete.document == {"errorUri": "https://as.example/no"}
            reply = await client.call("/auth/authorization", {"parameters": "x=y"})
            assert reply.response
            assert reply.response.status == 400
            await client.call("/service/configuration", method="GET", access_token="other")
            assert authlete.requests[-1].authorization == "Bearer other"
            assert client.stats()["calls"]["OK"]["TICKET_INVALID"] == 1

    asyncio.run(calls())


@pytest.mark.parametrize("name", ["call", "connect", *("authorization", "token")])
def test_a_method_has_the_signature_of_the_blocking_one(name: str) -> None:
    method = getattr(AsyncClient, name)
    assert inspect.iscoroutinefunction(method)
    assert method.__qualname__ == f"AsyncClient.{name}"
    signature, blocking = (inspect.signature(each) for each in (method, getattr(Client, name)))
    assert signature.parameters == blocking.parameters
    assert method.__doc__.startswith(f"Call `Client.{name}`")


def test_wrong_arguments(authlete: Authlete) -> None:
    async def calls() -> None:
        async with new_client(authlete) as client:
            wrong: Any = client.authorization
            with pytest.raises(TypeError, match="unexpected keyword"):
                await wrong(tickets=TICKET)
            with pytest.raises(TypeError, match="request must be a mapping"):
                await wrong("{}")
            with pytest.raises(InvalidRequest, match="DENNIED"):
                await wrong(ticket=TICKET, reason="DENNIED")
            for timeout_ms in (0, -1, MAX_TIMEOUT_MS + 1, "soon", True, 1.5):
                with pytest.raises(InvalidRequest, match=r"timeoutMs|timeout_ms"):
                    await wrong(ticket=TICKET, reason="DENIED", timeout_ms=timeout_ms)

    asyncio.run(calls())
    with pytest.raises(InvalidConfig):
        AsyncClient(base_url="nonsense")
    with pytest.raises(ValueError, match="at least 1"):
        new_client(authlete, max_threads=0)
    for number in ("32", 1.5, True):
        with pytest.raises(TypeError, match="must be an int"):
            new_client(authlete, max_threads=number)  # type: ignore[arg-type]
    assert authlete.requests == []


def test_constants_of_the_configuration() -> None:
    text = (ROOT / "docs/reference/configuration.md").read_text()
    [row] = [line for line in text.splitlines() if line.startswith("| `timeoutMs` ")]
    assert f"{DEFAULT_TIMEOUT_MS}" in row.replace(",", "")
    assert f"{MAX_TIMEOUT_MS}" in row.replace(",", "")


def test_a_call_that_expires_in_the_queue_is_never_sent(
    authlete: Authlete, caplog: pytest.LogCaptureFixture
) -> None:
    async def calls() -> None:
        client = new_client(authlete, max_threads=1)
        running = await busy(client, authlete)
        with pytest.raises(Timeout) as caught:
            await fail(client, timeout_ms=50)
        reply = caught.value.reply
        assert reply.error == (
            'timeout: no thread was free within 50 ms; nothing was sent; increase "max_threads"'
        )
        assert (reply.ticket_state, reply.attempts) == (TicketState.UNTOUCHED, 0)
        assert reply.may_repeat
        assert reply.duration.total_seconds() >= 0.045, "a timer may fire a little early"
        assert (reply.response.status, reply.response.body) == (500, b'{"error":"server_error"}')
        assert '"status":"TIMEOUT"' in reply.error_json
        assert '"mayRepeat":true' in reply.error_json
        with pytest.raises(Timeout) as caught:
            await client.call("/service/configuration", method="GET", timeout_ms=50)
        assert caught.value.reply.ticket_state is TicketState.NONE
        assert len(caplog.records) == 2
        with pytest.raises(TypeError):
            await client.call(1, {}, timeout_ms=1)  # type: ignore[arg-type]
        assert client.stats()["calls"] == {"TIMEOUT": {"NO_API_RESPONSE": 2}}
        authlete.release_responses()
        await running
        await client.aclose()

    asyncio.run(calls())
    assert len(authlete.requests) == 1


def test_the_time_in_the_queue_counts(authlete: Authlete) -> None:
    async def calls() -> None:
        client = new_client(authlete, max_threads=1)
        running = asyncio.create_task(fail(client, timeout_ms=300))
        queued = asyncio.create_task(fail(client, timeout_ms=600))
        authlete.hold_responses()
        with pytest.raises(Timeout):
            await running
        with pytest.raises(Timeout, match=r"within [23]\d\d ms") as caught:
            await queued
        assert caught.value.reply.attempts == 1
        await client.aclose()

    asyncio.run(calls())
    assert len(authlete.requests) == 2


def test_a_cancelled_queued_call_is_never_sent(authlete: Authlete) -> None:
    authlete.respond_with("BAD_REQUEST", "{}")

    async def calls() -> None:
        client = new_client(authlete, max_threads=1)
        running = await busy(client, authlete)
        queued = [asyncio.create_task(fail(client)) for _ in range(3)]
        await asyncio.sleep(0.01)
        queued[1].cancel()
        await asyncio.wait([queued[1]])
        assert queued[1].cancelled()
        authlete.release_responses()
        await asyncio.gather(running, queued[0], queued[2])
        await client.aclose()

    asyncio.run(calls())
    assert len(authlete.requests) == 3


def test_cancelling_a_running_call_abandons_the_wait(
    authlete: Authlete, events: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    authlete.respond_with("BAD_REQUEST", "{}")
    caplog.set_level(logging.INFO, "authlete_fail")
    gc.collect()
    events.clear()

    async def calls() -> None:
        client = new_client(authlete, max_threads=1)
        running = await busy(client, authlete)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert "returned" not in events
        authlete.release_responses()
        await fail(client)
        await client.aclose()

    asyncio.run(calls())
    assert len(caplog.records) == 2, "the thread logs the abandoned call"
    assert events.count("returned") == 2
    assert events.count("reply freed") == 3
    assert events.count("client freed") == 1


def test_a_full_queue_rejects_calls(authlete: Authlete) -> None:
    authlete.respond_with("BAD_REQUEST", "{}")

    async def calls() -> None:
        client = new_client(authlete, max_threads=1)
        running = await busy(client, authlete)
        queued = [asyncio.create_task(fail(client)) for _ in range(QUEUED_PER_THREAD)]
        await asyncio.sleep(0)
        with pytest.raises(Resource, match=r"^resource: 32 calls are already queued") as caught:
            await fail(client)
        assert caught.value.reply.ticket_state is TicketState.UNTOUCHED
        assert caught.value.reply.may_repeat
        with pytest.raises(Resource):
            await client.connect()
        assert client.stats()["calls"] == {"RESOURCE": {"NO_API_RESPONSE": 1}}
        authlete.release_responses()
        await asyncio.gather(running, *queued)
        await client.aclose()

    asyncio.run(calls())
    assert len(authlete.requests) == 1 + QUEUED_PER_THREAD


def test_no_thread_can_be_created(authlete: Authlete, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def calls() -> None:
        client = new_client(authlete)
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", start)
            with pytest.raises(Resource, match="cannot create a thread"):
                await fail(client)
        await fail(client)
        assert client.stats()["calls"]["RESOURCE"] == {"NO_API_RESPONSE": 1}
        await client.aclose()

    asyncio.run(calls())
    assert len(authlete.requests) == 1


def test_threads_are_created_when_needed(authlete: Authlete) -> None:
    authlete.respond_with("BAD_REQUEST", "{}")

    async def calls() -> None:
        client = new_client(authlete, max_threads=4)
        assert threads() == 0
        for _ in range(8):
            await fail(client)
            await asyncio.sleep(0.01)
        assert threads() == 1
        await asyncio.gather(*(fail(client) for _ in range(40)))
        assert threads() <= 4
        await client.aclose()

    asyncio.run(calls())
    assert len(authlete.requests) == 48


request_id: ContextVar[str] = ContextVar("request_id")


def test_context_variables_reach_the_log(authlete: Authlete) -> None:
    authlete.status = 503
    ids: list[str] = []

    class Handler(logging.Handler):
        def emit(self, _: logging.LogRecord) -> None:
            ids.append(request_id.get())

    async def call(client: AsyncClient, number: int) -> None:
        request_id.set(f"request {number}")
        with pytest.raises(Exception, match="503"):
            await fail(client)

    async def calls() -> None:
        async with new_client(authlete) as client:
            await asyncio.gather(*(call(client, number) for number in range(5)))

    handler = Handler()
    logging.getLogger("authlete_fail").addHandler(handler)
    asyncio.run(calls())
    logging.getLogger("authlete_fail").removeHandler(handler)
    assert sorted(ids) == [f"request {number}" for number in range(5)]


def test_several_event_loops(authlete: Authlete) -> None:
    authlete.respond_with("LOCATION", LOCATION)
    client = new_client(authlete, max_threads=4)
    delivered: list[Outcome] = []

    async def calls() -> None:
        replies = await asyncio.gather(*(fail(client) for _ in range(10)))
        delivered.extend(reply.outcome for reply in replies)

    loops = [threading.Thread(target=lambda: asyncio.run(calls())) for _ in range(5)]
    for loop in loops:
        loop.start()
    for loop in loops:
        loop.join(TEST_TIMEOUT)
    assert delivered == [Outcome.DELIVERED] * 50
    asyncio.run(client.aclose())


def test_an_event_loop_may_end_before_its_calls(authlete: Authlete) -> None:
    client = new_client(authlete)

    async def abandon() -> None:
        await busy(client, authlete)

    asyncio.run(abandon())  # cancels the task and closes the loop
    authlete.release_responses()
    asyncio.run(client.aclose())
    assert len(authlete.requests) == 1
    wait_for_no_threads()
