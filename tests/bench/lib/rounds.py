"""Paths; runs of clients in rounds; targets and results."""

from __future__ import annotations

import json
import os
import platform
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar, cast

ROOT = Path(__file__).resolve().parents[3]
TARGET = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
BUILT = TARGET / "bench"
CLIENTS = ROOT / "tests/bench/clients"
LIBRARY = TARGET / "release/libauthlete_fail.so"
TLS = BUILT / "tls"
CA = str(TLS / "ca.pem")
# The clients' environment, without this process's settings for proxies and root certificates.
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "PYTHONPATH": str(ROOT / "bindings/python"),
    "AUTHLETE_FAIL_LIBRARY": str(LIBRARY),
}
OURS, THEIRS = "authlete_fail", "libcurl"

Run = dict[str, float]
Runs = dict[str, list[Run]]  # by client
Step = TypeVar("Step")


def machine() -> str:
    """Describe the machine in one line."""
    info = Path("/proc/cpuinfo").read_text().splitlines()
    models = (line.partition(": ")[2] for line in info if line.startswith("model name"))
    return f"{next(models, platform.machine())}, {os.cpu_count()} cores, Linux {platform.release()}"


def run(command: Sequence[str]) -> Run:
    """Run a client and return the figures that it prints."""
    done = subprocess.run(command, env=ENVIRONMENT, stdout=subprocess.PIPE, timeout=60, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: exit {done.returncode}")
    return cast(Run, json.loads(done.stdout))


def in_rounds(steps: Sequence[Step], rounds: int) -> Iterator[Step]:
    """Yield every step once per round, in random order, and print the progress on stderr."""
    order = [step for _ in range(rounds) for step in random.sample(steps, len(steps))]
    start = printed = time.monotonic()
    for done, step in enumerate(order, 1):
        yield step
        now = time.monotonic()
        if now - printed > 10 or done == len(order):
            printed = now
            left = (now - start) / done * (len(order) - done)
            print(f"{done} of {len(order)} runs, {left:.0f} s left", file=sys.stderr, flush=True)


def median(runs: Sequence[Run], figure: str) -> float:
    """Return the median of one figure."""
    return statistics.median(run[figure] for run in runs)


def ratios(ours: Sequence[Run], theirs: Sequence[Run], figure: str) -> list[float]:
    """Return the ratio of a figure in each round, sorted."""
    return sorted(our[figure] / their[figure] for our, their in zip(ours, theirs))


def target(name: str, sample: Sequence[float], limit: float, unit: str = "") -> dict[str, str]:
    """Compare the median of sorted values with a limit."""
    middle = statistics.median(sample)
    spread = f" ({sample[0]:.3g} to {sample[-1]:.3g})" if sample[0] < sample[-1] else ""
    missed = "undecided" if sample[0] <= limit else "missed"
    return {
        "target": f"{name}: at most {limit:g}{unit}",
        "found": f"{middle:.3g}{unit}{spread}",
        "verdict": "reached" if middle <= limit else missed,
    }


def report(name: str, targets: list[dict[str, str]], **results: object) -> None:
    """Print the targets, if there are any, and write all results to `name`.json."""
    if targets:
        print("\nTargets:")
    for one in targets:
        print(f"  {one['verdict']:9} {one['target']}: {one['found']}")
    everything = {"machine": machine(), "targets": targets, **results}
    path = BUILT / f"{name}.json"
    path.write_text(json.dumps(everything, indent=1, ensure_ascii=False) + "\n")
    print(f"\nwritten: {path}")
