"""Checks that a table of a page contains the values of a chart: compare.py CHART.json PAGE.md."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

# `51.1 (1.00)`: the mean time and the round trips.
TIME = re.compile(r"([\d.]+) \([\d.]+\)")


def main() -> None:
    """Compare each row of the table with the bars of a client."""
    chart, page = map(Path, sys.argv[1:])
    panels = json.loads(chart.read_text())["panels"]
    # Only the chart says which of the clients are for Python.
    bars = {
        client.removesuffix(" (Python)"): [panel[client] for panel in panels.values()]
        for client in next(iter(panels.values()))
    }
    rows = {
        line.split(" | ")[0].removeprefix("| ").replace("`", ""): [float(ms) for ms in times]
        for line in page.read_text().splitlines()
        if (times := TIME.findall(line)) and line.startswith("|")
    }
    if rows != bars:
        raise SystemExit(f"{chart} and the table in {page} differ: {bars} and {rows}")


if __name__ == "__main__":
    main()
