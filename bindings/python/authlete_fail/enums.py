"""The numbers and names that the library and Authlete use."""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import Optional, TypeVar

_Number = TypeVar("_Number", bound="_Numbered")


class _Numbered(IntEnum):
    """A number with a name, which is also its text."""

    @classmethod
    def _missing_(cls: type[_Number], value: object) -> Optional[_Number]:
        """Make a member named "?", as the library names it, for a number of a later version."""
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_ = "?"
        member._value_ = value
        return member

    @classmethod
    def _known(cls: type[_Number], number: int) -> _Number:
        """Return the member, as a call of the class does, but at once."""
        member = cls._value2member_map_.get(number)
        return cls(number) if member is None else member  # type: ignore[return-value]

    def __str__(self) -> str:
        return self.name

    def __format__(self, specification: str) -> str:
        return format(self.name, specification)


class Status(_Numbered):
    """What became of a call.

    A number that a later version of the library may add becomes a member named "?".
    """

    OK = 0
    """Authlete answered as its documentation says; see the outcome."""
    INVALID_ARGUMENT = 1
    """The library was called wrongly; from Python this is a defect of this package."""
    INVALID_CONFIG = 2
    """The configuration is wrong; the error names the key."""
    INVALID_REQUEST = 3
    """The request is wrong; the error names the member. Nothing was sent."""
    CONNECT = 4
    """Name lookup or TCP failed. Nothing was sent."""
    TLS = 5
    """The TLS handshake or a certificate failed. Nothing was sent."""
    RESOURCE = 6
    """Out of descriptors, threads or memory. Nothing was sent."""
    TIMEOUT = 7
    """The deadline passed."""
    NETWORK = 8
    """The connection ended or broke after sending began."""
    HTTP = 9
    """Authlete answered with an HTTP status outside 2xx."""
    PROTOCOL = 10
    """The answer was malformed, too large, no JSON object, or not fit to be passed on."""
    SHUTDOWN = 11
    """The client was closed."""
    INTERNAL = 12
    """A defect in the library; the client stays usable."""


class Outcome(_Numbered):
    """What Authlete's answer amounts to; its `action` alone misleads.

    A number that a later version of the library may add becomes a member named "?".
    """

    NO_API_RESPONSE = 0
    """Nothing that could be used came back."""
    DELIVERED = 1
    """Authlete made the error response for the OAuth client."""
    TICKET_INVALID = 2
    """Authlete does not know the ticket (any more), or it is another service's."""
    SERVER_ERROR = 3
    """Authlete failed, or the response may not be passed on."""
    UNKNOWN_ACTION = 4
    """Authlete answered with an action that this version does not know."""


class TicketState(_Numbered):
    """What became of the ticket, which decides whether calling again is safe.

    A number that a later version of the library may add becomes a member named "?".
    """

    UNKNOWN = 0
    """It may have been used."""
    UNTOUCHED = 1
    """It was not used; calling again is safe."""
    CONSUMED = 2
    """It was used (backchannel authentication: deleted, if it existed)."""
    INVALID = 3
    """It cannot be used."""
    NONE = 4
    """The request named none."""


class _Reason(str, Enum):
    """Text that is one of a list, as enum.StrEnum has it from Python 3.11."""

    __str__ = str.__str__


class AuthorizationReason(_Reason):
    """Why an authorization request cannot go on, and the OAuth error that the client gets."""

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
    """unmet_authentication_requirements; login_required up to Authlete 2.2"""
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


class TokenReason(_Reason):
    """Why a token request cannot go on, and the OAuth error that the client gets."""

    UNKNOWN = "UNKNOWN"
    """server_error"""
    INVALID_RESOURCE_OWNER_CREDENTIALS = "INVALID_RESOURCE_OWNER_CREDENTIALS"
    """invalid_request, by Authlete's documentation (RFC 6749 has invalid_grant)"""
    INVALID_TARGET = "INVALID_TARGET"
    """invalid_target"""
    INVALID_CLIENT = "INVALID_CLIENT"
    """invalid_client"""
    UNAUTHORIZED_CLIENT = "UNAUTHORIZED_CLIENT"
    """unauthorized_client"""
    INVALID_SCOPE = "INVALID_SCOPE"
    """invalid_scope"""


class BackchannelAuthenticationReason(_Reason):
    """Why a CIBA request cannot go on; the OAuth error that the client gets is its lower case."""

    EXPIRED_LOGIN_HINT_TOKEN = "EXPIRED_LOGIN_HINT_TOKEN"
    UNKNOWN_USER_ID = "UNKNOWN_USER_ID"
    UNAUTHORIZED_CLIENT = "UNAUTHORIZED_CLIENT"
    MISSING_USER_CODE = "MISSING_USER_CODE"
    INVALID_USER_CODE = "INVALID_USER_CODE"
    INVALID_BINDING_MESSAGE = "INVALID_BINDING_MESSAGE"
    INVALID_TARGET = "INVALID_TARGET"
    ACCESS_DENIED = "ACCESS_DENIED"
    SERVER_ERROR = "SERVER_ERROR"
