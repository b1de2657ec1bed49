"""A relay between two TUN devices, which delays packets and counts round trips.

The relay counts per server port. A round trip is a SYN or payload packet from the client that
follows a packet from the server. So packets that the client sends without waiting for the server
count as one round trip, even on different connections. ACK, FIN and keep-alive probes carry no
payload and do not count. Retransmissions do not count either: the client sends them because no
packet arrived from the server.
"""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Optional

TCP, UDP = 6, 17
SYN = 0x02


@dataclass
class Port:
    """The counters of one server port."""

    round_trips: int = 0
    awaits_client: bool = True  # the last packet came from the server, or there was none
    opened: set[bytes] = field(default_factory=set)  # client port and sequence number of each SYN

    @property
    def connections(self) -> int:
        """The number of TCP connections that the client has tried to open."""
        return len(self.opened)


class Relay:
    """Forwards IPv4 packets after half of `round_trip` seconds."""

    def __init__(self, client: int, server: int, round_trip: float) -> None:
        self.ports: defaultdict[int, Port] = defaultdict(Port)
        self._client, self._server = client, server
        self._delay = round_trip / 2
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(client, self._read_client)
        self._loop.add_reader(server, self._read_server)

    def _read_client(self) -> None:
        packet = os.read(self._client, 65535)
        if (parsed := Packet.parse(packet)) is None:
            return
        port = self.ports[parsed.destination]
        if parsed.syn:
            port.opened.add(parsed.syn)
        if port.awaits_client and (parsed.syn or parsed.has_payload):
            port.round_trips += 1
            port.awaits_client = False
        self._loop.call_later(self._delay, os.write, self._server, packet)

    def _read_server(self) -> None:
        packet = os.read(self._server, 65535)
        if (parsed := Packet.parse(packet)) is not None:
            self._loop.call_later(self._delay, self._deliver, packet, self.ports[parsed.source])

    def _deliver(self, packet: bytes, port: Port) -> None:
        port.awaits_client = True
        os.write(self._client, packet)


@dataclass(frozen=True)
class Packet:
    """A TCP or UDP packet over IPv4."""

    source: int
    destination: int
    syn: bytes  # empty unless it is a SYN
    has_payload: bool

    @staticmethod
    def parse(packet: bytes) -> Optional[Packet]:
        """Return None for other packets, such as the kernel's own IPv6 multicasts."""
        if packet[0] >> 4 != 4 or packet[9] not in (TCP, UDP):
            return None
        segment = packet[(packet[0] & 0x0F) * 4 : int.from_bytes(packet[2:4], "big")]
        source, destination = (int.from_bytes(segment[at : at + 2], "big") for at in (0, 2))
        if packet[9] == UDP:
            return Packet(source, destination, b"", has_payload=True)
        syn = segment[:2] + segment[4:8] if segment[13] & SYN else b""
        return Packet(source, destination, syn, has_payload=len(segment) > (segment[12] >> 4) * 4)
