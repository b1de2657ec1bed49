"""Measures how calls scale with threads, compared with libcurl; see README.md."""

from __future__ import annotations

import argparse
import contextlib
import itertools
import re
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass
from typing import Union

import matplotlib as mpl
from lib.rounds import (
    BUILT,
    CA,
    CLIENTS,
    OURS,
    THEIRS,
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
from lib.servers import Nginx, Server, nginx, server
from matplotlib.figure import Figure

PYTHON = ["authlete_fail", "pycurl", "urllib3", "httpx", "requests"]
FIGURES = ["per_second", "p50_us", "p99_us", "cpu_us", "connections"]
# Title and decimal places of each figure, of which the median and the ratio are printed.
COLUMNS = {
    "per_second": ("calls/s", 0),
    "p50_us": ("p50 us", 0),
    "p99_us": ("p99 us", 0),
    "cpu_us": ("CPU us", 1),
    "connections": ("connected", 0),
    "futex_per_call": ("futex/call", 3),
}


@dataclass(frozen=True, order=True)
class Cell:
    """The conditions of one comparison."""

    tls: bool
    latency_ms: int
    think_ms: int
    threads: int

    def __str__(self) -> str:
        scheme = "https" if self.tls else "http"
        return (
            f"{scheme} {self.latency_ms:2} ms, think {self.think_ms} ms, {self.threads:2} threads"
        )


PYTHON_CELL = Cell(tls=False, latency_ms=2, think_ms=0, threads=16)
Servers = dict[tuple[bool, int], Union[Server, Nginx]]


@dataclass(frozen=True)
class Step:
    """A client under the conditions of a cell."""

    cell: Cell
    client: str
    is_python: bool = False

    @property
    def command(self) -> list[str]:
        """The program."""
        if self.is_python:
            return [sys.executable, str(CLIENTS / "threads.py"), self.client]
        return [str(BUILT / f"threads-{self.client}")]

    def measure(self, servers: Servers, seconds: float, *prefix: str) -> Run:
        """Run the client; return what it prints and what the server counts."""
        cell, one = self.cell, servers[self.cell.tls, self.cell.latency_ms]
        one.counters()
        arguments = [one.url, str(cell.threads), str(cell.think_ms), str(seconds)]
        figures = run([*prefix, *self.command, *arguments, *([CA] if cell.tls else [])])
        return {**figures, **one.counters()}

    def futex_calls(self, servers: Servers, seconds: float) -> float:
        """Return the futex calls per call; strace intercepts no other system calls."""
        with tempfile.NamedTemporaryFile("r") as summary:
            strace = ["strace", "--seccomp-bpf", "-f", "-qq", "-c", "-e", "trace=futex"]
            figures = self.measure(servers, seconds, *strace, "-o", summary.name)
            futex = re.search(r"(\d+)\s+(?:\d+\s+)?futex$", summary.read(), re.MULTILINE)
        return (int(futex[1]) if futex else 0) / figures["requests"]


def main() -> None:
    """Measure all and print it."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--rounds", type=int, default=3, help="default: 3")
    parser.add_argument("--seconds", type=float, help="per measurement (1; quick: 0.3)")
    parser.add_argument("--quick", action="store_true", help="fewer threads and latencies")
    args = parser.parse_args()
    seconds = args.seconds or (0.3 if args.quick else 1.0)
    latencies = [0, 20] if args.quick else [0, 2, 20]
    threads = [1, 16, 64] if args.quick else [1, 2, 4, 8, 16, 32, 64]
    cells = list(
        itertools.starmap(Cell, itertools.product([False, True], latencies, [0, 5], threads))
    )
    native = [Step(cell, client) for cell in cells for client in (OURS, THEIRS)]
    python = [Step(PYTHON_CELL, client, is_python=True) for client in PYTHON]
    results: dict[Step, list[Run]] = {step: [] for step in (*native, *python)}
    with contextlib.ExitStack() as stack:
        servers = start(stack, latencies)
        for step in in_rounds(list(results), args.rounds):
            results[step].append(step.measure(servers, seconds))
        for step in in_rounds(native, 1):
            futex = step.futex_calls(servers, seconds / 2)
            for figures in results[step]:
                figures["futex_per_call"] = futex

    print(machine())
    by_cell = {cell: {one: results[Step(cell, one)] for one in (OURS, THEIRS)} for cell in cells}
    print_table(by_cell)
    print(f"\nPython, {PYTHON_CELL}: calls/s, p50 us, p99 us, CPU us/call, connections")
    for step in python:
        medians = (f"{median(results[step], figure):8.0f}" for figure in FIGURES)
        print(f"  {step.client:14}", *medians)
    plot(by_cell)
    report(
        "scaling",
        targets(by_cell),
        cells=[{**asdict(cell), "clients": runs} for cell, runs in by_cell.items()],
        python={**asdict(PYTHON_CELL), "clients": {step.client: results[step] for step in python}},
    )


def start(stack: contextlib.ExitStack, latencies: list[int]) -> Servers:
    """Start a server for each latency, and for TLS an nginx, which responds itself if it is 0."""
    servers: Servers = {}
    for latency in {2, *latencies}:
        plain = stack.enter_context(server(latency))
        upstream = plain if latency else None
        servers[False, latency] = plain
        servers[True, latency] = stack.enter_context(nginx(plain.response(), upstream=upstream))
    return servers


def print_table(results: dict[Cell, Runs]) -> None:
    """Print the medians of both clients; `x` is the median of the ratios to libcurl."""
    print(f"\n{'':40}", *(f"{title:>10} {'libcurl':>8} {'x':>5}" for title, _ in COLUMNS.values()))
    for cell, runs in results.items():
        cells = []
        for figure, (_, places) in COLUMNS.items():
            ours, theirs = (median(runs[client], figure) for client in (OURS, THEIRS))
            ratio = statistics.median(ratios(runs[OURS], runs[THEIRS], figure)) if theirs else 0
            cells.append(f"{ours:10.{places}f} {theirs:8.{places}f} {ratio:5.2f}")
        print(f"{cell!s:40}", *cells)


def targets(results: dict[Cell, Runs]) -> list[dict[str, str]]:
    """Compare connections with their limit, and the 99th percentile with that of libcurl."""
    found = []
    for cell, runs in results.items():
        if cell.threads == 64 and cell.think_ms > 0:
            opened = max(one["connections"] for one in runs[OURS])
            found.append(target(f"{cell}: connections", [opened], cell.threads + 1))
            tails = ratios(runs[OURS], runs[THEIRS], "p99_us")
            found.append(target(f"{cell}: p99 in units of libcurl's", tails, 1))
    return found


def plot(results: dict[Cell, Runs]) -> None:
    """Draw calls per second without think time, and the 99th percentile with it."""
    kinds = ((0, "per_second", "calls/s"), (5, "p99_us", "p99 in µs, think 5 ms"))
    rows = [(tls, *kind) for tls in (False, True) for kind in kinds]
    latencies = sorted({cell.latency_ms for cell in results})
    mpl.rcParams["svg.hashsalt"] = "scaling"
    figure = Figure(figsize=(4 * len(latencies), 3 * len(rows)), layout="constrained")
    grid = figure.subplots(len(rows), len(latencies), squeeze=False, sharex=True)
    for (row, (tls, think, name, label)), (column, latency) in itertools.product(
        enumerate(rows), enumerate(latencies)
    ):
        axes = grid[row][column]
        axes.set_title(f"{'https' if tls else 'http'}, server {latency} ms")
        conditions = (tls, latency, think)
        cells = [c for c in results if (c.tls, c.latency_ms, c.think_ms) == conditions]
        threads = [cell.threads for cell in cells]
        for client, title in (
            (OURS, "authlete-fail, one client"),
            (THEIRS, "libcurl, one handle per thread"),
        ):
            figures = [median(results[cell][client], name) for cell in cells]
            axes.plot(threads, figures, marker="o", label=title)
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter("{x:g}")
        axes.set_ylim(bottom=0)
        axes.set_ylabel(label)
    for axes in grid[-1]:
        axes.set_xlabel("threads")
    grid[0][0].legend()
    figure.savefig(BUILT / "scaling.svg")


if __name__ == "__main__":
    main()
