"""The server side of the relay: nginx, an HTTP proxy and a DNS server."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import cast

from .network import SERVER

# A DNS name in the certificate; see certificates.sh.
NAME = "server.test"
PROXY_PORT, DNS_PORT = 3128, 53

HTTP, TLS_1_3, TLS_1_2, CLOSING = "http", "TLS 1.3", "TLS 1.2", "closing"
# Directives by kind of listener. By default, nginx closes idle connections after 75 s.
DIRECTIVES = {
    HTTP: "",
    TLS_1_3: "ssl_protocols TLSv1.3;",
    TLS_1_2: "ssl_protocols TLSv1.2;",
    CLOSING: "ssl_protocols TLSv1.3; keepalive_timeout 1s;",
}
# The UNIX socket, in nginx's folder, on which nginx accepts connections from the proxy.
TUNNELED = "tunneled"


def nginx_servers(listeners: Iterable[tuple[int, str]], response: str) -> str:
    """Return a `server` block for each port and kind, and one for the proxy."""
    addresses = [(f"{SERVER}:{port}", kind) for port, kind in listeners]
    return "".join(
        f"server {{ listen {address}{'' if kind == HTTP else ' ssl'}; {DIRECTIVES[kind]} "
        f"location / {{ return 200 '{response}'; }} }}\n"
        for address, kind in [*addresses, (f"unix:{TUNNELED}", TLS_1_3)]
    )


def bind(port: int, kind: socket.SocketKind) -> socket.socket:
    """Return a socket bound to the server's address. It stays in the current network namespace."""
    bound = socket.socket(type=kind)
    bound.setblocking(False)
    bound.bind((SERVER, port))
    return bound


async def serve_proxy(listening: socket.socket, nginx: Path) -> None:
    """Tunnel each connection to nginx, whichever host and port the client requests."""

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        # A UNIX socket, because this process has left nginx's network namespace.
        upstream = await asyncio.open_unix_connection(str(nginx / TUNNELED))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(copy(reader, upstream[1]), copy(upstream[0], writer))

    # Accepted connections inherit this. asyncio sets it only on sockets with an explicit protocol.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    await asyncio.start_server(tunnel, sock=listening)


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy all bytes, then close the writer."""
    with contextlib.suppress(ConnectionError):
        while block := await reader.read(65536):
            writer.write(block)
    writer.close()


async def serve_dns(bound: socket.socket) -> None:
    """Resolve every name to the server's IPv4 address."""
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(DnsServer, sock=bound)


class DnsServer(asyncio.DatagramProtocol):
    """Responds to A queries with one record, and to other queries with none."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport for the responses."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Respond to a query with one question."""
        question = data[12 : data.index(0, 12) + 5]
        is_a = question.endswith(b"\0\1\0\1")
        # Name: a pointer to the question's; type A; class IN; TTL 60 s; length 4.
        record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(SERVER) if is_a else b""
        header = data[:2] + b"\x81\x80\0\1" + bytes([0, is_a]) + bytes(4)
        self._transport.sendto(header + question + record, addr)
