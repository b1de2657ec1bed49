"""The servers of the benchmarks, on loopback; with `core`, on that core only."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, cast

from .rounds import BUILT, TLS

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Server:
    """`server.c`: plain HTTP."""

    port: int

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://{HOST}:{self.port}"

    def counters(self) -> dict[str, int]:
        """Return the connections and requests since the last call."""
        return cast(dict[str, int], json.loads(_exchange(self.port, "GET", "/counters")))

    def response(self) -> str:
        """Return the body of every response."""
        return _exchange(self.port, "POST", "/")


@dataclass
class Nginx:
    """TLS 1.3 with a P-256 certificate signed by `TLS / "ca.pem"`; the base URLs."""

    url: str  # keeps connections open
    resuming_url: str  # closes each connection, and resumes sessions
    full_url: str  # closes each connection, and resumes none
    status_port: int
    handshakes: Path  # one line per handshake of the last two: "r" if it was resumed
    seen: tuple[int, int] = (0, 0)

    def counters(self) -> dict[str, int]:
        """Return the connections and requests since the last call."""
        status = _exchange(self.status_port, "GET", "/").splitlines()[2].split()
        before, self.seen = self.seen, (int(status[0]), int(status[2]))
        # Do not count this connection.
        connections, requests = (now - then - 1 for now, then in zip(self.seen, before))
        return {"connections": connections, "requests": requests}

    def resumed(self) -> list[bool]:
        """Return for each handshake since the last call whether it was resumed."""
        lines = self.handshakes.read_text().splitlines()
        self.handshakes.write_text("")
        return [line == "r" for line in lines]


@contextlib.contextmanager
def server(latency_ms: int = 0, core: Optional[int] = None) -> Iterator[Server]:
    """Run `server.c`, which responds after `latency_ms`."""
    command = [*until_exit(core), str(BUILT / "server"), str(latency_ms)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Server(int(process.stdout.readline()))
        finally:
            process.kill()


@contextlib.contextmanager
def nginx(
    response: str, core: Optional[int] = None, upstream: Optional[Server] = None
) -> Iterator[Nginx]:
    """Run nginx, which sends `response`, or at `url` that of `upstream`."""
    ports = _free_ports(4)
    servers = _nginx_servers(response, ports, upstream)
    with run_nginx(servers, (HOST, ports[-1]), core) as folder:
        keeping, resuming, full = (f"https://{HOST}:{port}" for port in ports[:3])
        yield Nginx(keeping, resuming, full, ports[3], folder / "handshakes")


@contextlib.contextmanager
def run_nginx(servers: str, address: tuple[str, int], core: Optional[int] = None) -> Iterator[Path]:
    """Run nginx with `servers` in its `http` block; yield its folder.

    Waits until nginx accepts connections on `address`, and thus on all addresses.
    """
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if program is None:
        raise SystemExit("nginx is not installed; see tests/bench/install.sh")
    with tempfile.TemporaryDirectory(dir=BUILT, prefix="nginx-") as folder:
        config = Path(folder) / "nginx.conf"
        config.write_text(_nginx_config(servers))
        command = [*until_exit(core), program, "-p", folder, "-c", str(config), "-e", "stderr"]
        with subprocess.Popen(command, cwd=folder) as process:
            try:
                _await(address, process)
                yield Path(folder)
            finally:
                process.terminate()


def pinned(core: Optional[int]) -> list[str]:
    """Return the start of a command that runs on that core only."""
    return [] if core is None else ["taskset", "--cpu-list", str(core)]


def until_exit(core: Optional[int] = None) -> list[str]:
    """Return the prefix for a command that is killed when this process exits."""
    return ["setpriv", "--pdeathsig", "KILL", *pinned(core)]


def _nginx_config(servers: str) -> str:
    # The same headers as server.c, except for Server and Accept-Ranges.
    return f"""
daemon off;
master_process off;
pid nginx.pid;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    server_tokens off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    default_type application/json;
    charset utf-8;
    charset_types application/json;
    tcp_nodelay on;
    ssl_certificate {TLS}/server.pem;
    ssl_certificate_key {TLS}/server.key;
    ssl_protocols TLSv1.3;
    {servers}
}}
"""


def _nginx_servers(response: str, ports: list[int], upstream: Optional[Server]) -> str:
    keeping, resuming, full, status = ports
    fixed = served = f"return 200 '{response}';"
    backend = ""
    if upstream:
        served = (
            'proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection "";'
        )
        backend = (
            f"upstream backend {{ server {HOST}:{upstream.port}; keepalive 1024; "
            "keepalive_requests 1000000000; }"
        )
    closing = f"keepalive_timeout 0; access_log handshakes handshake; location / {{ {fixed} }}"
    return f"""
    ssl_session_cache shared:sessions:4m;
    log_format handshake $ssl_session_reused;
    {backend}
    server {{ listen {HOST}:{status}; stub_status; }}
    server {{
        listen {HOST}:{keeping} ssl;
        keepalive_timeout 1h;
        keepalive_requests 1000000000;
        location / {{ {served} }}
    }}
    server {{ listen {HOST}:{resuming} ssl; {closing} }}
    server {{ listen {HOST}:{full} ssl; ssl_session_cache off; ssl_session_tickets off; {closing} }}
"""


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((HOST, 0))
        return [one.getsockname()[1] for one in sockets]


def _await(address: tuple[str, int], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(address):
            return
        time.sleep(0.01)
    raise SystemExit("nginx did not start")


def _exchange(port: int, method: str, path: str) -> str:
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    with contextlib.closing(connection):
        connection.request(method, path)
        return connection.getresponse().read().decode()
