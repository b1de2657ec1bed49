"""The C client: kept while it is in use, freed once it is closed and unused."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Optional

from . import _ffi


class Handle:
    """Owns a C client, from before it is made.

    Freeing a C client that another thread is using is undefined, so each use is entered under the
    lock before the pointer is touched, and left in a `finally`; the last to leave a closed handle
    frees. Signal handlers, which Python runs between any two steps of the main thread, may close
    it too: hence the reentrant lock, and a close that does not wait for the thread it is on.
    A forked child has none of the other threads, whose uses would never be left there.
    """

    def __init__(self) -> None:
        self.pointer = _ffi.ClientPointer()
        """NULL until authlete_fail_client_new() fills it; not to be used but between the two."""
        self._is_closed = False
        self._users: dict[object, Optional[int]] = {}
        self._lock = threading.RLock()
        self._left = threading.Condition(self._lock)
        # Without close(), when nobody can use it any more. Not at exit: a daemon thread may still
        # be in a call.
        self._free = weakref.finalize(self, _ffi.client_free, self.pointer)
        self._free.atexit = False  # type: ignore[misc, unused-ignore]  # mypy 1.x
        _handles.add(self)

    def enter(self, user: object) -> bool:
        """Keep the pointer valid until `leave`, which must follow; False if it is closed."""
        with self._lock:
            self._users[user] = threading.get_ident()
            return not self._is_closed

    def leave(self, user: object) -> None:
        """End what `enter` began; harmless if it did not."""
        with self._lock:
            self._users.pop(user, None)
            if self._is_closed and not self._users:
                self._free()
            self._left.notify_all()

    def close(self) -> None:
        """Shut down, wait for other threads to leave, and free. Any number of times."""
        closer, here = object(), threading.get_ident()
        try:
            with self._lock:
                # A user nobody waits for, or two threads that close would wait for each other.
                self._users[closer] = None
                self._is_closed = True
                if self._free.alive:
                    _ffi.client_shutdown(self.pointer)
                self._left.wait_for(
                    lambda: all(thread in (None, here) for thread in self._users.values())
                )
        finally:
            self.leave(closer)

    def forget_other_threads(self) -> None:
        """In a forked child: drop their uses, and the lock that one of them may hold."""
        here = threading.get_ident()
        self._users = {user: thread for user, thread in self._users.items() if thread == here}
        self._lock = threading.RLock()
        self._left = threading.Condition(self._lock)


_handles: weakref.WeakSet[Handle] = weakref.WeakSet()


def _after_fork() -> None:
    for handle in list(_handles):
        handle.forget_other_threads()


os.register_at_fork(after_in_child=_after_fork)
