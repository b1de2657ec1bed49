"""Flask under gunicorn: a client created before the fork, and restarts of workers."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Callable

from browser import Browser
from expected import allow, assert_is_failed
from gate import gate
from oauth_client import OAuthClient
from programs import EXAMPLES, TEST_TIMEOUT, server

WORKERS = 3
"""As in gunicorn.conf.py."""


@dataclass(frozen=True)
class Gunicorn:
    """A running master process and the access log of its workers."""

    url: str
    master: int
    log: Path

    def workers(self) -> set[int]:
        children = Path(f"/proc/{self.master}/task/{self.master}/children")
        return {int(pid) for pid in children.read_text().split()}

    def responders(self) -> list[int]:
        """Return the process ID of the worker that served each request."""
        return [int(line.strip("<>")) for line in self.log.read_text().split()]


@contextmanager
def gunicorn(authlete: str, folder: Path, *more: object, **environment: str) -> Iterator[Gunicorn]:
    log, pid = folder / "access.log", folder / "pid"
    options = ("--access-logfile", log, "--access-logformat", "%(p)s", "--pid", pid)
    with server("flask", authlete, *options, *more, **environment) as url:
        yield Gunicorn(url, int(pid.read_text()), log)


class Processes:
    """Processes that are running."""

    def __init__(self, *pids: int) -> None:
        self._left = len(pids)
        self._poll = select.poll()
        for pid in pids:
            self._poll.register(os.pidfd_open(pid), select.POLLIN)

    def wait_until_left(self, count: int) -> None:
        """Wait until only `count` of them are running."""
        while self._left > count:
            ended = self._poll.poll(TEST_TIMEOUT * 1000)
            assert ended, "a process did not exit"
            for descriptor, _ in ended:
                self._poll.unregister(descriptor)
                os.close(descriptor)
                self._left -= 1


def assert_is_shared(flask: Gunicorn, request: Callable[[str], object]) -> None:
    """Send requests from many threads, each with its own state, until every worker served one.

    Gunicorn loses a signal to a worker that is still starting, and kills that worker later.
    """
    states = [f"state-{number}" for number in range(200)]
    with ThreadPoolExecutor(24) as users:
        for _ in range(20):
            list(users.map(request, states))
            workers = flask.workers()
            if len(workers) == WORKERS and workers <= set(flask.responders()):
                return
    raise AssertionError(f"of {workers} only {set(flask.responders())} served requests")


def test_workers_share_the_work_and_mix_no_responses(
    authlete: str, client: OAuthClient, tmp_path: Path
) -> None:
    with gunicorn(authlete, tmp_path) as flask:
        assert_is_shared(flask, partial(assert_is_failed, flask.url, client))


def test_workers_share_sessions_without_preload(
    authlete: str, client: OAuthClient, tmp_path: Path
) -> None:
    """Each worker loads the server itself; only its user can read the sessions."""
    config, sessions = tmp_path / "gunicorn.conf.py", tmp_path / "sessions"
    original = str(EXAMPLES / "flask/gunicorn.conf.py")
    settings = f"from runpy import run_path\nglobals().update(run_path({original!r}))\n"
    config.write_text(f"{settings}preload_app = False\n")
    options = ("--config", config)
    with gunicorn(authlete, tmp_path, *options, SESSION_DIR=str(sessions)) as flask:

        def log_in(state: str) -> None:
            browser = Browser(flask.url)
            page = browser.get(client.authorization_request(state=state))
            parameters = allow(browser, page).redirect_parameters
            assert parameters["code"]
            assert parameters["state"] == state

        assert_is_shared(flask, log_in)
    assert sessions.stat().st_mode & 0o777 == 0o700


def test_a_graceful_restart(authlete: str, client: OAuthClient, tmp_path: Path) -> None:
    """Requests during a restart are served, by old or new workers."""
    with gunicorn(authlete, tmp_path) as flask:
        request = partial(assert_is_failed, flask.url, client)
        assert_is_shared(flask, request)
        old = Processes(*flask.workers())
        is_finished = False

        def use() -> int:
            count = 0
            while not is_finished:
                request(f"state-{count}")
                count += 1
            return count

        with ThreadPoolExecutor(4) as users:
            futures = [users.submit(use) for _ in range(4)]
            try:
                os.kill(flask.master, signal.SIGHUP)
                old.wait_until_left(0)
            finally:
                is_finished = True
            assert all(future.result() for future in futures)
        assert_is_shared(flask, request)


def test_sigterm(authlete: str, client: OAuthClient, tmp_path: Path) -> None:
    """A worker responds to a request that is waiting for Authlete before it exits."""
    with gate(authlete) as gated, gunicorn(gated.url, tmp_path) as flask:
        assert_is_shared(flask, lambda _: Browser(flask.url).get("/"))
        processes = Processes(flask.master, *flask.workers())
        with ThreadPoolExecutor(1) as users:
            user = users.submit(assert_is_failed, flask.url, client, "last")
            gated.wait_for(1)
            os.kill(flask.master, signal.SIGTERM)
            processes.wait_until_left(2)  # the master, and the worker that waits
            gated.is_open.set()
            user.result(TEST_TIMEOUT)
            processes.wait_until_left(0)
