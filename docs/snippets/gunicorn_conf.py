"""A gunicorn configuration: the parent and each worker open a connection."""

from typing import Any

from authlete_fail import Error

# [hooks]
wsgi_app = "wsgi:application"
preload_app = True  # the client is created once, before gunicorn forks the workers


def connect(process: Any) -> None:
    """Open a connection. If this fails, the next call opens one."""
    from wsgi import client

    try:
        client.connect()
    except Error as error:
        process.log.warning("%s", error)


when_ready = connect  # in the parent, before it forks: the workers inherit the addresses
post_worker_init = connect  # in each worker
# [/hooks]
