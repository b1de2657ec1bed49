"""The client: one Authlete service, shared by any number of threads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, Literal, NoReturn, Optional, Union

from . import _ffi, _keywords, _text
from ._handle import Handle
from ._log import CONNECT, Log
from ._unsent import CLOSED, Rejection
from .configuration import Configuration, settings
from .enums import (
    AuthorizationReason,
    AuthorizationReasonName,
    BackchannelAuthenticationReason,
    BackchannelAuthenticationReasonName,
    Status,
    TicketState,
    TokenReason,
    TokenReasonName,
)
from .errors import Shutdown, checked
from .reply import Reply, Response, read
from .stats import Stats

if TYPE_CHECKING:
    # Type checkers bundle this module. typing.Unpack needs Python 3.11.
    from typing_extensions import Unpack

DEFAULT_TIMEOUT_MS = 10_000
"""The library's default of `timeoutMs`."""


class Client:
    """Calls Authlete's API.

    Three methods fail a request: `authorization`, `token` and `backchannel_authentication`. `call`
    calls any endpoint.

    Configure it with keywords, `Client(base_url=..., service_id=..., access_token=...)`, or with
    one mapping of the library's keys, `Client({"baseUrl": ..., ...})`. Without either, the library
    reads the environment variables AUTHLETE_*. A keyword is a key in snake_case: `timeout_ms` is
    `timeoutMs`. Paths may be path-like objects.

    Creating a client opens no connection. Raises InvalidConfig, which names the key or the keyword,
    and TypeError for a value that is not JSON serializable.

    Each call logs one line to the logger `authlete_fail` when it returns, on the calling thread.
    Python shows nothing until the program configures logging, for example with
    `logging.basicConfig(level=logging.INFO)`. The key `logLevel` and the logger's own level both
    apply.

    Any number of threads may share a client. So may forked children, which open their own
    connections. Calls release the GIL. A client cannot be copied or pickled. It is a context
    manager that closes the client on exit.
    """

    def __init__(
        self, config: Optional[Mapping[str, object]] = None, /, **keys: Unpack[Configuration]
    ) -> None:
        document = _text.either("config", config, keys)
        if config is None:
            document = {_keywords.camel_case(key): value for key, value in keys.items()}
            if len(document) < len(keys):
                raise TypeError("a key is given twice, in snake_case and in camelCase")
        self._keywords = _keywords.NONE
        if keys:
            # The caller may have written keywords in camelCase.
            self._keywords = {**_keywords.CONFIGURATION, **dict(zip(document, keys))}
        # The library reads the environment if the text is empty.
        text = b"" if config is None and not keys else _text.to_json(document)
        self._handle = Handle()
        pointer = _ffi.OwnedReply()
        _ffi.client_new(text, len(text), None, None, self._handle.pointer, pointer)
        error = _keywords.quote(read(pointer).error, self._keywords)
        checked(read(pointer, error=error))
        configuration = settings(text)
        self._log = Log(configuration)
        self._timeout_ms: int = configuration.get("timeoutMs", DEFAULT_TIMEOUT_MS)

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
        return self._run(CONNECT, TicketState.NONE, _ffi.client_connect)

    def call(
        self,
        path: str,
        request: Optional[Mapping[str, object]] = None,
        *,
        method: Literal["POST", "GET", "DELETE"] = "POST",
        timeout_ms: Optional[int] = None,
        access_token: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Reply[Optional[Response]]:
        """Call any endpoint of Authlete's API.

        `path` is the path after `/api` and the service ID, such as "/auth/authorization"; a query
        may follow. `request` is required for a POST, and must be None if `method` is "GET" or
        "DELETE".

        The options apply to this call only. `timeout_ms` replaces `timeoutMs`, and `access_token`
        replaces the client's credentials. `headers` are at most 16 additional request headers, 4
        KiB in total: `traceparent`, `tracestate`, `baggage`, `b3` and names that start with `X-`,
        except those that override the method or the path.

        If the endpoint is not a fail endpoint, the outcome is OTHER_API for every complete 2xx API
        response. `reply.response` is the response that Authlete's `action` specifies for the OAuth
        client. It is None if your server has to act first, or if the endpoint is outside the
        authorization, token and CIBA flows. Blocks and raises like the other methods. Also raises
        InvalidArgument if the path is invalid.
        """
        text = b"" if request is None else _text.to_json(_text.checked_mapping("request", request))
        options = _text.options(
            method=method, timeout_ms=timeout_ms, access_token=access_token, headers=headers
        )
        return self._call(path, request or {}, text, options)

    def authorization(
        self,
        request: Optional[Mapping[str, object]] = None,
        /,
        *,
        ticket: Optional[str] = None,
        reason: Union[AuthorizationReason, AuthorizationReasonName, None] = None,
        description: Optional[str] = None,
        timeout_ms: Optional[int] = None,
        access_token: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Reply:
        """Fail an authorization request: `/auth/authorization/fail`.

        Takes the members of the request as keywords, or as one mapping with Authlete's member
        names. `ticket` and `reason` are required. None counts as absent. The last three keywords
        are options, as for `call`.

        Blocks until Authlete responds, an error occurs or the timeout (default: 10 seconds)
        expires; signal handlers run when the call returns. Unless the status is OK, raises a
        subclass of Error that carries the reply.
        """
        keywords = {"ticket": ticket, "reason": reason, "description": description}
        options = _text.options(timeout_ms=timeout_ms, access_token=access_token, headers=headers)
        return self._fail("/auth/authorization/fail", request, keywords, options)

    def token(
        self,
        request: Optional[Mapping[str, object]] = None,
        /,
        *,
        ticket: Optional[str] = None,
        reason: Union[TokenReason, TokenReasonName, None] = None,
        timeout_ms: Optional[int] = None,
        access_token: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Reply:
        """Fail a token request: `/auth/token/fail`.

        `ticket` and `reason` are required. Everything else is as for `authorization`.
        """
        keywords = {"ticket": ticket, "reason": reason}
        options = _text.options(timeout_ms=timeout_ms, access_token=access_token, headers=headers)
        return self._fail("/auth/token/fail", request, keywords, options)

    def backchannel_authentication(
        self,
        request: Optional[Mapping[str, object]] = None,
        /,
        *,
        ticket: Optional[str] = None,
        reason: Union[
            BackchannelAuthenticationReason, BackchannelAuthenticationReasonName, None
        ] = None,
        error_description: Optional[str] = None,
        error_uri: Optional[str] = None,
        timeout_ms: Optional[int] = None,
        access_token: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Reply:
        """Fail a backchannel authentication request (CIBA): `/backchannel/authentication/fail`.

        No argument is required. Authlete treats an absent reason as SERVER_ERROR. The members
        `errorDescription` and `errorUri` are the keywords `error_description` and `error_uri`.
        Everything else is as for `authorization`.
        """
        keywords = {
            "ticket": ticket,
            "reason": reason,
            "errorDescription": error_description,
            "errorUri": error_uri,
        }
        options = _text.options(timeout_ms=timeout_ms, access_token=access_token, headers=headers)
        return self._fail("/backchannel/authentication/fail", request, keywords, options)

    def stats(self) -> Stats:
        """Return the statistics of the client since it was created.

        In a forked child, they start at zero. Raises Shutdown if the client is closed.
        """
        user = object()
        try:
            if not self._handle.enter(user):
                pointer = _ffi.OwnedReply()
                _ffi.client_connect(_ffi.ClientPointer(), pointer)
                raise Shutdown(CLOSED.reply(pointer, TicketState.NONE))
            stats: Stats = json.loads(_ffi.stats(self._handle.pointer))
        finally:
            self._handle.leave(user)
        return stats

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
        path: str,
        request: Optional[Mapping[str, object]],
        keywords: dict[str, Optional[str]],
        options: bytes,
    ) -> Reply:
        given = {name: value for name, value in keywords.items() if value is not None}
        document = _text.either("request", request, given)
        members = _keywords.MEMBERS if request is None else _keywords.NONE
        return self._call(path, document, _text.to_json(document), options, members)

    def _call(
        self,
        path: str,
        request: Mapping[str, object],
        text: bytes,
        options: bytes,
        members: _keywords.Keywords = _keywords.NONE,
        rejection: Optional[Rejection] = None,
    ) -> Reply[Any]:
        """Call an endpoint. `text` is `request` as JSON; `members` are its keywords."""
        unsent = TicketState.NONE if request.get("ticket") is None else TicketState.UNTOUCHED
        arguments = (_text.c_path(path), text, len(text), options, len(options))
        return self._run(
            path,
            unsent,
            _ffi.call,
            *arguments,
            options=options,
            members=members,
            rejection=rejection,
        )

    def _run(
        self,
        name: str,
        unsent: TicketState,
        function: Callable[..., Any],
        *arguments: object,
        options: bytes = b"",
        members: _keywords.Keywords = _keywords.NONE,
        rejection: Optional[Rejection] = None,
    ) -> Reply[Any]:
        """Call a library function, unless there is a `rejection` or the client is closed.

        `unsent` is the ticket state of a call that is not sent.
        """
        user, pointer = object(), _ffi.OwnedReply()
        # The `finally` also covers signal handlers, which run after the function and may raise.
        try:
            is_open = rejection is None and self._handle.enter(user)
            client = self._handle.pointer if is_open else _ffi.ClientPointer()
            status = Status._known(function(client, *arguments, pointer))
        finally:
            self._handle.leave(user)
        reply = read(pointer, status=status)
        if not is_open:
            reply = (rejection or CLOSED).reply(pointer, unsent)
            diagnostics = self._log.diagnostics_of_unsent(name, options, reply)
            reply = replace(reply, diagnostics_json=diagnostics)
        elif status is not Status.OK:
            error = _keywords.quote_in_call(reply.error, self._keywords, options, members)
            reply = read(pointer, status=status, error=error)
        self._log.call(name, reply)
        return checked(reply)
