"""Measures how calls scale with threads; `make bench-scaling`.

One client of this library for all threads, against libcurl with a handle for each: 1 to 64 threads
that call servers of 0, 2 and 20 ms latency, at once or with 5 ms of think time, plain and over TLS.
Prints a table and whether the targets are met, and writes scaling.json and scaling.svg.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import random
import re
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass
from typing import Union

import matplotlib as mpl
from lib.machine import machine
from lib.paths import BUILT, CLIENTS, TLS
from lib.rounds import Progress, Run, median, ratios, run, verdict
from lib.servers import Nginx, Server, nginx, server
from matplotlib.figure import Figure

OURS, THEIRS = "authlete_fail", "libcurl"
PYTHON = ["authlete_fail", "pycurl", "urllib3", "httpx", "requests"]
FIGURES = ["per_second", "p50_us", "p99_us", "cpu_us", "connections"]


@dataclass(frozen=True, order=True)
class Cell:
    """The parameters of one comparison, the same for all clients."""

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
Runs = dict[str, list[Run]]


def main() -> None:
    """Measure all and print it."""
    args = arguments()
    latencies = [0, 20] if args.quick else [0, 2, 20]
    threads = [1, 16, 64] if args.quick else [1, 2, 4, 8, 16, 32, 64]
    cells = list(
        itertools.starmap(Cell, itertools.product([False, True], latencies, [0, 5], threads))
    )
    results: dict[Cell, Runs] = {cell: {OURS: [], THEIRS: []} for cell in cells}
    python: Runs = {rival: [] for rival in PYTHON}

    with contextlib.ExitStack() as stack:
        servers = start(stack, latencies)
        progress = Progress(len(cells) * 2 * (args.rounds + 1) + len(PYTHON) * args.rounds)
        for _ in range(args.rounds):
            for cell, runs in results.items():
                for client in shuffled(runs):
                    runs[client].append(measure(program(client), servers, cell, args.seconds))
                    progress.step(f"{cell}, {client}")
            for rival in shuffled(python):
                command = [sys.executable, str(CLIENTS / "threads.py"), rival]
                python[rival].append(measure(command, servers, PYTHON_CELL, args.seconds))
                progress.step(f"{PYTHON_CELL}, Python, {rival}")
        waits: dict[Cell, dict[str, float]] = {cell: {} for cell in cells}
        for cell, client in itertools.product(cells, (OURS, THEIRS)):
            waits[cell][client] = lock_waits(program(client), servers, cell, args.seconds / 2)
            progress.step(f"{cell}, {client}, lock waits")

    print(machine())
    print_table(results, waits)
    print_python(python)
    aims = judge(results)
    print("\nAims:")
    for aim in aims:
        print(f"  {aim['verdict']:9} {aim['aim']}: {aim['found']}")
    write(results, waits, python, aims)
    plot(results)
    print(f"\n{BUILT / 'scaling.json'}, {BUILT / 'scaling.svg'}")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--rounds", type=int, default=3, help="of every measurement (3)")
    parser.add_argument("--seconds", type=float, help="of one measurement (1; quick: 0.3)")
    parser.add_argument("--quick", action="store_true", help="fewer threads and latencies")
    args = parser.parse_args()
    args.seconds = args.seconds or (0.3 if args.quick else 1.0)
    return args


def start(stack: contextlib.ExitStack, latencies: list[int]) -> Servers:
    """Start a server and, for TLS, nginx in front of it, or nginx alone without a latency."""
    servers: Servers = {}
    for latency in {2, *latencies}:
        plain = stack.enter_context(server(latency))
        upstream = plain if latency else None
        servers[False, latency] = plain
        tls = nginx(plain.response_body(), upstream=upstream)
        servers[True, latency] = stack.enter_context(tls)
    return servers


def shuffled(clients: Runs) -> list[str]:
    """Return the names in random order."""
    return random.sample(list(clients), len(clients))


def program(client: str) -> list[str]:
    """Return threads.c, built for a client."""
    return [str(BUILT / f"threads-{client}")]


def measure(command: list[str], servers: Servers, cell: Cell, seconds: float) -> Run:
    """Run a client; return its figures and the counts of the server."""
    target = servers[cell.tls, cell.latency_ms]
    target.counters()
    command = [*command, target.url, str(cell.threads), str(cell.think_ms), str(seconds)]
    if cell.tls:
        command.append(str(TLS / "ca.pem"))
    return {**run(command), **target.counters()}


def lock_waits(command: list[str], servers: Servers, cell: Cell, seconds: float) -> float:
    """Return the futex system calls for each call; strace stops the client at no other."""
    with tempfile.NamedTemporaryFile("r") as summary:
        strace = ["strace", "--seccomp-bpf", "-f", "-qq", "-c", "-e", "trace=futex"]
        figures = measure([*strace, "-o", summary.name, *command], servers, cell, seconds)
        futex = re.search(r"(\d+)\s+(?:\d+\s+)?futex$", summary.read(), re.MULTILINE)
    return (int(futex[1]) if futex else 0) / figures["requests"]


def print_table(results: dict[Cell, Runs], waits: dict[Cell, dict[str, float]]) -> None:
    """Print the medians; `x` is the ratio of our figure to theirs."""
    print(
        f"\n{'':40} {'calls/s':>15} {'p50 us':>15} {'p99 us':>21} {'CPU us/call':>19}"
        f" {'connections':>11} {'futex/call':>13}"
    )
    pair = f"{'ours':>7} {'libcurl':>7}"
    print(
        f"{'':40} {pair} {pair} {pair} {'x':>5} {'ours':>6} {'libcurl':>7} {'x':>4} "
        f"{'ours':>4} {'libcurl':>7} {'ours':>5} {'libcurl':>7}"
    )
    for cell, runs in results.items():
        (speed, p50, p99, cpu, opened), theirs = (
            [median(runs[client], figure) for figure in FIGURES] for client in (OURS, THEIRS)
        )
        tail, work = (
            statistics.median(ratios(runs[OURS], runs[THEIRS], figure))
            for figure in ("p99_us", "cpu_us")
        )
        print(
            f"{cell!s:40} {speed:7.0f} {theirs[0]:7.0f} {p50:7.0f} {theirs[1]:7.0f} "
            f"{p99:7.0f} {theirs[2]:7.0f} {tail:5.2f} {cpu:6.1f} {theirs[3]:7.1f} {work:4.2f} "
            f"{opened:4.0f} {theirs[4]:7.0f} {waits[cell][OURS]:5.3f} {waits[cell][THEIRS]:7.3f}"
        )


def print_python(python: Runs) -> None:
    """Print the medians of the Python clients."""
    print(f"\nPython, {PYTHON_CELL}: calls/s, p50 us, p99 us, CPU us/call, connections")
    for rival, runs in python.items():
        print(f"  {rival:14}", *(f"{median(runs, figure):8.0f}" for figure in FIGURES))


def judge(results: dict[Cell, Runs]) -> list[dict[str, str]]:
    """Say whether the targets are met."""
    aims = []
    for cell, runs in results.items():
        if cell.threads != 64 or cell.think_ms == 0:
            continue
        opened = max(int(one["connections"]) for one in runs[OURS])
        tails = ratios(runs[OURS], runs[THEIRS], "p99_us")
        aims += [
            {
                "aim": f"{cell}: connections at most 65",
                "found": str(opened),
                "verdict": "reached" if opened <= cell.threads + 1 else "missed",
            },
            {
                "aim": f"{cell}: p99 at most 1.00 of libcurl's",
                "found": f"{statistics.median(tails):.3f} ({tails[0]:.3f} to {tails[-1]:.3f})",
                "verdict": verdict(tails, 1.0),
            },
        ]
    return aims


def write(
    results: dict[Cell, Runs],
    waits: dict[Cell, dict[str, float]],
    python: Runs,
    aims: list[dict[str, str]],
) -> None:
    """Write the results of all rounds."""
    cells = [
        {**asdict(cell), "clients": runs, "futex_per_call": waits[cell]}
        for cell, runs in results.items()
    ]
    everything = {
        "machine": machine(),
        "cells": cells,
        "aims": aims,
        "python": {**asdict(PYTHON_CELL), "clients": python},
    }
    (BUILT / "scaling.json").write_text(json.dumps(everything, indent=1) + "\n")


def plot(results: dict[Cell, Runs]) -> None:
    """Draw calls per second without think time, and the 99th percentile with it."""
    rows = [
        (tls, *row)
        for tls in (False, True)
        for row in ((0, "per_second", "calls/s"), (5, "p99_us", "p99 in µs, think 5 ms"))
    ]
    latencies = sorted({cell.latency_ms for cell in results})
    mpl.rcParams["svg.hashsalt"] = "scaling"
    figure = Figure(figsize=(4 * len(latencies), 3 * len(rows)), layout="constrained")
    grid = figure.subplots(len(rows), len(latencies), squeeze=False, sharex=True)
    for (row, (tls, think, name, label)), (column, latency) in itertools.product(
        enumerate(rows), enumerate(latencies)
    ):
        axes = grid[row][column]
        axes.set_title(f"{'https' if tls else 'http'}, server {latency} ms")
        cells = [
            cell
            for cell in results
            if (cell.tls, cell.latency_ms, cell.think_ms) == (tls, latency, think)
        ]
        for client, title in (
            (OURS, "authlete-fail, one client"),
            (THEIRS, "libcurl, a handle each"),
        ):
            figures = [median(results[cell][client], name) for cell in cells]
            axes.plot([cell.threads for cell in cells], figures, marker="o", label=title)
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
