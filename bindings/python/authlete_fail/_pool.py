"""The threads of an AsyncClient.

A call is a job: first queued, then taken by a thread. Removing a job from the queue and taking it
are mutually exclusive, so a job that was removed never starts. concurrent.futures is not used: it
waits at exit for calls that hang, a forked child inherits a pool without threads, and its queue has
no bound.

- A thread that finds the queue empty appends its lock to the list of idle threads and blocks on it.
  A new job releases the lock that was appended last; if there is none, it starts a thread, up to
  the maximum. So while a job is queued, some thread is running and will check the queue again.
- The threads are daemon threads: at exit, Python does not wait for them. They block only in the C
  library, which uses no Python object, or on a lock.
- The lock of the pool is reentrant: a signal handler or the garbage collector may call `close`
  between any two steps of another method.
- A forked child has none of the threads, and its copy of the lock may be held. So it starts with an
  empty pool. The queued jobs and the counts belong to the parent.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections import Counter, OrderedDict
from typing import Callable

Job = Callable[[], object]


class Closed(Exception):
    """The pool is closed."""


class Full(Exception):
    """The queue is full."""


class NoThread(Exception):
    """There is no thread, and none can be created."""


class Pool:
    """At most `max_threads` threads, created when needed, and a queue of at most `max_queued` jobs.

    Jobs must be hashable. They start in the order of submission, and must not raise.
    """

    def __init__(self, max_threads: int, max_queued: int) -> None:
        self.max_threads = max_threads
        self.max_queued = max_queued
        self._is_closed = False
        self._start_empty()
        _pools.add(self)

    def _start_empty(self) -> None:
        self._lock = threading.RLock()
        self._queue: OrderedDict[Job, None] = OrderedDict()
        self._threads = 0
        self._idle: list[threading.Lock] = []
        self._ended: list[Callable[[], object]] = []
        self._rejected: Counter[str] = Counter()

    def submit(self, job: Job) -> None:
        """Queue a job. Raises Closed, Full or NoThread; the job then never starts."""
        with self._lock:
            if self._is_closed:
                raise Closed
            if len(self._queue) >= self.max_queued:
                raise Full
            self._queue[job] = None
            if not self._wake_one() and self._threads < self.max_threads:
                self._start_thread()
                if self._threads == 0:
                    self.withdraw(job)
                    raise NoThread

    def withdraw(self, job: Job) -> bool:
        """Remove a job from the queue. Return False if a thread has taken it, or if it is gone."""
        with self._lock:
            # The default of `pop` must differ from the value of every job.
            return self._queue.pop(job, self) is None

    def count_rejected(self, status: str) -> None:
        """Count a job that never started, by the status of its call."""
        with self._lock:
            self._rejected[status] += 1

    def rejected(self) -> dict[str, int]:
        """Return the counts of `count_rejected`."""
        with self._lock:
            return dict(self._rejected)

    def close(self) -> None:
        """Reject later jobs, and end the threads once the queue is empty. Does not wait."""
        with self._lock:
            self._is_closed = True
            self._wake_all_if_closed()

    def when_ended(self, function: Callable[[], object]) -> None:
        """Call `function` when all threads of a closed pool have ended, on the last of them."""
        with self._lock:
            if self._threads:
                self._ended.append(function)
                return
        function()

    def _wake_all_if_closed(self) -> None:
        while self._is_closed and self._wake_one():
            pass

    def _wake_one(self) -> bool:
        try:
            # A single step, so that no two callers release the same lock.
            wakeup = self._idle.pop()
        except IndexError:
            return False
        wakeup.release()
        return True

    def _start_thread(self) -> None:
        self._threads += 1
        try:
            threading.Thread(target=self._work, name="authlete_fail", daemon=True).start()
        except (RuntimeError, MemoryError):
            self._threads -= 1

    def _work(self) -> None:
        wakeup = threading.Lock()
        wakeup.acquire()
        while True:
            with self._lock:
                if self._queue:
                    job, _ = self._queue.popitem(last=False)
                elif self._is_closed:
                    self._threads -= 1
                    ended = [] if self._threads else self._ended
                    break
                else:
                    job = wakeup.acquire
                    self._idle.append(wakeup)
                    # The garbage collector may have called `close` on this thread before `append`.
                    self._wake_all_if_closed()
            job()
            del job  # an idle thread must not keep a client alive
        for function in ended:
            function()


_pools: weakref.WeakSet[Pool] = weakref.WeakSet()


def _after_fork() -> None:
    for pool in list(_pools):
        pool._start_empty()


os.register_at_fork(after_in_child=_after_fork)
