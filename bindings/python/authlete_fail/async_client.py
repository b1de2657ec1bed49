"""The client for asyncio: the calls of `Client`, made in a thread pool.

A call goes through these steps:

1. On the event loop's thread, the arguments are encoded, the deadline is set, and the call is
   submitted to the pool of the client.
2. The call is either taken by a thread, or removed from the queue because its deadline has passed
   or its task was cancelled. Only one of the two can happen (see _pool).
3. The thread passes the remaining time to the library as the call's timeout. The library ends the
   call by then.
4. The thread writes the log line and passes the reply to the event loop. If the task was cancelled
   in the meantime, the reply is freed.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import time
import weakref
from collections.abc import Coroutine, Mapping
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, NoReturn, Optional, TypeVar

from . import _ffi, _keywords, _text
from ._log import CONNECT
from ._pool import Closed, Full, NoThread, Pool
from ._unsent import CLOSED, NOT_SENT, Rejection
from .client import Client
from .configuration import Configuration
from .enums import Outcome, Status, TicketState
from .errors import Error
from .reply import Reply
from .stats import Stats

if TYPE_CHECKING:
    # Type checkers bundle this module. Python 3.9 has none of the three.
    from typing_extensions import Concatenate, ParamSpec, Unpack

    Parameters = ParamSpec("Parameters")

Result = TypeVar("Result")

QUEUED_PER_THREAD = 32
"""The bound of the queue, per thread of the pool.

