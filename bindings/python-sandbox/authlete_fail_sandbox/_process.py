"""The sandbox as a child process."""

from __future__ import annotations

import os
import selectors
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Literal, Optional

from . import _program
from ._http import Http, SandboxError
from ._service import Service

START_TIMEOUT = 30.0
"""In seconds. The sandbox starts in milliseconds, but a test machine can be overloaded."""

READY = "listening on "


class Sandbox:
    """A sandbox on a free port of 127.0.0.1. It runs until `close` or until this process ends.

    With `tls`, it serves HTTPS, and `ca_file` is the path of the CA certificate to trust. With
    `api_dpop`, a nonce policy, it requires DPoP proofs in the requests to all services.
    """

    def __init__(
        self,
        *,
        tls: bool = False,
        api_dpop: Optional[Literal["none", "each-response", "single-use"]] = None,
    ) -> None:
        with ExitStack() as stack:
            folder = tempfile.TemporaryDirectory(prefix="authlete-fail-sandbox-")
            path = Path(stack.enter_context(folder))
            self.ca_file = str(path / "ca.pem") if tls else None
            self._stderr = path / "stderr"
            self._process = self._start(api_dpop)
            stack.callback(stop, self._process)
            self.base_url = self._wait_until_ready()
            self._http = Http(self.base_url, self.ca_file, self._exit_reason)
            self._resources = stack.pop_all()

    def _start(self, api_dpop: Optional[str]) -> subprocess.Popen[bytes]:
        program = _program.path()
        command = [program, "--port", "0", "--exit-on-eof"]
        if self.ca_file:
            command += ["--tls", self.ca_file]
        if api_dpop is not None:
            command += ["--api-dpop", api_dpop]
        try:
            with self._stderr.open("wb") as stderr:
                return subprocess.Popen(
                    command,
                    # The sandbox exits when this pipe is closed, even if this process is killed.
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=stderr,
                    # Otherwise, Ctrl-C would end the sandbox before the fixtures are torn down.
                    start_new_session=True,
                )
        except OSError as error:
            raise SandboxError(_program.start_error(program, error)) from error

    def _wait_until_ready(self) -> str:
        """Return the base URL, which is in the first line of the output."""
        assert self._process.stdout  # noqa: S101
        line = first_line(self._process.stdout, START_TIMEOUT)
        if line.startswith(READY) and line.endswith("\n"):
            return line[len(READY) :].strip()
        problem = self._exit_reason() or f"it was not ready after {START_TIMEOUT:g} seconds"
        raise SandboxError(f"{_program.path()} did not start: {problem}")

    def _exit_reason(self) -> Optional[str]:
        """Return the exit status and the standard error; None if the sandbox is running."""
        try:
            status = self._process.wait(0.5)
        except subprocess.TimeoutExpired:
            return None
        if not self._stderr.exists():
            return "the sandbox is closed"
        text = self._stderr.read_text(errors="replace").strip()
        return f"it exited with status {status}" + (f": {text}" if text else "")

    def new_service(self, settings: Optional[Mapping[str, object]] = None) -> Service:
        """Create a service with its own credentials, tickets, clock, faults and requests.

        `settings` are the members of a service in a `--config` file, such as `issuer`.
        """
        return Service(self._http, self._http.control("POST", "services", dict(settings or {})))

    def close(self) -> None:
        """Stop the sandbox."""
        self._resources.close()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        exception_type: Optional[type[BaseException]],
        exception: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Sandbox {self.base_url}>"


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop the process, wait for it, and close its pipes."""
    with process:
        process.kill()


def first_line(stream: IO[bytes], timeout: float) -> str:
    """Read the first line. It lacks the newline if the stream or the time ended before it."""
    deadline = time.monotonic() + timeout
    line = b""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while not line.endswith(b"\n") and selector.select(max(deadline - time.monotonic(), 0)):
            byte = os.read(stream.fileno(), 1)  # one at a time: do not read past the line
            if not byte:
                break
            line += byte
    return line.decode(errors="replace")
