"""The enums of the C ABI and the reasons that Authlete defines."""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import Literal, Optional, TypeVar

_Number = TypeVar("_Number", bound="_Numbered")


class _Numbered(IntEnum):
    """An integer whose text is its name."""

    @classmethod
    def _missing_(cls: type[_Number], value: object) -> Optional[_Number]:
        """Create a member named "?", the library's name for an unknown value."""
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_ = "?"
        member._value_ = value
        return member

    @classmethod
    def _known(cls: type[_Number], number: int) -> _Number:
        """Return the member for `number`, faster than calling the class."""
        member = cls._value2member_map_.get(number)
        return cls(number) if member is None else member  # type: ignore[return-value]

    def __reduce_ex__(self, _protocol: object) -> tuple[type[_Numbered], tuple[int]]:
        """Pickle by value. Some versions, such as 3.11.2, pickle by name, but "?" is no member."""
        return type(self), (self.value,)

    def __str__(self) -> str:
        return self.name

    def __format__(self, specification: str) -> str:
        return format(self.name, specification)


class Status(_Numbered):
    """The status of a call.

    A value that this version does not define becomes a member named "?".
    """

    OK = 0
    """Success. For a call, a complete API response was received; see the outcome."""
    INVALID_ARGUMENT = 1
    """The path is invalid, or an argument is NULL or not UTF-8. Nothing was sent."""
    INVALID_CONFIG = 2
    """The configuration is invalid; the error names the key or the environment variable."""
    INVALID_REQUEST = 3
    """The request or the options are invalid; the error names the member or option.

    Nothing was sent.
    """
    CONNECT = 4
    """The DNS lookup, the TCP connection or the proxy failed. Nothing was sent."""
    TLS = 5
    """The TLS handshake failed, or a certificate was rejected.

    Authlete did not process the request.
    """
    RESOURCE = 6
    """Out of file descriptors, threads or memory. Nothing was sent.

    Also if the queue of an `AsyncClient` is full.
    """
    TIMEOUT = 7
    """`timeout_ms` or `connect_timeout_ms` expired."""
    NETWORK = 8
    """The connection failed after sending began."""
    HTTP = 9
    """Authlete returned an HTTP status outside 2xx."""
    PROTOCOL = 10
    """The API response is malformed, too large, not a JSON object, or unsafe to pass on."""
    SHUTDOWN = 11
    """The client was shut down before or during the call."""
    INTERNAL = 12
    """A bug in this library; the client remains usable."""


class Outcome(_Numbered):
    """The meaning of the API response; its `action` alone is ambiguous.

    A value that this version does not define becomes a member named "?".
    """

    NO_API_RESPONSE = 0
    """No usable API response was received; see the status."""
    DELIVERED = 1
    """Authlete created the error response for the OAuth client."""
    TICKET_INVALID = 2
    """The ticket is unknown or no longer valid, or belongs to another service."""
    SERVER_ERROR = 3
    """Authlete reported a server error, or `responseContent` is missing or unsafe to pass on."""
    UNKNOWN_ACTION = 4
    """The API response has no `action`, or one that this version does not support."""
    OTHER_API = 5
    """The endpoint is not a fail endpoint, and a complete 2xx API response was received."""


class TicketState(_Numbered):
    """The state of the ticket, which determines whether repeating the call is safe.

    A value that this version does not define becomes a member named "?".
    """

    UNKNOWN = 0
    """Authlete may have used the ticket."""
    UNTOUCHED = 1
    """Authlete did not process the request; repeating the call is safe."""
    CONSUMED = 2
    """The ticket was used. For backchannel authentication: the ticket was deleted if it existed."""
    INVALID = 3
    """The ticket is unknown or no longer valid, or belongs to another service."""
    NONE = 4
    """The request contained no ticket, or the function sends no request."""


class _Reason(str, Enum):
    """A string enum, like enum.StrEnum of Python 3.11."""

    __str__ = str.__str__


