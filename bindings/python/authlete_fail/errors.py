"""The exceptions: one for each status except OK."""

from __future__ import annotations

from typing import Any

from .enums import Status
from .reply import Reply


class Error(Exception):
    """Base class: raised if the status of a call is not OK.

    Its text is the library's error, one line without secrets. It names the keywords that the caller
    wrote.
    """

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.error)
        self.reply = reply
        """The result of the call; `reply.response` is safe to send to the OAuth client."""

    # By default, an exception is unpickled from its args, which are only the text here.
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.reply,), self.__dict__


class InvalidArgument(Error, ValueError):
    """The path is invalid, or an argument is NULL or not UTF-8. Nothing was sent."""


class InvalidConfig(Error, ValueError):
    """The configuration is invalid; the error names the key or the environment variable."""


class InvalidRequest(Error, ValueError):
    """The request or the options are invalid; the error names the member or option.

    Nothing was sent.
    """


class Connect(Error, ConnectionError):
    """The DNS lookup, the TCP connection or the proxy failed. Nothing was sent."""


class Tls(Error, ConnectionError):
    """The TLS handshake failed, or a certificate was rejected.

    Authlete did not process the request.
    """


class Resource(Error, OSError):
    """Out of file descriptors, threads or memory. Nothing was sent.

    Also if the queue of an `AsyncClient` is full.
    """


class Timeout(Error, TimeoutError):
    """`timeout_ms` or `connect_timeout_ms` expired."""


class Network(Error, ConnectionError):
    """The connection failed after sending began."""


class Http(Error):
    """Authlete returned an HTTP status outside 2xx."""


class Protocol(Error):
    """The API response is malformed, too large, not a JSON object, or unsafe to pass on."""


class Shutdown(Error):
    """The client was shut down before or during the call."""


class Internal(Error, RuntimeError):
    """A bug in this library; the client remains usable."""


BY_STATUS: dict[Status, type[Error]] = {
    Status.INVALID_ARGUMENT: InvalidArgument,
    Status.INVALID_CONFIG: InvalidConfig,
    Status.INVALID_REQUEST: InvalidRequest,
    Status.CONNECT: Connect,
    Status.TLS: Tls,
    Status.RESOURCE: Resource,
    Status.TIMEOUT: Timeout,
    Status.NETWORK: Network,
    Status.HTTP: Http,
    Status.PROTOCOL: Protocol,
    Status.SHUTDOWN: Shutdown,
    Status.INTERNAL: Internal,
}


def checked(reply: Reply[Any]) -> Reply[Any]:
    """Return `reply`, or raise it if its status is not OK."""
    if reply.status is Status.OK:
        return reply
    # A status that a later version of the library adds raises the base class.
    raise BY_STATUS.get(reply.status, Error)(reply)
