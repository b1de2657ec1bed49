"""Reports failed authorization, token and CIBA requests to Authlete.

Calls Authlete's other endpoints, and returns the HTTP response to send to the OAuth client.
"""

from ._ffi import library_version
from ._version import __version__
from .async_client import AsyncClient
from .client import Client
from .configuration import Configuration
from .diagnostics import Attempt, Diagnostics
from .enums import (
    AuthorizationReason,
    AuthorizationReasonName,
    BackchannelAuthenticationReason,
    BackchannelAuthenticationReasonName,
    Outcome,
    Status,
    TicketState,
    TokenReason,
    TokenReasonName,
)
from .errors import (
    Connect,
    Error,
    Http,
    Internal,
    InvalidArgument,
    InvalidConfig,
    InvalidRequest,
    Network,
    Protocol,
    Resource,
    Shutdown,
    Timeout,
    Tls,
)
from .reply import Reply, Response
from .stats import Stats

__all__ = [
    "Client",
    "AsyncClient",
    "Configuration",
    "Reply",
    "Response",
    "Diagnostics",
    "Attempt",
    "Stats",
    "Status",
    "Outcome",
    "TicketState",
    "AuthorizationReason",
    "AuthorizationReasonName",
    "TokenReason",
    "TokenReasonName",
    "BackchannelAuthenticationReason",
    "BackchannelAuthenticationReasonName",
    "Error",
    "InvalidArgument",
    "InvalidConfig",
    "InvalidRequest",
    "Connect",
    "Tls",
    "Resource",
    "Timeout",
    "Network",
    "Http",
    "Protocol",
    "Shutdown",
    "Internal",
    "__version__",
    "library_version",
]
