"""To run it: gunicorn --config bindings/examples/flask/gunicorn.conf.py --bind 127.0.0.1:8080."""

from pathlib import Path
from typing import Any

chdir = str(Path(__file__).parent)
wsgi_app = "wsgi:app"
preload_app = True  # optional: creates the client once, before the workers are forked
workers = 3
worker_class = "gthread"
threads = 8  # per worker; a call blocks its thread until Authlete responds
graceful_timeout = 25  # longer than two calls of 10 seconds
control_socket_disable = True  # all gunicorn processes of a user would share it


def when_ready(server: Any) -> None:
    """Print the URL; the system chooses the port if --bind has port 0."""
    host, port = server.LISTENERS[0].sock.getsockname()
    print(f"listening on http://{host}:{port}", flush=True)
