"""The chart of the results of latency.py."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import matplotlib as mpl
from matplotlib.figure import Figure

from .latency_result import GROUPS, SCHEMES, Result

OURS, THEIRS, CPU = "#1a7f5a", "#9aa5b1", "#00000059"

# Text stays text, and the same result makes the same file.
mpl.rcParams["svg.fonttype"] = "none"
mpl.rcParams["svg.hashsalt"] = "latency"


def write(result: Result, path: Path) -> None:
    """Draw a panel of bars for each group and server."""
    panels = {
        (group, scheme): [r for r in result.rows if (r.group, r.scheme) == (group, scheme)]
        for group in GROUPS
        for scheme in SCHEMES
    }
    panels = {
        key: sorted(rows, key=lambda r: -median(r.time)) for key, rows in panels.items() if rows
    }
    columns = len({scheme for _, scheme in panels})
    lines = len({group for group, _ in panels})
    figure = Figure(figsize=(6.5 * columns, 0.6 + 2.9 * lines), layout="constrained")
    for number, ((group, scheme), rows) in enumerate(panels.items(), 1):
        axes = figure.add_subplot(lines, columns, number)
        times = [median(row.time) for row in rows]
        bars = axes.barh(
            [row.title for row in rows],
            times,
            color=[OURS if row.client == "authlete_fail" else THEIRS for row in rows],
        )
        axes.bar_label(bars, fmt="%.1f", padding=3)
        axes.barh([row.title for row in rows], [median(row.cpu) for row in rows], 0.25, color=CPU)
        axes.set_title(f"{GROUPS[group]}, {SCHEMES[scheme]}")
        axes.set_xlim(0, max(times) * 1.15)
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle("Microseconds per warm call, one core with the server; dark: client's CPU")
    figure.savefig(path, metadata={"Date": None})
