"""Run it: gunicorn --config bindings/examples/flask/gunicorn.conf.py --bind 127.0.0.1:8080."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

chdir = str(Path(__file__).parent)
wsgi_app = "wsgi:app"
preload_app = True  # so that the client is made once, before the workers are forked
workers = 3
worker_class = "gthread"
threads = 8  # in each worker; a call blocks its thread until Authlete answers
graceful_timeout = 25  # more than two calls, 10 seconds each
control_socket_disable = True  # it is one for all of a user's gunicorns


def when_ready(server: Any) -> None:
    """Say where, as --bind may have left the port to the system."""
    host, port = server.LISTENERS[0].sock.getsockname()
    print(f"listening on http://{host}:{port}", flush=True)


def on_exit(_server: Any) -> None:
    """Delete what the workers shared."""
    from wsgi import SESSIONS

    shutil.rmtree(SESSIONS)
