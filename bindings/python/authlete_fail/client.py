"""The client: one Authlete service, shared by any number of threads."""

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

    Configure it with keywords, `Client(base_url=..., service_id=..., access_token=...)`, or with
    one mapping of the library's keys, `Client({"baseUrl": ..., ...})`. Without either, the library
    reads the environment variables AUTHLETE_*. A keyword is a key in snake_case: `timeout_ms` is
    `timeoutMs`. Paths may be path-like objects.

    Creating a client opens no connection. Raises InvalidConfig, which names the key, and TypeError
    for a value that is not JSON serializable.

    Each call logs one line to the logger `authlete_fail` when it returns, on the calling thread.
    The key `logLevel` and the logger's own level both apply.

    Any number of threads may share a client. So may forked children, which open their own
    connections. Calls release the GIL. A client cannot be copied or pickled. It is a context
    manager that closes the client on exit.
    """

    def __init__(self, config: Optional[Mapping[str, object]] = None, /, **keys: object) -> None:
        document = _either("config", config, keys)
        if config is None:
            document = {_camel_case(key): value for key, value in keys.items()}
            if len(document) < len(keys):
                raise TypeError("a key is given twice, in snake_case and in camelCase")
        # The library reads the environment if the text is empty.
        text = b"" if config is None and not keys else _json(document)
        self._handle = Handle()
        reply = _ffi.ReplyPointer()
        try:
            _ffi.client_new(text, len(text), None, None, self._handle.pointer, reply)
            checked(read(reply))
        finally:
            _ffi.reply_free(reply)
        self._log = Log(text)

    def connect(self) -> Reply:
        """Open a connection to Authlete, so that the next call does not have to.

        Does nothing if the pool contains a usable idle connection with at least half of its idle
        timeout left; the reply's `attempts` is then 0. Call it when your server shows a login or
        consent page, so that the next call finds an open connection. Call it before a fork, so that
        the children start with Authlete's addresses. Children open their own connections: a
        pre-forking server, such as gunicorn with preload_app, can also call it in a hook that runs
        in each worker.

        It sends no request, so it does not check the credentials or `service_id`. The server may
        close the connection early if no request arrives; nginx does after 60 seconds. The next call
        then opens a new one.

        Blocks until the connection is open, an error occurs, a timeout expires or the client is
        closed. Unless the status is OK, raises a subclass of Error that carries the reply; a
        failure does not affect later calls.
        """
        return self._call("connect", TicketState.NONE, _ffi.client_connect)

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

        Takes the members of the request as keywords, or as one mapping with Authlete's member
        names. `ticket` and `reason` are required. None counts as absent.

        Blocks until Authlete responds, an error occurs or `timeoutMs` (default: 10 seconds)
        expires; signal handlers run when the call returns. Unless the status is OK, raises a
        subclass of Error that carries the reply.
        """
        keywords = {"ticket": ticket, "reason": reason, "description": description}
        return self._fail("authorization", _ffi.authorization, request, keywords)

    def token(
        self,
        request: Optional[Mapping[str, object]] = None,
        /,
        *,
        ticket: Optional[str] = None,
        reason: Union[TokenReason, str, None] = None,
    ) -> Reply:
        """Fail a token request: `/auth/token/fail`.

        `ticket` and `reason` are required. Everything else is as for `authorization`.
        """
        keywords = {"ticket": ticket, "reason": reason}
        return self._fail("token", _ffi.token, request, keywords)

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

        No argument is required. Authlete treats an absent reason as SERVER_ERROR. In a mapping, the
        last two are `errorDescription` and `errorUri`. Everything else is as for `authorization`.
        """
        keywords = {
            "ticket": ticket,
            "reason": reason,
            "errorDescription": error_description,
            "errorUri": error_uri,
        }
        name = "backchannel authentication"
        return self._fail(name, _ffi.backchannel_authentication, request, keywords)

    def close(self) -> None:
        """Abort the calls in flight, which raise Shutdown; wait for them; free the client.

        Later calls raise Shutdown. May be called from any thread and from signal handlers, any
        number of times.
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

    # A copy would share the C client but not its lifetime.
    def __reduce__(self) -> NoReturn:
        raise TypeError("a Client cannot be copied or pickled")

    def _fail(
        self,
        endpoint: str,
        function: Callable[..., Any],
        request: Optional[Mapping[str, object]],
        keywords: dict[str, Optional[str]],
    ) -> Reply:
        given = {name: value for name, value in keywords.items() if value is not None}
        document = _either("request", request, given)
        text = _json(document)
        has_ticket = document.get("ticket") is not None
        unsent = TicketState.UNTOUCHED if has_ticket else TicketState.NONE
        return self._call(endpoint, unsent, function, text, len(text))

    def _call(
        self, name: str, unsent: TicketState, function: Callable[..., Any], *arguments: object
    ) -> Reply:
        """Call a library function. `unsent` is the ticket state of a closed client's reply."""
        started = time.monotonic()
        user, pointer = object(), _ffi.ReplyPointer()
        # The `finally` also covers signal handlers, which run after the function and may raise.
        try:
            if self._handle.enter(user):
                function(self._handle.pointer, *arguments, pointer)
                reply = read(pointer)
            else:
                function(_ffi.ClientPointer(), *arguments, pointer)
                reply = _closed(read(pointer), unsent)
        finally:
            try:
                self._handle.leave(user)
            finally:
                _ffi.reply_free(pointer)
        self._log.call(name, reply, time.monotonic() - started)
        return checked(reply)


def _either(
    name: str, mapping: Optional[Mapping[str, object]], keywords: Mapping[str, object]
) -> Mapping[str, object]:
    if mapping is None:
        return keywords
    if keywords:
        raise TypeError(f"pass {name} or keywords, not both")
    if not isinstance(mapping, Mapping):
        raise TypeError(f"{name} must be a mapping, not {type(mapping).__name__}")
    return mapping


def _camel_case(name: str) -> str:
    return re.sub("_([a-z])", lambda match: match[1].upper(), name)


def _path(value: object) -> str:
    path = os.fspath(value) if isinstance(value, os.PathLike) else None
    if not isinstance(path, str):
        raise TypeError(f"{type(value).__name__} is not JSON serializable")
    return path


_ENCODER = json.JSONEncoder(allow_nan=False, default=_path, separators=(",", ":"))


def _json(document: Mapping[str, object]) -> bytes:
    return _ENCODER.encode(dict(document)).encode()


def _closed(without_client: Reply, state: TicketState) -> Reply:
    """Convert the reply of a call with a NULL client to that of a call on a closed client.

    The library cannot produce the latter, because the C client may already be freed. The two
    replies differ only in status, error and ticket state. Everything else comes from the library,
    including the members of `error_json`.
    """
    error = "shutdown: the client is closed; nothing was sent"
    changed = {"status": Status.SHUTDOWN.name, "message": error, "ticketState": state.name}
    document = {**json.loads(without_client.error_json), **changed}
    return replace(
        without_client,
        status=Status.SHUTDOWN,
        ticket_state=state,
        error=error,
        error_json=json.dumps(document, separators=(",", ":")),
    )
