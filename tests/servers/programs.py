"""Runs the example servers and the sandbox as programs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
EXAMPLES = ROOT / "bindings/examples"
BUILT = Path(os.environ.get("AUTHLETE_FAIL_SERVERS", TARGET / "servers"))
SANDBOX = TARGET / "debug/authlete-fail-sandbox"

SERVERS: dict[str, list[object]] = {
    "microhttpd": [BUILT / "microhttpd", "--port", 0],
    "httplib": [BUILT / "httplib", "--port", 0],
    "flask": [
        *(Path(sys.executable).with_name("gunicorn"), "--bind", "127.0.0.1:0"),
        *("--config", EXAMPLES / "flask/gunicorn.conf.py"),
    ],
    "starlette": [sys.executable, EXAMPLES / "starlette/asgi.py", "--port", 0],
}
"""The command that runs each server on a free port. All pass the same tests."""

TEST_TIMEOUT = 30
"""The seconds that a test waits for a program to exit or a request to complete.

More than gunicorn's graceful_timeout, after which it kills a worker that missed its signal.
"""


@contextmanager
def running(command: list[object], **environment: str) -> Iterator[str]:
    """Run a program, yield the URL that it prints, and end it with SIGTERM."""
    # Without the caller's Authlete variables, except for the path of the library.
    kept = {
        name: value
        for name, value in os.environ.items()
        if name == "AUTHLETE_FAIL_LIBRARY" or not name.startswith("AUTHLETE_")
    }
    with subprocess.Popen(
        [str(word) for word in command],
        env=kept | environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            assert line.startswith("listening on http://127.0.0.1:"), line
            yield line.split()[-1]
        finally:
            process.terminate()
            try:
                status = process.wait(TEST_TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        assert status == 0, f"ended with {status}"


@contextmanager
def sandbox(port: int = 0) -> Iterator[str]:
    """Run the sandbox and yield its base URL."""
    with running([SANDBOX, "--port", port]) as url:
        yield url


@contextmanager
def secure_server(name: str, authlete: str) -> Iterator[str]:
    """Run an example server whose cookies have the attribute Secure, and yield its URL."""
    options = ["--secure-cookies"] if name in ("microhttpd", "httplib") else []
    with server(name, authlete, *options, SECURE_COOKIES="1") as url:
        yield url


@contextmanager
def server(name: str, authlete: str, *options: object, **environment: str) -> Iterator[str]:
    """Run an example server that calls `authlete`, and yield its URL."""
    with TemporaryDirectory() as sessions:
        settings = {
            "AUTHLETE_BASE_URL": authlete,
            "AUTHLETE_SERVICE_APIKEY": "21653835348762",
            "AUTHLETE_SERVICE_ACCESSTOKEN": "sandbox-access-token",
            "SESSION_DIR": sessions,
        }
        with running([*SERVERS[name], *options], **(settings | environment)) as url:
            yield url
