"""The result of a call: its status, the API response and the response to send."""

from __future__ import annotations

import json
from collections.abc import Awaitable
from dataclasses import dataclass, fields
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Callable, Generic, Optional

from . import _ffi
from .diagnostics import Diagnostics
from .enums import Outcome, Status, TicketState

if TYPE_CHECKING:
    import django.http
    import flask
    import starlette.responses

    # Type checkers bundle this module. typing.TypeVar has no default before Python 3.13.
    from typing_extensions import TypeVar
else:
    from typing import TypeVar


@dataclass(frozen=True, repr=False)
class Response:
    """The HTTP response to send to the OAuth client, as Authlete specifies it.

    Its repr shows only the status: headers and body may contain secrets.
    """

    status: int
    """200, 302, 303, 400, 401, 403 or 500."""
    headers: tuple[tuple[str, str], ...]
    """Names and values to send; each name occurs once.

    They never include Content-Length, Date or Connection. `wsgi` and `asgi` add Content-Length, as
    do Flask, Starlette and Django's CommonMiddleware. The methods `to_...` convert the response for
    a framework, which is imported when the method is called.
    """
    body: bytes
    """UTF-8; empty for a redirect."""

    @property
    def status_line(self) -> str:
        """The status and its reason phrase, such as "302 Found"."""
        try:
            return f"{self.status} {HTTPStatus(self.status).phrase}"
        except ValueError:
            return f"{self.status} Unknown"

    def wsgi(self, start_response: Callable[..., Any]) -> list[bytes]:
        """Start the response and return the body, as a WSGI application does (PEP 3333)."""
        length = ("Content-Length", str(len(self.body)))
        start_response(self.status_line, [*self.headers, length])
        return [self.body]

    async def asgi(self, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        """Send the response as an ASGI application does."""
        headers = [*self.headers, ("Content-Length", str(len(self.body)))]
        await send(
            {
                "type": "http.response.start",
                "status": self.status,
                "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
            }
        )
        await send({"type": "http.response.body", "body": self.body})

    def to_django(self) -> django.http.HttpResponse:
        """Return the response as a `django.http.HttpResponse`."""
        from django.http import HttpResponse

        # Not HttpResponseRedirect: it rejects redirect URIs such as com.example.app:/callback.
        response = HttpResponse(self.body, status=self.status)
        del response["Content-Type"]  # Django's default; a redirect has none
        for name, value in self.headers:
            response[name] = value
        return response

    def to_flask(self) -> flask.Response:
        """Return the response as a `flask.Response`."""
        from ._flask import VerbatimResponse

        response = VerbatimResponse(self.body, self.status)
        del response.headers["Content-Type"]  # Flask's default; a redirect has none
        response.headers.extend(self.headers)
        return response

    def to_starlette(self) -> starlette.responses.Response:
        """Return the response as a `starlette.responses.Response`, also for FastAPI."""
        from starlette.responses import Response

        response = Response(self.body, self.status)
        for name, value in self.headers:
            response.headers.append(name, value)
        return response

    def __repr__(self) -> str:
        return f"<Response {self.status_line}>"


if TYPE_CHECKING:
    AnyResponse = TypeVar("AnyResponse", bound=Optional[Response], default=Response, covariant=True)
else:
    AnyResponse = TypeVar("AnyResponse")


@dataclass(frozen=True, repr=False)
class Reply(Generic[AnyResponse]):
    """The result of one call; immutable, and independent of the client.

    An attribute is copied from the C reply when it is first used. A pickle contains all of them.

    For type checkers, the reply of `Client.call` is a `Reply[Optional[Response]]`. Any other reply,
    including that of an exception, is a `Reply`, whose response is always set.

    Its repr shows the first three fields and `http_status`: the others may contain secrets.
    """

    status: Status
    outcome: Outcome
    ticket_state: TicketState
    may_repeat: bool
    """Whether repeating the call is safe and may help.

    Authlete has certainly not processed the call, and the cause of the failure may be temporary.
    """
    attempts: int
    """The number of attempts, including those that failed to connect; 0 if no attempt was made."""
    duration: timedelta
    """The duration of the call, including all attempts."""
    http_status: Optional[int]
    """The HTTP status of the API response; None if none was received."""
    retry_after_ms: Optional[int]
    """The time in milliseconds to wait before the next call to Authlete; None if it sent none.

    Only for the HTTP statuses 429 and 503. It does not apply to the OAuth client.
    """
    error: str
    """The error, as one line without secrets; empty if the status is OK.

    It names the keywords that the caller wrote, while `error_json` and `diagnostics` contain the
    library's names.
    """
    error_json: str
    """The error and other values of the reply, as a JSON object; empty if the status is OK.

    Members: status, message, httpStatus, resultCode, outcome, ticketState, attempts, retryAfterMs,
    requestId, durationUs, mayRepeat.
    """
    json: str
    """The JSON object in the API response, unaltered; empty if there was none.

    Do not log it: some API responses contain the ticket or the credentials.
    """
    action: str
    """The `action` of the API response; empty if absent."""
    result_code: str
    """The `resultCode` of the API response, such as "A060306"; empty if absent."""
    request_id: str
    """The Request-Id header of the API response, for support requests; empty if absent."""
    diagnostics_json: str
    """The connections and the times of the call, as a JSON object. See `diagnostics`."""
    response: AnyResponse
    """The response to send to the OAuth client; set even if the call failed.

    None if there is nothing to send yet. That occurs only after `Client.call`: if your server has
    to act on the `action` first, or if the endpoint belongs to no flow.
    """

    @property
    def document(self) -> Optional[dict[str, Any]]:
        """The JSON object in the API response, parsed by `json.loads`; None if there was none.

        Parsed on the first access. Later accesses return the same object. Do not log it. Raises
        RecursionError or ValueError for an object that exceeds the limits of Python.
        """
        # Not a cached_property, whose lock before Python 3.12 could be held in a forked child.
        cache = self.__dict__
        if "_document" not in cache:
            cache["_document"] = json.loads(self.json) if self.json else None
        document: Optional[dict[str, Any]] = cache["_document"]
        return document

    @property
    def diagnostics(self) -> Diagnostics:
        """The connections and the times of the call.

        Parsed on the first access. Later accesses return the same object. Empty in the reply of
        InvalidConfig.
        """
        cache = self.__dict__
        if "_diagnostics" not in cache:
            cache["_diagnostics"] = json.loads(self.diagnostics_json or "{}")
        diagnostics: Diagnostics = cache["_diagnostics"]
        return diagnostics

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            """Copy an attribute from the C reply. Called only for those not copied before."""
            cache = self.__dict__
            if name not in _COPY or "_pointer" not in cache:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            value = cache[name] = _COPY[name](cache["_pointer"])
            return value

    def __getstate__(self) -> dict[str, object]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __repr__(self) -> str:
        return (
            f"<Reply {self.status.name}, {self.outcome.name}, ticket {self.ticket_state.name}, "
            f"HTTP status {self.http_status}>"
        )


def read(pointer: _ffi.OwnedReply, **attributes: object) -> Reply[Any]:
    """Convert a C reply. `attributes` replace those of the C reply."""
    reply: Reply[Any] = object.__new__(Reply)
    reply.__dict__.update(attributes, _pointer=pointer)
    return reply


def _response(pointer: _ffi.OwnedReply) -> Optional[Response]:
    status = _ffi.reply_response_status(pointer)
    if status == 0:
        return None
    return Response(
        status=status,
        headers=tuple(
            (
                _ffi.reply_response_header_name(pointer, index).decode(),
                _ffi.reply_response_header_value(pointer, index).decode(),
            )
            for index in range(_ffi.reply_response_header_count(pointer))
        ),
        body=_ffi.reply_response_body(pointer, None),
    )


def _http_status(pointer: _ffi.OwnedReply) -> Optional[int]:
    status: int = _ffi.reply_http_status(pointer)
    return status if status != 0 else None


def _retry_after_ms(pointer: _ffi.OwnedReply) -> Optional[int]:
    milliseconds: int = _ffi.reply_retry_after_ms(pointer)
    return milliseconds if milliseconds >= 0 else None


_COPY: dict[str, Callable[[_ffi.OwnedReply], object]] = {
    "status": lambda pointer: Status._known(_ffi.reply_status(pointer)),
    "outcome": lambda pointer: Outcome._known(_ffi.reply_outcome(pointer)),
    "ticket_state": lambda pointer: TicketState._known(_ffi.reply_ticket_state(pointer)),
    "may_repeat": lambda pointer: _ffi.reply_may_repeat(pointer) != 0,
    "attempts": lambda pointer: _ffi.reply_attempts(pointer),
    "duration": lambda pointer: timedelta(microseconds=_ffi.reply_duration_us(pointer)),
    "http_status": _http_status,
    "retry_after_ms": _retry_after_ms,
    "error": lambda pointer: _ffi.reply_error(pointer, None).decode(),
    "error_json": lambda pointer: _ffi.reply_error_json(pointer, None).decode(),
    "json": lambda pointer: _ffi.reply_json(pointer, None).decode(),
    "action": lambda pointer: _ffi.reply_action(pointer, None).decode(),
    "result_code": lambda pointer: _ffi.reply_result_code(pointer, None).decode(),
    "request_id": lambda pointer: _ffi.reply_request_id(pointer, None).decode(),
    "diagnostics_json": lambda pointer: _ffi.reply_diagnostics(pointer, None).decode(),
    "response": _response,
}
"""Copies an attribute of `Reply` from the C reply."""
