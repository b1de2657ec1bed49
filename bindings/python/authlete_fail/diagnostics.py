"""The connections and the times of a call."""

from __future__ import annotations

from typing import Literal, Optional, TypedDict


class Attempt(TypedDict):
    """One attempt of a call. A member that does not apply is None. Times are in microseconds."""

    connection: Optional[Literal["new", "reused"]]
    """None if no connection was opened."""
    peerAddress: Optional[str]
    """The IP address of the server, or of the proxy if there is one."""
    peerPort: Optional[int]
    tlsVersion: Optional[Literal["1.2", "1.3"]]
    tlsResumed: Optional[bool]
    dnsUs: Optional[int]
    tcpUs: Optional[int]
    proxyUs: Optional[int]
    tlsUs: Optional[int]
    waitUs: Optional[int]
    """From the start of sending to the first byte of the API response, or to the failure."""
    bodyUs: Optional[int]
    """From the first byte of the API response to its end, or to the failure."""


class Diagnostics(TypedDict):
    """The connections and the times of a call. Later versions may add members."""

    endpoint: str
    """The path of an endpoint of the authorization, token or CIBA flow, "other" or "connect"."""
    method: Optional[Literal["POST", "GET", "DELETE"]]
    """None for `connect`, and if the call was rejected before its options were read."""
    serverAddress: str
    """Authlete's host, from `base_url`."""
    serverPort: int
    durationUs: int
    """The duration of the call in microseconds."""
    retryCause: Optional[str]
    """The error of the first attempt; None if there was no second attempt."""
    attempts: list[Attempt]
