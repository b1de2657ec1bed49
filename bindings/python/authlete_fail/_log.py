"""Logging: one line per call, to the logger `authlete_fail` of the standard module logging.

The line is written from the reply, after the call has returned. The C library could pass it to a
callback during the call, but exceptions cannot leave a callback: ctypes would discard one that a
signal handler raises, and a thread that Python ends at exit would unwind through the library.
"""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Optional
from urllib.parse import urlsplit

from ._version import __version__
from .enums import Outcome, Status
from .reply import Reply, Response

LOGGER = logging.getLogger("authlete_fail")
LOGGER.addHandler(logging.NullHandler())

_LEVELS = {
    "error": logging.ERROR,
    "warn": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
}
CONNECT = "connect"

_ERROR = "INTERNAL_SERVER_ERROR"
# The actions that Authlete documents, by path. Any other path or action may contain a secret.
_ACTIONS: dict[str, set[str]] = {
    "/auth/authorization/fail": {"LOCATION", "FORM", "BAD_REQUEST", _ERROR},
    "/auth/token/fail": {"BAD_REQUEST", _ERROR},
    "/backchannel/authentication/fail": {"BAD_REQUEST", "FORBIDDEN", _ERROR},
    "/auth/authorization": {
        *("INTERACTION", "NO_INTERACTION", "BAD_REQUEST", "LOCATION", "FORM", _ERROR)
    },
    "/auth/authorization/issue": {"LOCATION", "FORM", "BAD_REQUEST", _ERROR},
    "/auth/token": {
        *("OK", "BAD_REQUEST", "INVALID_CLIENT", _ERROR),
        *("PASSWORD", "TOKEN_EXCHANGE", "JWT_BEARER", "NATIVE_SSO", "ID_TOKEN_REISSUABLE"),
    },
    "/auth/token/issue": {"OK", _ERROR},
    "/backchannel/authentication": {"USER_IDENTIFICATION", "BAD_REQUEST", "UNAUTHORIZED", _ERROR},
    "/backchannel/authentication/issue": {"OK", "INVALID_TICKET", _ERROR},
    "/backchannel/authentication/complete": {"NO_ACTION", "NOTIFICATION", "SERVER_ERROR"},
    CONNECT: set(),
}


class Log:
    """The log of one client, filtered by its `logLevel` and by the logger's own level."""

    def __init__(self, config: bytes) -> None:
        """Take the JSON configuration, already validated; empty if it is in the environment."""
        document = json.loads(config or b"{}")
        self._level = _LEVELS[document.get("logLevel", "warn")]
        if self._level <= logging.DEBUG:
            authority = urlsplit(document["baseUrl"]).netloc.lower()
            LOGGER.debug("client for %s, version %s", authority, __version__)

    def call(self, name: str, reply: Reply[Optional[Response]]) -> None:
        """Log a call; `name` is its path, or CONNECT."""
        if reply.status is Status.INTERNAL:
            level = logging.ERROR
        elif _is_success(reply):
            level = logging.INFO
        else:
            level = logging.WARNING
        if level < self._level:
            return
        LOGGER.log(
            level,
            "%s: %s, HTTP %d, action %s, %s, ticket %s, %d attempt(s), %d ms",
            name if name in _ACTIONS else "other",
            reply.status.name,
            reply.http_status or 0,
            reply.action if reply.action in _ACTIONS.get(name, ()) else "-",
            reply.outcome.name,
            reply.ticket_state.name,
            reply.attempts,
            reply.duration // timedelta(milliseconds=1),
        )


def _is_success(reply: Reply[Optional[Response]]) -> bool:
    if reply.status is not Status.OK:
        return False
    if reply.outcome is Outcome.OTHER_API:
        return reply.response is None or reply.response.status != 500
    # Only `connect` succeeds without an API response.
    return reply.outcome in (Outcome.DELIVERED, Outcome.NO_API_RESPONSE)
