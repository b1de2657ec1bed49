"""Logging: one line per call, to the logger `authlete_fail` of the standard module logging.

The line is written from the reply, after the call has returned. The C library could pass it to a
callback during the call, but exceptions cannot leave a callback: ctypes would discard one that a
signal handler raises, and a thread that Python ends at exit would unwind through the library.
"""

from __future__ import annotations

import json
import logging
from urllib.parse import urlsplit

from ._version import __version__
from .enums import Outcome, Status
from .reply import Reply

LOGGER = logging.getLogger("authlete_fail")
LOGGER.addHandler(logging.NullHandler())

_LEVELS = {
    "error": logging.ERROR,
    "warn": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
}
# The actions that Authlete documents. Any other text in `action` may be a secret.
_ACTIONS = {"LOCATION", "FORM", "BAD_REQUEST", "FORBIDDEN", "INTERNAL_SERVER_ERROR"}
# With status OK, these outcomes mean success. Only `connect` succeeds without an API response.
_SUCCESSES = {Outcome.DELIVERED, Outcome.NO_API_RESPONSE}


class Log:
    """The log of one client, filtered by its `logLevel` and by the logger's own level."""

    def __init__(self, config: bytes) -> None:
        """Take the JSON configuration, already validated; empty if it is in the environment."""
        document = json.loads(config or b"{}")
        self._level = _LEVELS[document.get("logLevel", "warn")]
        if self._level <= logging.DEBUG:
            authority = urlsplit(document["baseUrl"]).netloc.lower()
            LOGGER.debug("client for %s, version %s", authority, __version__)

    def call(self, name: str, reply: Reply, seconds: float) -> None:
        """Log a call or `connect` that took `seconds`."""
        if reply.status is Status.INTERNAL:
            level = logging.ERROR
        elif reply.status is Status.OK and reply.outcome in _SUCCESSES:
            level = logging.INFO
        else:
            level = logging.WARNING
        if level < self._level:
            return
        LOGGER.log(
            level,
            "%s: %s, HTTP %d, action %s, %s, ticket %s, %d attempt(s), %d ms",
            name,
            reply.status.name,
            reply.http_status or 0,
            reply.action if reply.action in _ACTIONS else "-",
            reply.outcome.name,
            reply.ticket_state.name,
            reply.attempts,
            int(seconds * 1000),
        )
