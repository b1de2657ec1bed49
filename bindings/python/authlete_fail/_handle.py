"""The C client: freed once it is closed and no thread uses it."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Optional

from . import _ffi


class Handle:
    """Owns a C client.

    Freeing a C client that another thread is using is undefined behaviour. So each user calls
    `enter` before it touches the pointer, and `leave` in a `finally`; the last user to leave a
    closed handle frees the client.

    Python runs signal handlers between any two steps of the main thread, and a handler may call
    `close`. So the lock is reentrant, and `close` does not wait for users on its own thread.

    A forked child has only the thread that forked. The users on other threads would never leave,
    so the child removes them.
    """

    def __init__(self) -> None:
        self.pointer = _ffi.ClientPointer()
        """Set by authlete_fail_client_new(). Use it only between `enter` and `leave`."""
        self._is_closed = False
        self._users: dict[object, Optional[int]] = {}
        self._lock = threading.RLock()
        self._left = threading.Condition(self._lock)
        # Frees a client that is garbage-collected without close(). Not at exit, when a daemon
        # thread may still be in a call.
        self._free = weakref.finalize(self, _ffi.client_free, self.pointer)
        self._free.atexit = False  # type: ignore[misc, unused-ignore]  # mypy 1.x
        _handles.add(self)

    def enter(self, user: object) -> bool:
        """Keep the pointer valid until `leave`, which must follow. Return False if closed."""
        with self._lock:
            self._users[user] = threading.get_ident()
            return not self._is_closed

    def leave(self, user: object) -> None:
        """End the use that `enter` began. Does nothing if `enter` did not run."""
        with self._lock:
            self._users.pop(user, None)
            if self._is_closed:
                if not self._users:
                    self._free()
                self._left.notify_all()

    def close(self, *, wait: bool = True) -> None:
        """Shut down, wait for other threads to leave, and free. May be called repeatedly.

        Without `wait`, the last user frees the client.
        """
        closer, here = object(), threading.get_ident()
        try:
            with self._lock:
                # No thread ID: threads that close must not wait for each other.
                self._users[closer] = None
                self._is_closed = True
                if self._free.alive:
                    _ffi.client_shutdown(self.pointer)
                if wait:
                    self._left.wait_for(
                        lambda: all(thread in (None, here) for thread in self._users.values())
                    )
        finally:
            self.leave(closer)

    def forget_other_threads(self) -> None:
        """In a forked child, remove users on other threads; replace the lock, which may be held."""
        here = threading.get_ident()
        self._users = {user: thread for user, thread in self._users.items() if thread == here}
        self._lock = threading.RLock()
        self._left = threading.Condition(self._lock)


_handles: weakref.WeakSet[Handle] = weakref.WeakSet()


def _after_fork() -> None:
    for handle in list(_handles):
        handle.forget_other_threads()


os.register_at_fork(after_in_child=_after_fork)
