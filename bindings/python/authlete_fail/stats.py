"""The statistics of a client."""

from __future__ import annotations

from typing import TypedDict


class ClosedConnections(TypedDict):
    """The connections that were closed, by reason."""

    idleTimeout: int
    age: int
    """Retired 20 to 30 minutes after it was opened."""
    byServer: int
    """Found closed, or with unexpected data, before it was reused."""
    notReusable: int
    """The API response did not permit reuse."""
    surplus: int
    """More idle connections than `max_idle_connections`."""
    failed: int
    """An attempt failed on the connection."""
    discarded: int
    """After `close`, a bug, or when the host stopped responding."""


class Connections(TypedDict):
    """The connections of a client."""

    opened: int
    reused: int
    """Attempts that used an idle connection."""
    idle: int
    """At the moment."""
    inUse: int
    """At the moment."""
    closed: ClosedConnections


class Lookups(TypedDict):
    """The DNS lookups of a client."""

    succeeded: int
    failed: int


class TlsHandshakes(TypedDict):
    """The TLS handshakes of a client that succeeded."""

    full: int
    resumed: int


class Stats(TypedDict):
    """The statistics of a client. Later versions may add members."""

    calls: dict[str, dict[str, int]]
    """The number of calls by status and outcome: `calls["OK"]["DELIVERED"]`.

    Only pairs that occurred. Includes calls that sent nothing, but not `connect`.
    """
    retries: int
    """The second attempts, also those of `connect`."""
    connections: Connections
    lookups: Lookups
    tlsHandshakes: TlsHandshakes