If calls take 50 ms, the last call of a full queue waits 1.6 seconds. If Authlete is slow, most
calls in a longer queue would expire.
"""
MAX_TIMEOUT_MS = 600_000
"""The library rejects longer timeouts."""
NO_API_RESPONSE = Outcome.NO_API_RESPONSE.name
MORE_THREADS = 'increase "max_threads"'
LIMITS = "check the limits on threads and memory"


class _Encoder(Client):
    """Encodes the arguments of a call, as `Client` does, without making the call."""

    def __init__(self) -> None:
        """Create no C client."""

    def _call(
        self,
        path: str,
        request: Mapping[str, object],
        text: bytes,
        options: bytes,
        members: _keywords.Keywords = _keywords.NONE,
        rejection: Optional[Rejection] = None,  # noqa: ARG002
    ) -> Any:
        def call(
            client: Client, timeout_ms: Optional[int], rejection: Optional[Rejection]
        ) -> Reply[Any]:
            given = options if timeout_ms is None else _text.with_timeout(options, timeout_ms)
            return client._call(path, request, text, given, members, rejection)

        return call


_ENCODER = _Encoder()


def _connect(
    client: Client, _timeout_ms: Optional[int], rejection: Optional[Rejection]
) -> Reply[Any]:
    """Connect. The C function takes no timeout; those of the configuration apply."""
    return client._run(CONNECT, TicketState.NONE, _ffi.client_connect, rejection=rejection)


class _Call:
    """A call that waits in the queue or runs in a thread."""

    def __init__(
        self,
        client: Client,
        make: Callable[[Client, Optional[int], Optional[Rejection]], Reply[Any]],
        timeout_ms: Optional[int],
    ) -> None:
        self.client = client
        self.make = make
        # If None, the library applies the client's timeout, unless the call had to wait.
        self.given_ms = timeout_ms
        self.timeout_ms = client._timeout_ms if timeout_ms is None else timeout_ms
        self.started = time.monotonic()
        self.loop = asyncio.get_running_loop()
        self.future: Optional[asyncio.Future[Any]] = None
        # Log handlers and filters read context variables, such as the ID of the server's request.
        self.context = contextvars.copy_context()

    def __call__(self) -> None:
        """Make the call, in a thread. The result is None if the deadline has passed."""
        try:
            reply = self.context.run(self._make_in_time)
        except BaseException as error:
            self._end(functools.partial(self._set_exception, error))
        else:
            self._end(functools.partial(self.set_result, reply))

    def _make_in_time(self) -> Optional[Reply[Any]]:
        if self.loop.is_closed():
            return None  # nobody waits for the reply
        waited_ms = int((time.monotonic() - self.started) * 1000)
        if waited_ms >= self.timeout_ms:
            return None
        left_ms = self.timeout_ms - waited_ms if waited_ms else self.given_ms
        return self.make(self.client, left_ms, None)

    def _end(self, function: Callable[[], object]) -> None:
        with contextlib.suppress(RuntimeError):  # the event loop is closed
            self.loop.call_soon_threadsafe(function)

    # The rest runs on the event loop's thread.

    async def run(self, pool: Pool) -> Optional[Reply[Any]]:
        """Return the reply, or raise the error of the call; None if the deadline has passed."""
        future: asyncio.Future[Optional[Reply[Any]]] = self.loop.create_future()
        self.future = future
        try:
            pool.submit(self)
            return await future
        finally:
            pool.withdraw(self)  # the task may have been cancelled
            # The future, its exception and this frame would form a reference cycle.
            self.future = None
            del future

    def set_result(self, reply: Optional[Reply[Any]]) -> None:
        if self.future and not self.future.done():
            self.future.set_result(reply)

    def _set_exception(self, error: BaseException) -> None:
        if self.future and not self.future.done():
            self.future.set_exception(error)

    def rejection(self, status: Status, message: str) -> Rejection:
        """Return the reason why the call was not sent."""
        duration = timedelta(seconds=time.monotonic() - self.started)
        return Rejection(status, message, may_repeat=True, duration=duration)


def _asynchronous(
    method: Callable[Concatenate[Client, Parameters], Result],
) -> Callable[Concatenate[AsyncClient, Parameters], Coroutine[Any, Any, Result]]:
    """Return the coroutine function with the signature of a method of `Client`."""

    @functools.wraps(method)
    async def call(
        self: AsyncClient, /, *arguments: Parameters.args, **keywords: Parameters.kwargs
    ) -> Result:
        timeout_ms: Any = keywords.get("timeout_ms")
        if type(timeout_ms) is int and 1 <= timeout_ms <= MAX_TIMEOUT_MS:
            keywords["timeout_ms"] = None
        else:
            timeout_ms = None  # the library rejects what is encoded with the other options
        make: Any = method(_ENCODER, *arguments, **keywords)
        result: Any = await self._run(_Call(self._client, make, timeout_ms))
        return result  # type: ignore[no-any-return]

    call.__qualname__ = f"AsyncClient.{method.__name__}"
    call.__doc__ = f"Call `Client.{method.__name__}` in the thread pool, and wait for the reply."
    return call


class AsyncClient:
    """Calls Authlete's API from asyncio.

    Takes the configuration of `Client`, and has the same methods as coroutines, with the same
    arguments, replies and exceptions. It does not block the event loop: it makes calls in its own
    threads, which it creates when needed. `max_threads` is the maximum number of concurrent calls.

    If all threads are busy, calls wait in a queue. The timeout of a call starts when it is
    submitted, so it includes the time in the queue. If it expires in the queue, the call raises
    Timeout. The queue has room for 32 calls per thread; if it is full, a call raises Resource at
    once. Neither is sent: the ticket state is UNTOUCHED, and `may_repeat` is True. For `connect`,
    the timeout starts again when a thread takes the call.

    Cancelling the task of a queued call removes the call; it is never sent. A call that has started
    cannot be cancelled: if its task is cancelled, the task ends at once, the call continues, and
    the thread logs its result. Do not assume that the ticket is still valid.

    Any number of event loops and threads may share a client. So may forked children, which start
    with no threads and an empty queue. At exit, Python does not wait for calls in flight. A client
    cannot be copied or pickled. It is an asynchronous context manager that closes the client on
    exit.
    """

    def __init__(
        self,
        config: Optional[Mapping[str, object]] = None,
        /,
        *,
        max_threads: int = 32,
        **keys: Unpack[Configuration],
    ) -> None:
        if type(max_threads) is not int:
            raise TypeError(f"max_threads must be an int, not {type(max_threads).__name__}")
        if max_threads < 1:
            raise ValueError("max_threads must be at least 1")
        self._client = Client(config, **keys)
        self._pool = Pool(max_threads, max_threads * QUEUED_PER_THREAD)
        # Ends the threads of a client that is garbage-collected without `shutdown`.
        finalizer = weakref.finalize(self, self._pool.close)
        finalizer.atexit = False  # type: ignore[misc, unused-ignore]  # mypy 1.x

    call = _asynchronous(Client.call)
    authorization = _asynchronous(Client.authorization)
    token = _asynchronous(Client.token)
    backchannel_authentication = _asynchronous(Client.backchannel_authentication)

    async def connect(self) -> Reply:
        """Call `Client.connect` in the thread pool, and wait for the reply."""
        return await self._run(_Call(self._client, _connect, None))

    def stats(self) -> Stats:
        """Return the statistics, as `Client.stats` does. It does not block and is not a coroutine.

        `calls` includes the calls that were never sent because they expired in the queue, the queue
        was full or no thread could be created, but not those that were cancelled in the queue.
        """
        stats = self._client.stats()
        for status, count in self._pool.rejected().items():
            outcomes = stats["calls"].setdefault(status, {})
            outcomes[NO_API_RESPONSE] = outcomes.get(NO_API_RESPONSE, 0) + count
        return stats

    def shutdown(self) -> None:
        """Abort the calls in flight and reject queued and later calls. All of them raise Shutdown.

        Does not wait. May be called from any thread and from signal handlers, any number of times.
        """
        self._client._handle.close(wait=False)
        self._pool.close()

    async def aclose(self) -> None:
        """Call `shutdown`, and wait until no thread uses the client. Frees the client."""
        self.shutdown()
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()

        def end() -> None:
            with contextlib.suppress(RuntimeError):  # the event loop is closed
                loop.call_soon_threadsafe(ended.set)

        self._pool.when_ended(end)
        await ended.wait()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        await self.aclose()

    # A copy would share the threads but not their lifetime.
    def __reduce__(self) -> NoReturn:
        raise TypeError("an AsyncClient cannot be copied or pickled")

    async def _run(self, call: _Call) -> Reply[Any]:
        def expire() -> None:
            if self._pool.withdraw(call):
                call.set_result(None)

        timer = call.loop.call_later(call.timeout_ms / 1000, expire)
        try:
            reply = await call.run(self._pool)
            if reply is not None:
                return reply
            late = f"no thread was free within {call.timeout_ms} ms"
            rejection = call.rejection(Status.TIMEOUT, f"{late}; {NOT_SENT}; {MORE_THREADS}")
        except Closed:
            rejection = CLOSED
        except Full:
            full = f"{self._pool.max_queued} calls are already queued"
            rejection = call.rejection(Status.RESOURCE, f"{full}; {NOT_SENT}; {MORE_THREADS}")
        except NoThread:
            rejection = call.rejection(
                Status.RESOURCE, f"cannot create a thread; {NOT_SENT}; {LIMITS}"
            )
        finally:
            timer.cancel()
        try:
            # Logs and raises the error.
            return call.make(self._client, None, rejection)
        except Error as error:
            if call.make is not _connect:
                self._pool.count_rejected(error.reply.status.name)
            raise
