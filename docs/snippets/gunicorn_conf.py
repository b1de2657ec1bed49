"""The configuration of gunicorn. The parent process and each worker open a connection."""

from contextlib import suppress
from typing import Any

from authlete_fail import Error

wsgi_app = "flask_server:app"
workers = 3
worker_class = "gthread"
threads = 16  # per worker; a call blocks its thread, and maxIdleConnections is 64
graceful_timeout = 25  # longer than two calls with the default timeoutMs of 10 seconds

preload_app = True  # the client is created once, before gunicorn forks the workers


def connect(_process: Any) -> None:
    """Open a connection. If this fails, the library logs why, and the next call opens one."""
    from flask_server import client

    with suppress(Error):
        client.connect()


when_ready = connect  # in the parent, before it forks: the workers inherit the addresses
post_worker_init = connect  # in each worker
