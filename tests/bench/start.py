"""Measures the startup, memory and size of this library and of libcurl; see README.md."""

from __future__ import annotations

import argparse
import contextlib
import gzip
import re
import subprocess
from pathlib import Path

from lib.rounds import (
    BUILT,
    CA,
    LIBRARY,
    OURS,
    THEIRS,
    TLS,
    Run,
    Runs,
    in_rounds,
    machine,
    median,
    ratios,
    report,
    run,
    target,
)
from lib.servers import Nginx, nginx, server

DEBIAN_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
BUNDLE = TLS / "bundle.pem"
NOWHERE = "https://127.0.0.1:9"  # no call is made

COLUMNS = {
    "load_cpu_us": "load CPU",
    "new_us": "new µs",
    "new_cpu_us": "CPU µs",
    "first_us": "first µs",
    "first_cpu_us": "CPU µs",
    "us": "later µs",
    "cpu_us": "CPU µs",
    "resumed": "resumed",
    "connections": "connected",
    "rss_kb": "RSS KiB",
    "hwm_kb": "most KiB",
}
TABLES = {
    "Create a client": ["load_cpu_us", "new_us", "new_cpu_us", "rss_kb"],
    "Create a client, first call": [
        "new_us",
        "new_cpu_us",
        "first_us",
        "first_cpu_us",
        "rss_kb",
    ],
    "Each call on a new connection": ["us", "cpu_us", "resumed"],
    "Memory": ["rss_kb", "hwm_kb", "connections"],
}
Commands = dict[tuple[str, str], dict[str, list[str]]]  # by table and row, then by client


def main() -> None:
    """Measure all and print it."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--rounds", type=int, default=21, help="default: 21")
    rounds = parser.parse_args().rounds
    BUNDLE.write_text(DEBIAN_BUNDLE.read_text() + Path(CA).read_text())
    with contextlib.ExitStack() as stack:
        plain, slow = (stack.enter_context(server(latency)) for latency in (0, 20))
        tls = stack.enter_context(nginx(plain.response()))
        slow_tls = stack.enter_context(nginx(plain.response(), upstream=slow))
        rows = commands(plain.url, tls, slow_tls.url)
        results: dict[tuple[str, str], Runs] = {key: {} for key in rows}
        steps = [(key, client, rows[key][client]) for key in rows for client in rows[key]]
        for key, client, command in in_rounds(steps, rounds):
            count([tls, slow_tls])
            figures = {**run(command), **count([tls, slow_tls])}
            results[key].setdefault(client, []).append(figures)

    print(machine())
    for table, columns in TABLES.items():
        print(f"\n{table:38}", *(f"{COLUMNS[name]:>9}" for name in columns))
        for (title, name), clients in results.items():
            for client, runs in clients.items() if title == table else ():
                places = {"resumed": 2}
                cells = (f"{median(runs, it):9.{places.get(it, 0)}f}" for it in columns)
                print(f"{name:24}{client:14}", *cells)
    sizes = {"libauthlete_fail.so": size(stripped()), "libcurl.so.4": size(libcurl())}
    print(f"\n{'Size in bytes, stripped':38} {'alone':>9} {'gzip':>9} {'with all':>9} {'files':>9}")
    for name, numbers in sizes.items():
        print(f"{name:38}", *(f"{number:9}" for number in numbers.values()))
    measured = {f"{table}: {name}": runs for (table, name), runs in results.items()}
    report("start", targets(results), measured=measured, sizes=sizes)


def commands(plain: str, tls: Nginx, slow_tls: str) -> Commands:
    """Return the command of each client for each row."""

    def both(*rest: str, program: str = "calls") -> dict[str, list[str]]:
        return {client: [str(BUILT / f"{program}-{client}"), *rest] for client in (OURS, THEIRS)}

    def only(client: str, *rest: str) -> dict[str, list[str]]:
        return {client: both(NOWHERE, "0", "0", *rest)[client]}

    create, first, reconnect, memory = TABLES
    return {
        (create, "bundled roots"): only(OURS),
        (create, "the system's roots"): only(OURS, "system"),
        (create, "1 certificate"): only(OURS, CA),
        # libcurl reads its roots when it first connects.
        (create, "any roots"): only(THEIRS),
        (first, "http"): both(plain, "1", "0"),
        (first, "https, 1 certificate"): both(tls.url, "1", "0", CA),
        (first, "https, Debian's bundle"): both(tls.url, "1", "0", str(BUNDLE)),
        (reconnect, "resumed handshakes"): both(tls.resuming_url, "1", "99", CA),
        (reconnect, "full handshakes"): both(tls.full_url, "1", "99", CA),
        (memory, "http, 1,000 calls"): both(plain, "1", "999"),
        (memory, "https, 1,000 calls"): both(tls.url, "1", "999", CA),
        (memory, "https, 64 threads"): both(slow_tls, "64", "0", "0.2", CA, program="threads"),
    }


def count(servers: list[Nginx]) -> Run:
    """Return the new connections, and the share of handshakes that were resumed."""
    handshakes = [resumed for one in servers for resumed in one.resumed()]
    return {
        "connections": sum(one.counters()["connections"] for one in servers),
        "resumed": sum(handshakes) / max(len(handshakes), 1),
    }


def targets(results: dict[tuple[str, str], Runs]) -> list[dict[str, str]]:
    """Compare memory with its limit and CPU time with that of libcurl."""
    _, first, _, memory = TABLES
    resident = median(results[memory, "https, 1,000 calls"][OURS], "rss_kb") * 1024 / 1e6
    found = [target("resident after 1,000 TLS calls", [resident], 5, " MB")]
    for name in ("https, 1 certificate", "https, Debian's bundle"):
        # The sum: a new client of this library reads the roots, and the first call of libcurl.
        cpu = {
            client: [{"cpu": one["new_cpu_us"] + one["first_cpu_us"]} for one in runs]
            for client, runs in results[first, name].items()
        }
        sample = ratios(cpu[OURS], cpu[THEIRS], "cpu")
        found.append(target(f"client and first call ({name}): CPU of libcurl", sample, 0.5))
    return found


def stripped() -> Path:
    """Return this library as it is installed."""
    copy = BUILT / "libauthlete_fail.stripped.so"
    subprocess.run(["strip", "--strip-unneeded", "-o", copy, LIBRARY], check=True)
    return copy


def libcurl() -> Path:
    """Return Debian's libcurl, which is stripped."""
    return next(file for file in needed(BUILT / f"calls-{THEIRS}") if "libcurl" in file.name)


def needed(file: Path) -> list[Path]:
    """Return the libraries that are loaded with a file."""
    printed = subprocess.run(["ldd", file], check=True, stdout=subprocess.PIPE, text=True).stdout
    return [Path(path).resolve() for path in re.findall(r"(/\S+) \(0x", printed)]


def size(library: Path) -> dict[str, int]:
    """Return the bytes of a library, compressed, and with all libraries that it needs."""
    files = [library, *needed(library)]
    return {
        "bytes": library.stat().st_size,
        "gzip": len(gzip.compress(library.read_bytes())),
        "all": sum(file.stat().st_size for file in files),
        "files": len(files),
    }


if __name__ == "__main__":
    main()
