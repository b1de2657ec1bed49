"""Times a call on an open connection, of this library and of other clients; see README.md.

Every round runs every client once, in an order of its own, on one core with the server. What
counts is the median of the rounds, and of the ratios within each round, which other load on the
machine hardly touches.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fnmatch import fnmatch
from typing import cast

from lib import latency_plot
from lib.latency_result import Result, Row
from lib.machine import machine
from lib.paths import BUILT, CLIENTS, LIBRARY, ROOT, TLS
from lib.servers import nginx, pinned, server

# By the names of via_*.c and of RIVALS in client.py.
NATIVE = {
    "authlete_fail": "authlete_fail",
    "libcurl": "libcurl + cJSON",
    "beast": "Boost.Beast + nlohmann",
    "httplib": "cpp-httplib + nlohmann",
    "ureq": "ureq",
    "socket": "raw socket",
}
PYTHON = ("authlete_fail", "pycurl", "http.client", "urllib3", "httpx", "requests")


@dataclass(frozen=True)
class Run:
    """One client against one server."""

    group: str
    client: str
    scheme: str

    def measure(self, base_url: str, calls: int, core: int) -> dict[str, int]:
        """Run the client, and return what it printed."""
        command = [str(BUILT / f"latency-{self.client}")]
        if self.group == "python":
            command = [sys.executable, str(CLIENTS / "client.py"), self.client]
        command += [base_url, str(calls)]
        if self.scheme == "tls":
            command.append(str(TLS / "ca.pem"))
        # Without the environment's proxy and CA files.
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "bindings/python"),
            "AUTHLETE_FAIL_LIBRARY": str(LIBRARY),
        }
        done = subprocess.run(
            [*pinned(core), *command], env=environment, stdout=subprocess.PIPE, check=False
        )
        if done.returncode != 0:
            raise SystemExit(f"{self.group} {self.client}, {self.scheme}: exit {done.returncode}")
        return cast(dict[str, int], json.loads(done.stdout))

    def row(self, measured: list[dict[str, int]]) -> Row:
        """Return what was measured in all rounds."""
        return Row(
            group=self.group,
            scheme=self.scheme,
            client=self.client,
            title=NATIVE[self.client] if self.group == "native" else self.client,
            time=[one["median_ns"] / 1000 for one in measured],
            p99=[one["p99_ns"] / 1000 for one in measured],
            cpu=[one["cpu_ns"] / 1000 for one in measured],
        )


def main() -> None:
    """Measure, print, and write both files."""
    arguments = _arguments()
    runs = [
        Run(group, client, scheme)
        for scheme in arguments.schemes
        for group, clients in (("native", NATIVE), ("python", PYTHON))
        for client in clients
        if any(fnmatch(f"{group}/{client}", only) for only in arguments.only)
    ]
    if not runs:
        raise SystemExit("--only names no client")
    with contextlib.ExitStack() as stack:
        plain = stack.enter_context(server(core=arguments.core))
        urls = {"plain": plain.url}
        if "tls" in arguments.schemes:
            urls["tls"] = stack.enter_context(nginx(plain.response_body(), core=arguments.core)).url
        rounds: dict[Run, list[dict[str, int]]] = {run: [] for run in runs}
        for run in _shuffled(runs, arguments.rounds):
            rounds[run].append(run.measure(urls[run.scheme], arguments.calls, arguments.core))

    result = Result([run.row(measured) for run, measured in rounds.items()])
    document = {
        "machine": machine(),
        "rounds": arguments.rounds,
        "calls": arguments.calls,
        "microseconds": [asdict(row) | {"ratios": result.ratios(row)} for row in result.rows],
        "aims": result.aims(),
    }
    (BUILT / "latency.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    latency_plot.write(result, BUILT / "latency.svg")
    print(document["machine"], result.table(), sep="\n\n")
    print(f"\nwritten: {BUILT}/latency.json and latency.svg")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11, help="how often (default: 11)")
    parser.add_argument("--calls", type=int, default=3000, help="of a run (default: 3000)")
    parser.add_argument(
        "--only",
        action="append",
        metavar="PATTERN",
        help="such as native/libcurl or 'python/*'; several times",
    )
    parser.add_argument(
        "--core",
        type=int,
        default=max(os.sched_getaffinity(0)),
        help="of server and clients (default: the last)",
    )
    for scheme in ("plain", "tls"):
        parser.add_argument(
            f"--{scheme}", action="append_const", dest="schemes", const=scheme, help="only that"
        )
    arguments = parser.parse_args()
    arguments.schemes = arguments.schemes or ["plain", "tls"]
    arguments.only = arguments.only or ["*"]
    return arguments


def _shuffled(runs: list[Run], rounds: int) -> Iterator[Run]:
    """Yield every run once a round, and tell on standard error how far it is."""
    total, done, start = rounds * len(runs), 0, time.monotonic()
    for number in range(1, rounds + 1):
        for run in random.sample(runs, len(runs)):
            left = (time.monotonic() - start) / done * (total - done) if done else 0
            if sys.stderr.isatty() or done % len(runs) == 0:
                print(
                    f"round {number} of {rounds}, run {done + 1} of {total}, "
                    + (f"{left:.0f} s left: " if done else "")
                    + f"{run.group} {run.client}, {run.scheme}",
                    end="\033[K\r" if sys.stderr.isatty() else "\n",
                    file=sys.stderr,
                    flush=True,
                )
            yield run
            done += 1


if __name__ == "__main__":
    main()
