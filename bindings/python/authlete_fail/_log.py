"""Logging: one line per call, to the logger `authlete_fail` of the standard module logging.

The line is that of the C library's log callback. It is written from the reply, after the call has
returned. The C library could pass it to a callback during the call, but exceptions cannot leave a
callback: ctypes would discard one that a signal handler raises, and a thread that Python ends at
exit would unwind through the library.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import timedelta
from typing import Any, Optional, Union
from urllib.parse import urlsplit

from ._version import __version__
from .diagnostics import Attempt, Diagnostics
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


# Any other result code may be a secret.
_RESULT_CODE = re.compile("A[0-9]{6}|[0-9]{1,6}")

_FIELDS = {
    **{"event": None, "endpoint": None, "host": None, "version": None, "status": None},
    **{"http": None, "code": None, "action": None, "outcome": None, "ticket": None},
    **{"attempts": None, "duration_us": None, "request_id": None, "retry_cause": None},
    **{"error": None, "connection": None, "peer": None, "tls": None, "dns_us": None},
    **{"tcp_us": None, "proxy_us": None, "tls_us": None, "wait_us": None, "body_us": None},
}
"""The fields of a line, in this order; None: absent."""

Value = Union[str, int, None]


class Log:
    """The log of one client, filtered by its `logLevel` and by the logger's own level."""

    def __init__(self, configuration: dict[str, Any]) -> None:
        """Take the configuration, already validated."""
        self._level = _LEVELS[configuration.get("logLevel", "warn")]
        url = urlsplit(configuration["baseUrl"])
        self._host = url.netloc.lower()
        self._address = url.hostname
        self._port = url.port or (443 if url.scheme == "https" else 80)
        if self._is_enabled(logging.DEBUG):
            _write(logging.DEBUG, event="client_new", host=self._host, version=__version__)

    def call(self, name: str, reply: Reply[Optional[Response]]) -> None:
        """Log a call; `name` is its path, or CONNECT."""
        level = _level(name, reply)
        if not self._is_enabled(level):
            return
        # Only a call with several attempts has a retry cause.
        is_detailed = self._is_enabled(logging.DEBUG)
        diagnostics = reply.diagnostics if is_detailed or reply.attempts > 1 else None
        code, action = reply.result_code, reply.action
        _write(
            level,
            endpoint=_endpoint(name),
            host=self._host,
            status=reply.status.name,
            http=reply.http_status,
            code=code if _RESULT_CODE.fullmatch(code) else None,
            action=action if action in _ACTIONS.get(name, ()) else None,
            outcome=reply.outcome.name,
            ticket=reply.ticket_state.name,
            attempts=reply.attempts,
            duration_us=reply.duration // timedelta(microseconds=1),
            request_id=reply.request_id or None,
            retry_cause=diagnostics["retryCause"] if diagnostics else None,
            error=reply.error or None,
            **_details(diagnostics["attempts"] if diagnostics and is_detailed else []),
        )

    def diagnostics_of_unsent(
        self, name: str, options: bytes, reply: Reply[Optional[Response]]
    ) -> str:
        """Return the diagnostics of a call that was rejected without the C client."""
        method = None if name == CONNECT else json.loads(options or "{}").get("method", "POST")
        document: Diagnostics = {
            "endpoint": _endpoint(name),
            "method": method,
            "serverAddress": self._address or "",
            "serverPort": self._port,
            "durationUs": reply.duration // timedelta(microseconds=1),
            "retryCause": None,
            "attempts": [],
        }
        return json.dumps(document, separators=(",", ":"))

    def _is_enabled(self, level: int) -> bool:
        return level >= self._level and LOGGER.isEnabledFor(level)


def _level(name: str, reply: Reply[Optional[Response]]) -> int:
    if reply.status is Status.INTERNAL:
        return logging.ERROR
    if reply.status is Status.OK and (
        reply.outcome is Outcome.DELIVERED
        or (
            reply.outcome is Outcome.OTHER_API
            and (reply.response is None or reply.response.status != 500)
        )
        or name == CONNECT
    ):
        return logging.INFO
    return logging.WARNING


def _endpoint(name: str) -> str:
    return name if name in _ACTIONS else "other"


def _details(attempts: list[Attempt]) -> dict[str, Value]:
    """Return the fields for the connection and the times of the last attempt."""
    if not attempts:
        return {}
    last = attempts[-1]
    address = last["peerAddress"]
    if address and ":" in address:
        address = f"[{address}]"
    return {
        "connection": last["connection"],
        "peer": f"{address}:{last['peerPort']}" if address else None,
        "tls": last["tlsVersion"],
        "dns_us": last["dnsUs"],
        "tcp_us": last["tcpUs"],
        "proxy_us": last["proxyUs"],
        "tls_us": last["tlsUs"],
        "wait_us": last["waitUs"],
        "body_us": last["bodyUs"],
    }


def _write(level: int, **given: Value) -> None:
    fields = {**_FIELDS, **given}
    line = " ".join(f"{name}={_text(value)}" for name, value in fields.items() if value is not None)
    extra = {f"authlete_{name}": value for name, value in fields.items()}
    try:
        LOGGER.log(level, line, extra=extra)
    except Exception:
        # A handler or a filter raised. The caller must still get the reply, because the ticket
        # may have been used. Handlers of the standard library report their errors like this.
        record = LOGGER.makeRecord(LOGGER.name, level, __file__, 0, line, (), None)
        logging.Handler().handleError(record)


def _text(value: Union[str, int]) -> str:
    """Return a value in logfmt, in quotes if necessary."""
    text = str(value)
    if text and not _SPECIAL.search(text):
        return text
    return '"' + _ESCAPED.sub(r"\\\g<0>", _CONTROL.sub(" ", text)) + '"'


_SPECIAL = re.compile(r'[\x00-\x20"=\\\x7f-\x9f]')
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ESCAPED = re.compile(r'["\\]')
