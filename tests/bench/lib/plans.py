"""Clients that run commands at given times over the relay, and measurements of each command."""

from __future__ import annotations

import asyncio
import selectors
import socket
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .clients import program_of
from .distant import (
    DNS_PORT,
    HTTP,
    NAME,
    PROXY_PORT,
    TLS_1_3,
    bind,
    nginx_servers,
    serve_dns,
    serve_proxy,
)
from .network import CLIENT, SERVER, enter_namespace
from .relay import Relay
from .rounds import BUILT, CA, ENVIRONMENT
from .servers import run_nginx, server, until_exit

FIRST_PORT = 8000
TIMEOUT = 60  # seconds for one command
# In seconds, between the starts of the clients, and between the processes of one client. The latter
# keeps the last packets of a process out of the next one's count.
STAGGER, BETWEEN_PROCESSES = 0.1, 0.5

# Runs a program with its own resolv.conf, which is the first argument.
WITH_RESOLVER = ["unshare", "--mount", "sh", "-ec"]
WITH_RESOLVER += ['mount --bind "$1" /etc/resolv.conf; shift; exec "$@"', "sh"]


@dataclass(frozen=True)
class Step:
    """A command of `clients/commands.c`, run `pause` seconds after the end of the previous one."""

    command: str
    pause: float = 0


@dataclass(frozen=True)
class Plan:
    """The steps of one client, run in each of its consecutive processes; it has its own port."""

    title: str
    steps: tuple[Step, ...]
    group: str = "native"
    name: str = "authlete_fail"
    kind: str = TLS_1_3
    config: str = ""  # additional members of this library's configuration
    has_proxy: bool = False
    has_dns: bool = False  # for at most one plan, because all plans share the DNS port
    processes: int = 1

    @property
    def seconds(self) -> float:
        """The total of the pauses."""
        return self.processes * (BETWEEN_PROCESSES + sum(step.pause for step in self.steps))


@dataclass(frozen=True)
class Sample:
    """The measurements of one command."""

    command: str
    ms: float
    round_trips: int
    connections: int


Samples = list[list[Sample]]  # by process, then by step


def measure(plans: Sequence[Plan], round_trip: float) -> dict[Plan, Samples]:
    """Run all plans concurrently over a link with a round-trip time of `round_trip` seconds.

    Moves this process to the client's network namespace permanently.
    """
    BUILT.mkdir(parents=True, exist_ok=True)
    with server() as plain:
        response = plain.response()
    server_device = enter_namespace(SERVER, CLIENT)
    ports = {plan: FIRST_PORT + number for number, plan in enumerate(plans)}
    listeners = ((port, plan.kind) for plan, port in ports.items())
    with run_nginx(nginx_servers(listeners, response), (SERVER, FIRST_PORT)) as folder:
        proxy = bind(PROXY_PORT, socket.SOCK_STREAM)
        dns = bind(DNS_PORT, socket.SOCK_DGRAM)
        client_device = enter_namespace(CLIENT, SERVER)

        async def run() -> list[Samples]:
            await serve_proxy(proxy, folder)
            await serve_dns(dns)
            relay = Relay(client_device, server_device, round_trip)
            sessions = [Session(plan, port, relay, folder) for plan, port in ports.items()]
            return await run_all(sessions)

        # select() has a resolution of microseconds; that of epoll is milliseconds.
        loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
        asyncio.set_event_loop(loop)
        return dict(zip(plans, loop.run_until_complete(run())))


class Session:
    """Runs a plan."""

    def __init__(self, plan: Plan, port: int, relay: Relay, folder: Path) -> None:
        self.plan = plan
        self.done = 0  # commands
        self._host = NAME if plan.has_dns else SERVER
        self._port = port
        self._folder = folder
        # The relay's counters are those of the ports that the client connects to.
        ports = [PROXY_PORT if plan.has_proxy else port, *([DNS_PORT] if plan.has_dns else [])]
        self._counted = [relay.ports[number] for number in ports]

    async def run(self, delay: float) -> Samples:
        """Run all processes."""
        samples = []
        for _ in range(self.plan.processes):
            await asyncio.sleep(delay)
            samples.append(await self._run_process())
            delay = BETWEEN_PROCESSES
        return samples

    async def _run_process(self) -> list[Sample]:
        process = await asyncio.create_subprocess_exec(
            *self._command(), env=self._environment(), stdin=PIPE, stdout=PIPE
        )
        assert process.stdin is not None
        assert process.stdout is not None
        samples = []
        for step in self.plan.steps:
            await asyncio.sleep(step.pause)
            before = self._counters()
            process.stdin.write(f"{step.command}\n".encode())
            try:
                line = await asyncio.wait_for(process.stdout.readline(), TIMEOUT)
            except asyncio.TimeoutError:
                line = b""
            if not line:
                raise SystemExit(f"{self.plan.title}: {step.command} failed")
            trips, connections = (now - then for now, then in zip(self._counters(), before))
            samples.append(Sample(step.command, int(line) / 1000, trips, connections))
            self.done += 1
        process.stdin.close()
        await process.wait()
        return samples

    def _counters(self) -> tuple[int, int]:
        return (
            sum(port.round_trips for port in self._counted),
            sum(port.connections for port in self._counted),
        )

    def _command(self) -> list[str]:
        program = program_of(self.plan.group, self.plan.name, native="commands", python="commands")
        is_plain = self.plan.kind == HTTP
        url = f"http{'' if is_plain else 's'}://{self._host}:{self._port}"
        command = [*until_exit(), *program, url, *([] if is_plain else [CA])]
        if not self.plan.has_dns:
            return command
        resolver = self._folder / "resolv.conf"
        resolver.write_text(f"nameserver {SERVER}\n")
        return [*WITH_RESOLVER, str(resolver), *command]

    def _environment(self) -> dict[str, str]:
        members = [self.plan.config] if self.plan.config else []
        if self.plan.kind == HTTP:
            members.append('"allowInsecureHttp":true')
        if self.plan.has_proxy:
            members.append(f'"proxy":"http://{SERVER}:{PROXY_PORT}"')
        return {**ENVIRONMENT, **({"BENCH_CONFIG": ",".join(members)} if members else {})}


async def run_all(sessions: Sequence[Session]) -> list[Samples]:
    """Run the sessions, and print progress to stderr."""
    progress = asyncio.ensure_future(print_progress(sessions))
    try:
        return await asyncio.gather(
            *(session.run(number * STAGGER) for number, session in enumerate(sessions))
        )
    finally:
        progress.cancel()


async def print_progress(sessions: Sequence[Session]) -> None:
    """Print the progress every ten seconds."""
    end = time.monotonic() + max(
        number * STAGGER + session.plan.seconds for number, session in enumerate(sessions)
    )
    steps = sum(session.plan.processes * len(session.plan.steps) for session in sessions)
    while True:
        await asyncio.sleep(10)
        done = sum(session.done for session in sessions)
        left = max(0, end - time.monotonic())
        print(f"{done} of {steps} commands, {left:.0f} s left", file=sys.stderr, flush=True)
