"""Compares counts with the baseline and with upper limits."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterator
from pathlib import Path

Counts = dict[str, dict[str, float]]  # by row, then by name

# These depend on the compiler and the C library.
TOLERANCE = {"instructions": 0.02, "bytes allocated": 0.02}
# On a busy machine, a connection may be idle for a millisecond, and is then checked before reuse.
SLACK = {**TOLERANCE, "receives": 0.05, "recvfrom()": 0.05}


def check(counts: Counts, limits: Counts, path: Path, without: str) -> int:
    """Print the differences from the limits and the baseline `path`; return the exit code.

    The row `without` is not in the baseline.
    """
    content = json.loads(path.read_text()) if path.exists() else {}
    here = environment()
    elsewhere = [
        f"{here[name]}, not {there}"
        for name, there in content.get("environment", {}).items()
        if here[name] != there
    ]
    for difference in elsewhere:
        print(f"instructions and bytes are not compared with {path.name}: {difference}")
    above = [
        f"FAILED: {row}, {name}: {counts[row][name]:,} is above the limit of {limit:,}"
        for row, named in limits.items()
        for name, limit in named.items()
        if counts[row][name] > limit
    ]
    print(*above, sep="\n", end="\n" if above else "")
    counts = {row: named for row, named in counts.items() if row != without}
    has_increased = has_decreased = False
    for row, name, old, new in changes(content.get("figures", {}), counts):
        if name in TOLERANCE and elsewhere:
            continue
        slack = SLACK.get(name, 0)
        increased, decreased = new > old * (1 + slack), new < old * (1 - slack)
        has_increased |= increased
        has_decreased |= decreased
        if increased or decreased:
            percent = f" ({100 * (new - old) / old:+.1f} %)" if old else ""
            word = "increased" if increased else "decreased"
            print(f"{word}: {row}, {name}: {old:,} -> {new:,}{percent}")
    if os.environ.get("AUTHLETE_FAIL_REFRESH"):
        path.write_text(json.dumps({"environment": here, "figures": counts}, indent=2) + "\n")
        has_increased = False
    elif has_increased or has_decreased:
        print(
            f"{'FAILED: ' if has_increased else ''}{path.name} differs; if the change is intended: "
            "AUTHLETE_FAIL_REFRESH=1 make bench-counts"
        )
    return 1 if above or has_increased else 0


def changes(old: Counts, new: Counts) -> Iterator[tuple[str, str, float, float]]:
    """Yield row, name, old and new value of each count; an absent one is 0."""
    for row in {**old, **new}:
        before, after = old.get(row, {}), new.get(row, {})
        for name in {**before, **after}:
            yield row, name, before.get(name, 0), after.get(name, 0)


def environment() -> dict[str, str]:
    """Return what the counts depend on, apart from the code."""

    def version(program: str) -> str:
        command = [program, "--version"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    # The C library and memchr use AVX2.
    avx2 = ", AVX2" if " avx2 " in Path("/proc/cpuinfo").read_text() else ""
    return {
        "machine": platform.machine() + avx2,
        "libc": os.confstr("CS_GNU_LIBC_VERSION") or "unknown",
        "rustc": version("rustc"),
        "valgrind": version("valgrind"),
    }
