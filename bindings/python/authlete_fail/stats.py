"""The statistics of a client."""

from __future__ import annotations

from typing import TypedDict


class ClosedConnections(TypedDict):
    """The connections that were closed, by reason."""

    idleTimeout: int
    """Closed after `idle_timeout_ms` or the server's Keep-Alive timeout."""
    age: int
    """Closed at an age of 20 to 30 minutes."""
    byServer: int
    """Found closed, or with unexpected data, before they were reused."""
    notReusable: int
    """Closed because the API response did not permit reuse."""
    surplus: int
    """Closed because the pool was full (`max_idle_connections`)."""
    failed: int
    """Closed because an attempt failed on them."""
    discarded: int
    """Closed after a shutdown, after a bug, or because the host stopped responding."""


class Connections(TypedDict):
    """The connections of a client."""

    opened: int
    """Connections opened, including the TLS handshake."""
    reused: int
    """Attempts on an idle connection."""
    idle: int
    """Connections in the pool now."""
    inUse: int
    """Connections that calls use now."""
    closed: ClosedConnections


class Lookups(TypedDict):
    """DNS lookups."""

    succeeded: int
    failed: int


class TlsHandshakes(TypedDict):
    """TLS handshakes that succeeded, with a full handshake or a resumed session."""

    full: int
    resumed: int


class Stats(TypedDict):
    """The statistics of a client. Later versions may add members."""

    calls: dict[str, dict[str, int]]
    """The number of calls by status and outcome, as in {"OK": {"DELIVERED": 1}}.

    Contains only combinations that occurred. Includes calls that sent nothing, but not `connect`.
    Includes the calls of an `AsyncClient` that expired in its queue or were rejected because the
    queue was full.
    """
    retries: int
    """Attempts after the first one of a call, also of `connect`."""
    connections: Connections
    lookups: Lookups
    tlsHandshakes: TlsHandshakes
