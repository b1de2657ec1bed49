"""The exceptions: one for each status but OK."""

from __future__ import annotations

from typing import Any

from .enums import Status
from .reply import Reply


class Error(Exception):
    """A call that Authlete did not answer as its documentation says.

    As text it is the library's error, one line without secrets.
    """

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.error)
        self.reply = reply
        """What is known of the call; `reply.response` is safe to send to the OAuth client."""

    # By default an exception is made again from its args, here the text.
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.reply,), self.__dict__


class InvalidArgument(Error, ValueError):
    """The library was called wrongly: a defect of this package."""


class InvalidConfig(Error, ValueError):
    """The configuration is wrong; the text names the key or the environment variable."""


class InvalidRequest(Error, ValueError):
    """The request is wrong; the text names the member. Nothing was sent."""


class Connect(Error, ConnectionError):
    """Name lookup or TCP failed. Nothing was sent."""


class Tls(Error, ConnectionError):
    """The TLS handshake or a certificate failed. Nothing was sent."""


class Resource(Error, OSError):
    """Out of descriptors, threads or memory. Nothing was sent."""


class Timeout(Error, TimeoutError):
    """The deadline, the key `timeoutMs`, passed."""


class Network(Error, ConnectionError):
    """The connection ended or broke after sending began."""


class Http(Error):
    """Authlete answered with an HTTP status outside 2xx: `reply.http_status`."""


class Protocol(Error):
    """The answer was malformed, too large, no JSON object, or not fit to be passed on."""


class Shutdown(Error):
    """The client was closed, before the call or during it."""


class Internal(Error, RuntimeError):
    """A defect in the library; the client stays usable."""


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


def checked(reply: Reply) -> Reply:
    """Return `reply`, or raise it if its status is not OK."""
    if reply.status is Status.OK:
        return reply
    # A status of a later version is an Error, and nothing more special.
    raise BY_STATUS.get(reply.status, Error)(reply)
