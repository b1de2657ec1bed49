"""Compares figures with ceilings and with the reference file."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterator
from pathlib import Path

Figures = dict[str, dict[str, float]]  # by what is counted for, and by what is counted

# The compiler and the C library move these; all others are counts that must not rise at all.
TOLERANCE = {"instructions": 0.02, "bytes allocated": 0.02}
# Under load, a connection may be idle for a millisecond, and is then checked before it is reused.
SLACK = {**TOLERANCE, "receives": 0.05, "recvfrom()": 0.05}


def environment() -> dict[str, str]:
    """Return what the figures depend on, apart from the code."""
    return {
        "machine": platform.machine() + (", AVX2" if _has_avx2() else ""),
        "libc": os.confstr("CS_GNU_LIBC_VERSION") or "unknown",
        "rustc": _version("rustc"),
        "valgrind": _version("valgrind"),
    }


def above_ceilings(figures: Figures, ceilings: Figures) -> Iterator[str]:
    """Say which figures are above their ceilings, which a refresh does not change."""
    for row, name, ceiling in _each(ceilings):
        if figures[row][name] > ceiling:
            yield f"{row}, {name}: {figures[row][name]:,} is above the ceiling of {ceiling:,}"


class Baseline:
    """The reference figures, and the environment in which they were taken."""

    def __init__(self, path: Path) -> None:
        content = json.loads(path.read_text()) if path.exists() else {}
        self._path = path
        self._figures: Figures = content.get("figures", {})
        self._environment: dict[str, str] = content.get("environment", {})

    def elsewhere(self) -> list[str]:
        """Say how the environment differs from the one in which the file was written."""
        here = environment()
        return [
            f"{here[name]}, not {there}"
            for name, there in self._environment.items()
            if here[name] != there
        ]

    def rises(self, figures: Figures) -> Iterator[str]:
        """Say which figures rose; elsewhere, those with a tolerance are not comparable."""
        for row, name, old, new in self._compared(figures):
            if new > old * (1 + SLACK.get(name, 0)):
                yield f"{row}, {name}: {old:,} -> {new:,}{_percent(old, new)}"

    def falls(self, figures: Figures) -> Iterator[str]:
        """Say which figures fell."""
        for row, name, old, new in self._compared(figures):
            if new < old * (1 - SLACK.get(name, 0)):
                yield f"{row}, {name}: {old:,} -> {new:,}{_percent(old, new)}"

    def write(self, figures: Figures) -> None:
        """Write the file again."""
        content = {"environment": environment(), "figures": figures}
        self._path.write_text(json.dumps(content, indent=2) + "\n")

    def _compared(self, figures: Figures) -> Iterator[tuple[str, str, float, float]]:
        comparable = not self.elsewhere()
        for row, name, new in _each(figures):
            if comparable or name not in TOLERANCE:
                yield row, name, self._figures.get(row, {}).get(name, 0), new
        for row, name, old in _each(self._figures):
            if name not in figures.get(row, {}):
                yield row, name, old, 0


def _each(figures: Figures) -> Iterator[tuple[str, str, float]]:
    for row, named in figures.items():
        for name, figure in named.items():
            yield row, name, figure


def _percent(old: float, new: float) -> str:
    return f" ({100 * (new - old) / old:+.1f} %)" if old else ""


def _has_avx2() -> bool:
    """Return whether the CPU has it, and so the C library and memchr use it."""
    return " avx2 " in Path("/proc/cpuinfo").read_text()


def _version(program: str) -> str:
    return subprocess.run(
        [program, "--version"], check=True, capture_output=True, text=True
    ).stdout.strip()
