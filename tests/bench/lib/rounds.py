"""Rounds of measurements: running clients, showing progress, and comparing figures."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import cast

from .paths import LIBRARY, ROOT

Run = dict[str, float]


def run(command: Sequence[str]) -> Run:
    """Run a client, and return the figures that it printed."""
    # Without the environment's proxy and CA files.
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "bindings/python"),
        "AUTHLETE_FAIL_LIBRARY": str(LIBRARY),
    }
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, timeout=60, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: exit {done.returncode}")
    return cast(Run, json.loads(done.stdout))


class Progress:
    """Shows progress and the remaining time on standard error."""

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.done = 0
        self.start = self.said = time.monotonic()

    def step(self, what: str) -> None:
        """Count one step; on a terminal tell each, elsewhere every ten seconds."""
        self.done += 1
        now = time.monotonic()
        terminal = sys.stderr.isatty()
        if not terminal and now - self.said < 10 and self.done < self.steps:
            return
        self.said = now
        left = (now - self.start) / self.done * (self.steps - self.done)
        line = f"{self.done}/{self.steps}, {left:.0f} s left: {what}"
        end = "\n" if not terminal or self.done == self.steps else ""
        print(f"\r\033[K{line}" if terminal else line, end=end, file=sys.stderr, flush=True)


def median(runs: Sequence[Run], figure: str) -> float:
    """Return the median of one figure."""
    return statistics.median(run[figure] for run in runs)


def ratios(ours: Sequence[Run], theirs: Sequence[Run], figure: str) -> list[float]:
    """Return the ratios of our figure to theirs, one for each round, sorted."""
    return sorted(our[figure] / their[figure] for our, their in zip(ours, theirs))


def verdict(sample: Sequence[float], limit: float) -> str:
    """Say whether sorted ratios are within a limit; undecided if rounds disagree."""
    if statistics.median(sample) <= limit:
        return "reached"
    return "undecided" if sample[0] <= limit else "missed"
