"""The connections and the times of a call."""

from __future__ import annotations

from typing import Literal, Optional, TypedDict


class Attempt(TypedDict):
    """One attempt of a call. A member that does not apply is None. Times are in microseconds."""

    connection: Optional[Literal["new", "reused"]]
    """Whether the connection was "new" or "reused"; None if no TCP connection was opened."""
    peerAddress: Optional[str]
    """The address and port of the connection; those of the proxy if there is one."""
    peerPort: Optional[int]
    tlsVersion: Optional[Literal["1.2", "1.3"]]
    """The TLS version, "1.2" or "1.3", and whether the session was resumed."""
    tlsResumed: Optional[bool]
    dnsUs: Optional[int]
    """The time of the DNS lookup, the TCP handshake, the proxy's response and the TLS handshake."""
    tcpUs: Optional[int]
    proxyUs: Optional[int]
    tlsUs: Optional[int]
    waitUs: Optional[int]
    """The time from the start of sending to the first byte of the API response, or to the failure.
    """
    bodyUs: Optional[int]
    """The time from the first byte to the end of the API response, or to the failure.

    None if no byte arrived.
    """


class Diagnostics(TypedDict):
    """The connections and the times of a call. Later versions may add members."""

    endpoint: str
    """The path of the endpoint; "other" if it is outside the authorization, token and CIBA flows,
    because such a path may contain a secret; "connect" for `connect`.
    """
    method: Optional[Literal["POST", "GET", "DELETE"]]
    """The HTTP method; None for `connect`, and if the call was refused before its options were
    read.
    """
    serverAddress: str
    """Authlete's host and port, from `base_url`."""
    serverPort: int
    durationUs: int
    """The duration of the call in microseconds."""
    retryCause: Optional[str]
    """The errors of all attempts but the last one; None if there was only one attempt."""
    attempts: list[Attempt]
    """An object for each attempt; empty if there was none."""
