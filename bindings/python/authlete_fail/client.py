"""The client: one service of Authlete's, shared by any number of threads."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any, Callable, NoReturn, Optional, Union

from . import _ffi
from ._handle import Handle
from ._log import Log
from .enums import (
    AuthorizationReason,
    BackchannelAuthenticationReason,
    Status,
    TicketState,
    TokenReason,
)
from .errors import checked
from .reply import Reply, read


class Client:
    """Calls Authlete's fail endpoints.

    It is configured by keywords, `Client(base_url=..., service_id=..., access_token=...)`, or by
    one mapping with the library's own keys, `Client({"baseUrl": ..., ...})`, or, with neither, by
    the environment. A keyword is a key in snake_case: `timeout_ms` is `timeoutMs`. The library
    checks them, and its errors name the key. Paths may be path objects.

    Each call writes one line to the logger `authlete_fail` when it returns, on the calling thread.
    The key `logLevel` and the logger's own level both apply.

    Making one opens no connection. Raises InvalidConfig, and TypeError for what has no JSON form.

    A client may be used by any number of threads, and in forked children, which open connections
    of their own; calls release the GIL. It cannot be copied or pickled. As a context manager it
    closes itself.
    """

    def __init__(self, config: Optional[Mapping[str, object]] = None, /, **keys: object) -> None:
        document = _either("config", config, keys)
        if config is None:
            document = {_camel_case(key): value for key, value in keys.items()}
            if len(document) < len(keys):
                raise TypeError("a key stands twice, in snake_case and in camelCase")
        # No text at all makes the library read the environment.
        text = b"" if config is None and not keys else _json(document)
        self._handle = Handle()
        reply = _ffi.ReplyPointer()
        try:
            _ffi.client_new(text, len(text), None, None, self._handle.pointer, reply)
            checked(read(reply))
        finally:
            _ffi.reply_free(reply)
        self._log = Log(text)

    def authorization(
        self,
        request: Optional[Mapping[str, object]] = None,
        /,
        *,
        ticket: Optional[str] = None,
        reason: Union[AuthorizationReason, str, None] = None,
        description: Optional[str] = None,
    ) -> Reply:
        """Fail an authorization request: `/auth/authorization/fail`.

        Takes Authlete's request document as keywords, or as one mapping with Authlete's member
        names. `ticket` and `reason` are required; None counts as absent.

        Blocks until it is answered or the key `timeoutMs` (10 seconds) has passed; signal handlers
        run when it returns. Raises a subclass of Error unless the status is OK, with the reply.
        """
        keywords = {"ticket": ticket, "reason": reason, "description": description}
        return self._call("authorization", _ffi.authorization, request, keywords)

    def token(
        self,
        request: Optional[Mapping[str, object]] = None,
        /,
        *,
        ticket: Optional[str] = None,
        reason: Union[TokenReason, str, None] = None,
    ) -> Reply:
        """Fail a token request: `/auth/token/fail`.

        `ticket` and `reason` are required; otherwise as `authorization`.
        """
        keywords = {"ticket": ticket, "reason": reason}
        return self._call("token", _ffi.token, request, keywords)

    def backchannel_authentication(
        self,
        request: Optional[Mapping[str, object]] = None,
        /,
        *,
        ticket: Optional[str] = None,
        reason: Union[BackchannelAuthenticationReason, str, None] = None,
        error_description: Optional[str] = None,
        error_uri: Optional[str] = None,
    ) -> Reply:
        """Fail a backchannel authentication request (CIBA): `/backchannel/authentication/fail`.

        Nothing is required; Authlete takes an absent reason for SERVER_ERROR. The mapping has
        `errorDescription` and `errorUri`; otherwise as `authorization`.
        """
        keywords = {
            "ticket": ticket,
            "reason": reason,
            "errorDescription": error_description,
            "errorUri": error_uri,
        }
        name = "backchannel authentication"
        return self._call(name, _ffi.backchannel_authentication, request, keywords)

    def close(self) -> None:
        """End the calls in flight, which raise Shutdown, wait for them, and free everything.

        Later calls raise Shutdown. For any thread, any number of times, also from a signal
        handler.
        """
        self._handle.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    # A copy would share the C client, but not its end.
    def __reduce__(self) -> NoReturn:
        raise TypeError("a Client cannot be copied or pickled")

    def _call(
        self,
        endpoint: str,
        function: Callable[..., Any],
        request: Optional[Mapping[str, object]],
        keywords: dict[str, Optional[str]],
    ) -> Reply:
        given = {name: value for name, value in keywords.items() if value is not None}
        document = _either("request", request, given)
        text = _json(document)
        started = time.monotonic()
        user, pointer = object(), _ffi.ReplyPointer()
        # Signal handlers, which may raise an exception, run as soon as the function has returned.
        try:
            if self._handle.enter(user):
                function(self._handle.pointer, text, len(text), pointer)
                reply = read(pointer)
            else:
                reply = _closed(has_ticket=document.get("ticket") is not None)
        finally:
            try:
                self._handle.leave(user)
            finally:
                _ffi.reply_free(pointer)
        self._log.call(endpoint, reply, time.monotonic() - started)
        return checked(reply)


def _either(
    name: str, mapping: Optional[Mapping[str, object]], keywords: Mapping[str, object]
) -> Mapping[str, object]:
    if mapping is None:
        return keywords
    if keywords:
        raise TypeError(f"give {name} or keywords, not both")
    if not isinstance(mapping, Mapping):
        raise TypeError(f"{name} must be a mapping, not {type(mapping).__name__}")
    return mapping


def _camel_case(name: str) -> str:
    return re.sub("_([a-z])", lambda match: match[1].upper(), name)


def _path(value: object) -> str:
    path = os.fspath(value) if isinstance(value, os.PathLike) else None
    if not isinstance(path, str):
        raise TypeError(f"{type(value).__name__} has no JSON form")
    return path


_ENCODER = json.JSONEncoder(allow_nan=False, default=_path, separators=(",", ":"))


def _json(document: Mapping[str, object]) -> bytes:
    return _ENCODER.encode(dict(document)).encode()


def _closed(has_ticket: bool) -> Reply:
    """Make the reply that the library gives after authlete_fail_client_shutdown()."""
    state = TicketState.UNTOUCHED if has_ticket else TicketState.NONE
    error = "shutdown: the client is closed; nothing was sent"
    no_reply = read(_ffi.ReplyPointer())
    document = {
        "status": Status.SHUTDOWN.name,
        "message": error,
        "httpStatus": None,
        "resultCode": None,
        "outcome": no_reply.outcome.name,
        "ticketState": state.name,
        "attempts": no_reply.attempts,
        "retryAfterMs": None,
    }
    return replace(
        no_reply,
        status=Status.SHUTDOWN,
        ticket_state=state,
        error=error,
        error_json=json.dumps(document, separators=(",", ":")),
    )