class AuthorizationReason(_Reason):
    """The reason why an authorization request failed, and the resulting OAuth error."""

    UNKNOWN = "UNKNOWN"
    """server_error"""
    NOT_LOGGED_IN = "NOT_LOGGED_IN"
    """login_required"""
    MAX_AGE_NOT_SUPPORTED = "MAX_AGE_NOT_SUPPORTED"
    """login_required"""
    EXCEEDS_MAX_AGE = "EXCEEDS_MAX_AGE"
    """login_required"""
    DIFFERENT_SUBJECT = "DIFFERENT_SUBJECT"
    """login_required"""
    ACR_NOT_SATISFIED = "ACR_NOT_SATISFIED"
    """unmet_authentication_requirements (up to Authlete 2.2: login_required)"""
    DENIED = "DENIED"
    """access_denied"""
    SERVER_ERROR = "SERVER_ERROR"
    """server_error"""
    NOT_AUTHENTICATED = "NOT_AUTHENTICATED"
    """login_required"""
    ACCOUNT_SELECTION_REQUIRED = "ACCOUNT_SELECTION_REQUIRED"
    """account_selection_required"""
    CONSENT_REQUIRED = "CONSENT_REQUIRED"
    """consent_required"""
    INTERACTION_REQUIRED = "INTERACTION_REQUIRED"
    """interaction_required"""
    INVALID_TARGET = "INVALID_TARGET"
    """invalid_target"""
    INVALID_SCOPE = "INVALID_SCOPE"
    """invalid_scope"""
    UNAUTHORIZED_CLIENT = "UNAUTHORIZED_CLIENT"
    """unauthorized_client"""
    TEMPORARILY_UNAVAILABLE = "TEMPORARILY_UNAVAILABLE"
    """temporarily_unavailable"""


AuthorizationReasonName = Literal[
    "UNKNOWN",
    "NOT_LOGGED_IN",
    "MAX_AGE_NOT_SUPPORTED",
    "EXCEEDS_MAX_AGE",
    "DIFFERENT_SUBJECT",
    "ACR_NOT_SATISFIED",
    "DENIED",
    "SERVER_ERROR",
    "NOT_AUTHENTICATED",
    "ACCOUNT_SELECTION_REQUIRED",
    "CONSENT_REQUIRED",
    "INTERACTION_REQUIRED",
    "INVALID_TARGET",
    "INVALID_SCOPE",
    "UNAUTHORIZED_CLIENT",
    "TEMPORARILY_UNAVAILABLE",
]
"""The text of a reason in `AuthorizationReason`."""


class TokenReason(_Reason):
    """The reason why a token request failed, and the resulting OAuth error."""

    UNKNOWN = "UNKNOWN"
    """server_error"""
    INVALID_RESOURCE_OWNER_CREDENTIALS = "INVALID_RESOURCE_OWNER_CREDENTIALS"
    """invalid_request (RFC 6749 specifies invalid_grant)"""
    INVALID_TARGET = "INVALID_TARGET"
    """invalid_target"""
    INVALID_CLIENT = "INVALID_CLIENT"
    """invalid_client"""
    UNAUTHORIZED_CLIENT = "UNAUTHORIZED_CLIENT"
    """unauthorized_client"""
    INVALID_SCOPE = "INVALID_SCOPE"
    """invalid_scope"""


TokenReasonName = Literal[
    "UNKNOWN",
    "INVALID_RESOURCE_OWNER_CREDENTIALS",
    "INVALID_TARGET",
    "INVALID_CLIENT",
    "UNAUTHORIZED_CLIENT",
    "INVALID_SCOPE",
]
"""The text of a reason in `TokenReason`."""


class BackchannelAuthenticationReason(_Reason):
    """The reason why a CIBA request failed, and the resulting OAuth error."""

    EXPIRED_LOGIN_HINT_TOKEN = "EXPIRED_LOGIN_HINT_TOKEN"
    """expired_login_hint_token"""
    UNKNOWN_USER_ID = "UNKNOWN_USER_ID"
    """unknown_user_id"""
    UNAUTHORIZED_CLIENT = "UNAUTHORIZED_CLIENT"
    """unauthorized_client"""
    MISSING_USER_CODE = "MISSING_USER_CODE"
    """missing_user_code"""
    INVALID_USER_CODE = "INVALID_USER_CODE"
    """invalid_user_code"""
    INVALID_BINDING_MESSAGE = "INVALID_BINDING_MESSAGE"
    """invalid_binding_message"""
    INVALID_TARGET = "INVALID_TARGET"
    """invalid_target"""
    ACCESS_DENIED = "ACCESS_DENIED"
    """access_denied, HTTP 403"""
    SERVER_ERROR = "SERVER_ERROR"
    """server_error, HTTP 500"""


BackchannelAuthenticationReasonName = Literal[
    "EXPIRED_LOGIN_HINT_TOKEN",
    "UNKNOWN_USER_ID",
    "UNAUTHORIZED_CLIENT",
    "MISSING_USER_CODE",
    "INVALID_USER_CODE",
    "INVALID_BINDING_MESSAGE",
    "INVALID_TARGET",
    "ACCESS_DENIED",
    "SERVER_ERROR",
]
"""The text of a reason in `BackchannelAuthenticationReason`."""
