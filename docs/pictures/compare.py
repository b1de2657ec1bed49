"""Checks that the tables of a page contain the values of the charts: compare.py PAGE.md."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

# `51.1 (1.00)`: the mean time and the round trips.
TIME = re.compile(r"([\d.]+) \([\d.]+\)")
# Time and CPU time over HTTP, and over TLS.
RATIOS = re.compile(r"\| [\d.]+ \| [\d.]+ \| ([\d.]+) \| ([\d.]+) \|$")

Columns = list[list[float]]


def main() -> None:
    """Compare the columns of each table with the panels of its chart."""
    page = Path(sys.argv[1])
    lines = page.read_text().splitlines()
    compare("rare", rare_table(lines), panels_of("rare"))
    times, cpu_times, python_times, python_cpu_times = panels_of("latency")
    # The table contains no row for this library.
    combined = [times[1:] + python_times[1:], cpu_times[1:] + python_cpu_times[1:]]
    compare("latency", latency_table(lines), combined)


def compare(name: str, table: Columns, chart: Columns) -> None:
    """Fail if the values differ."""
    if table != chart:
        raise SystemExit(f"{name}.json contains {chart}, and the table contains {table}")


def panels_of(name: str) -> Columns:
    """Return the values of the panels of a chart."""
    chart = json.loads(Path(__file__).with_name(f"{name}.json").read_text())
    return [list(panel.values()) for panel in chart["panels"].values()]


def rare_table(lines: Sequence[str]) -> Columns:
    """Return the columns of the table of calls that are seconds apart."""
    rows = [TIME.findall(line) for line in lines if len(TIME.findall(line)) > 1]
    return [[float(cell) for cell in column] for column in zip(*rows)]


def latency_table(lines: Sequence[str]) -> Columns:
    """Return the costs over TLS in units of this library's."""
    rows = [row.groups() for line in lines if (row := RATIOS.search(line))]
    return [[float(cell) for cell in column] for column in zip(*rows)]


if __name__ == "__main__":
    main()
