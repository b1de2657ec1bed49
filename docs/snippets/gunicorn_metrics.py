"""A part of gunicorn's configuration: each worker serves its metrics on its own port."""

import os
from typing import Any

from prometheus_client import start_http_server

FIRST_PORT = int(os.environ.get("METRICS_PORT", "9100"))


def pre_fork(server: Any, worker: Any) -> None:
    """Choose the lowest free port. The new worker gets that of the one that it replaces."""
    used = {other.metrics_port for other in server.WORKERS.values()}
    worker.metrics_port = FIRST_PORT
    while worker.metrics_port in used:
        worker.metrics_port += 1


def post_worker_init(worker: Any) -> None:
    """Serve the metrics of this process, in a thread."""
    start_http_server(worker.metrics_port, addr="127.0.0.1")
