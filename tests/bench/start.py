"""Measures what starting costs: time, memory and size; `make bench-start`.

This library against libcurl: making a client, the first call, connecting anew for each call, and
memory after 1,000 calls and with 64 connections, each in a new process in every round; and the
sizes of the libraries with all dependencies. Prints tables and whether the targets are met, and
writes start.json.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import random
import re
import statistics
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from lib.machine import machine
from lib.paths import BUILT, LIBRARY, TLS
from lib.rounds import Progress, Run, median, ratios, run, verdict
from lib.servers import Nginx, nginx, server

OURS, THEIRS = "authlete_fail", "libcurl"
CA = str(TLS / "ca.pem")
DEBIAN_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
BUNDLE = TLS / "bundle.pem"
NOWHERE = "https://127.0.0.1:9"  # where no call is made
RECONNECTS = "100"
MOST_BYTES = 5_000_000


COLUMNS = {
    "load_cpu_us": "load CPU",
    "new_us": "new µs",
    "new_cpu_us": "CPU µs",
    "first_us": "first µs",
    "first_cpu_us": "CPU µs",
    "later_us": "later µs",
    "later_cpu_us": "CPU µs",
    "resumed": "resumed",
    "connections": "connected",
    "rss_kb": "RSS KiB",
    "hwm_kb": "most KiB",
}


@dataclass
class Row:
    """One measurement, of all clients of `commands`."""

    name: str
    commands: dict[str, list[str]]
    runs: dict[str, list[Run]] = field(default_factory=dict)


@dataclass
class Table:
    """Measurements of which the same figures are shown."""

    title: str
    columns: list[str]
    rows: list[Row]


def main() -> None:
    """Measure all and print it."""
    rounds = arguments().rounds
    BUNDLE.write_text(DEBIAN_BUNDLE.read_text() + Path(CA).read_text())
    with contextlib.ExitStack() as stack:
        plain, slow = (stack.enter_context(server(latency)) for latency in (0, 20))
        tls = stack.enter_context(nginx(plain.response_body()))
        slow_tls = stack.enter_context(nginx(plain.response_body(), upstream=slow))
        tables = [
            creations(),
            first_calls(plain.url, tls.url),
            reconnects(tls),
            memory(plain.url, tls.url, slow_tls.url),
        ]
        rows = {row.name: row for table in tables for row in table.rows}
        measure(list(rows.values()), rounds, [tls, slow_tls])

    print(machine())
    for table in tables:
        print_table(table)
    files = {"libauthlete_fail.so": sizes(stripped()), "libcurl.so.4": sizes(libcurl())}
    print_sizes(files)
    aims = judge(rows)
    print("\nAims:")
    for aim in aims:
        print(f"  {aim['verdict']:9} {aim['aim']}: {aim['found']}")
    measured = {table.title: {row.name: row.runs for row in table.rows} for table in tables}
    everything = {"machine": machine(), "measured": measured, "sizes": files, "aims": aims}
    (BUILT / "start.json").write_text(json.dumps(everything, indent=1) + "\n")
    print(f"\n{BUILT / 'start.json'}")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--rounds", type=int, default=21, help="of every measurement (21)")
    return parser.parse_args()


def creations() -> Table:
    """Make clients only. libcurl reads its roots at the first connection."""
    roots = {"bundled roots": [], "the system's roots": ["system"], "1 certificate": [CA]}
    rows = [
        Row(name, {OURS: [str(BUILT / f"start-{OURS}"), NOWHERE, "0", *given]})
        for name, given in roots.items()
    ]
    rows.append(Row("any roots", {THEIRS: [str(BUILT / f"start-{THEIRS}"), NOWHERE, "0"]}))
    return Table("Making a client", ["load_cpu_us", "new_us", "new_cpu_us", "rss_kb"], rows)


def first_calls(plain: str, tls: str) -> Table:
    """Make a client and one call."""
    columns = ["new_us", "new_cpu_us", "first_us", "first_cpu_us", "rss_kb"]
    rows = [
        both("http", "start", plain, "1"),
        both("https, 1 certificate", "start", tls, "1", CA),
        both("https, Debian's bundle", "start", tls, "1", str(BUNDLE)),
    ]
    return Table("Making a client and the first call", columns, rows)


def reconnects(tls: Nginx) -> Table:
    """Call a server that closes every connection after its response."""
    rows = [
        both("resumed handshakes", "start", tls.resuming_url, RECONNECTS, CA),
        both("full handshakes", "start", tls.full_url, RECONNECTS, CA),
    ]
    return Table("Each call on a new connection", ["later_us", "later_cpu_us", "resumed"], rows)


def memory(plain: str, tls: str, slow_tls: str) -> Table:
    """Make many calls, one after the other or in 64 threads that call at the same time."""
    rows = [
        both("http, 1,000 calls", "start", plain, "1000"),
        both("https, 1,000 calls", "start", tls, "1000", CA),
        both("https, 64 threads", "threads", slow_tls, "64", "0", "0.2", CA),
    ]
    return Table("Memory", ["rss_kb", "hwm_kb", "connections"], rows)


def both(name: str, program: str, *rest: str) -> Row:
    """Measure both clients by the same program."""
    return Row(name, {one: [str(BUILT / f"{program}-{one}"), *rest] for one in (OURS, THEIRS)})


def measure(rows: list[Row], rounds: int, servers: list[Nginx]) -> None:
    """Run every command once in each round, in random order."""
    steps = [(row, client) for row in rows for client in row.commands]
    progress = Progress(len(steps) * rounds)
    for _ in range(rounds):
        for row, client in random.sample(steps, len(steps)):
            count(servers)
            figures = {**run(row.commands[client]), **count(servers)}
            row.runs.setdefault(client, []).append(figures)
            progress.step(f"{row.name}, {client}")


def count(servers: list[Nginx]) -> Run:
    """Return the connections since the last time, and the share of resumed handshakes."""
    handshakes = [resumed for one in servers for resumed in one.resumed()]
    return {
        "connections": sum(one.counters()["connections"] for one in servers),
        "resumed": sum(handshakes) / max(len(handshakes), 1),
    }


def print_table(table: Table) -> None:
    """Print the medians."""
    print(f"\n{table.title:38}", *(f"{COLUMNS[name]:>9}" for name in table.columns))
    for row in table.rows:
        for client in row.commands:
            figures = (
                f"{median(row.runs[client], name):9.{2 if name == 'resumed' else 0}f}"
                for name in table.columns
            )
            print(f"{row.name:24}{client:14}", *figures)


def judge(rows: dict[str, Row]) -> list[dict[str, str]]:
    """Say whether the targets are met."""
    resident = median(rows["https, 1,000 calls"].runs[OURS], "rss_kb") * 1024
    aims = [
        {
            "aim": "under 5 MB resident after 1,000 TLS calls",
            "found": f"{resident / 1e6:.2f} MB",
            "verdict": "reached" if resident < MOST_BYTES else "missed",
        }
    ]
    for name in ("https, 1 certificate", "https, Debian's bundle"):
        # Including making the client, which reads our roots; libcurl does in the first call.
        cpu = {
            client: [{"cpu": one["new_cpu_us"] + one["first_cpu_us"]} for one in runs]
            for client, runs in rows[name].runs.items()
        }
        sample = ratios(cpu[OURS], cpu[THEIRS], "cpu")
        aims.append(
            {
                "aim": f"client and first call ({name}): CPU at most 0.50 of libcurl's",
                "found": f"{statistics.median(sample):.2f} ({sample[0]:.2f} to {sample[-1]:.2f})",
                "verdict": verdict(sample, 0.5),
            }
        )
    return aims


def stripped() -> Path:
    """Return our installed library."""
    copy = BUILT / "libauthlete_fail.stripped.so"
    subprocess.run(["strip", "--strip-unneeded", "-o", str(copy), str(LIBRARY)], check=True)
    return copy


def libcurl() -> Path:
    """Return Debian's libcurl, which is stripped."""
    return next(file for file in needed(BUILT / f"start-{THEIRS}") if "libcurl" in file.name)


def needed(file: Path) -> list[Path]:
    """Return the libraries that are loaded with a file."""
    said = subprocess.run(["ldd", str(file)], check=True, stdout=subprocess.PIPE, text=True).stdout
    return [Path(path).resolve() for path in re.findall(r"(/\S+) \(0x", said)]


def sizes(library: Path) -> dict[str, int]:
    """Return the size of a library: as it is, compressed, and with all dependencies."""
    closure = [library, *needed(library)]
    return {
        "bytes": library.stat().st_size,
        "gzip": len(gzip.compress(library.read_bytes())),
        "files": len(closure),
        "all": sum(file.stat().st_size for file in closure),
    }


def print_sizes(files: dict[str, dict[str, int]]) -> None:
    """Print the sizes."""
    print(f"\n{'Size in bytes, stripped':38} {'alone':>9} {'gzip':>9} {'with all':>9} {'files':>9}")
    for name, size in files.items():
        columns = (size[figure] for figure in ("bytes", "gzip", "all", "files"))
        print(f"{name:38}", *(f"{column:9}" for column in columns))


if __name__ == "__main__":
    main()
