"""The results of latency.py: ratios within each round, the targets, and the table."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Optional

# The clients with which those of a group are compared.
REFERENCES = {
    "native": ("libcurl", "beast", "socket"),
    "python": ("pycurl", "httpx", "requests"),
}
SCHEMES = {"plain": "HTTP", "tls": "HTTPS, TLS 1.3"}
WHAT = {"time": "time", "cpu": "CPU"}
GROUPS = {"native": "C, C++, Rust", "python": "Python"}

# The targets, as the largest ratio to another client: group, scheme, what, other, ratio.
AIMS = (
    ("native", "plain", "time", "libcurl", 0.72),
    ("native", "plain", "cpu", "libcurl", 0.62),
    ("native", "tls", "time", "libcurl", 0.62),
    ("native", "tls", "cpu", "libcurl", 0.52),
    ("native", "plain", "time", "beast", 1.0),
    ("native", "plain", "cpu", "beast", 1.0),
    ("native", "tls", "time", "beast", 1.0),
    ("native", "tls", "cpu", "beast", 1.0),
    ("native", "plain", "time", "socket", 1.35),
    ("python", "plain", "time", "pycurl", 0.8),
    ("python", "plain", "time", "httpx", 0.1),
    ("python", "plain", "time", "requests", 0.06),
)


@dataclass(frozen=True)
class Row:
    """One client against one server; microseconds by round."""

    group: str
    scheme: str
    client: str
    title: str
    time: list[float]
    p99: list[float]
    cpu: list[float]

    def ratio(self, what: str, other: Row) -> float:
        """Return the median of the rounds' ratios to another client's `time` or `cpu`."""
        ours: list[float] = getattr(self, what)
        theirs: list[float] = getattr(other, what)
        return median(a / b for a, b in zip(ours, theirs))


class Result:
    """All rows."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        self._by_name = {(row.group, row.scheme, row.client): row for row in rows}

    def ratio(self, row: Row, what: str, other: str) -> Optional[float]:
        """Return a row's ratio to another client, if that was measured."""
        reference = self._by_name.get((row.group, row.scheme, other))
        return None if reference is None else row.ratio(what, reference)

    def ratios(self, row: Row) -> dict[str, dict[str, Optional[float]]]:
        """Return a row's ratios to all that it is compared with."""
        others = REFERENCES[row.group]
        return {what: {o: self.ratio(row, what, o) for o in others} for what in WHAT}

    def aims(self) -> list[dict[str, object]]:
        """Return every measured target, with the ratio."""
        found: list[dict[str, object]] = []
        for group, scheme, what, other, limit in AIMS:
            row = self._by_name.get((group, scheme, "authlete_fail"))
            ratio = None if row is None else self.ratio(row, what, other)
            if ratio is not None:
                found.append(
                    {
                        "aim": f"{GROUPS[group]}, {SCHEMES[scheme]}: {WHAT[what]} against {other}",
                        "limit": limit,
                        "ratio": round(ratio, 3),
                        "reached": ratio <= limit,
                    }
                )
        return found

    def table(self) -> str:
        """Return a table for each group and server, and the targets, in Markdown."""
        parts = [self._table(group, scheme) for group in GROUPS for scheme in SCHEMES]
        lines = [
            f"- {'reached' if aim['reached'] else 'NOT REACHED'}: {aim['aim']}:"
            f" {aim['ratio']:.2f}, at most {aim['limit']}"
            for aim in self.aims()
        ]
        return "\n\n".join(part for part in [*parts, "\n".join(lines)] if part)

    def _table(self, group: str, scheme: str) -> str:
        rows = [row for row in self.rows if (row.group, row.scheme) == (group, scheme)]
        if not rows:
            return ""
        others = REFERENCES[group]
        heads = [
            "µs",
            "p99",
            "CPU",
            *(f"{WHAT[what]}/{other}" for what in WHAT for other in others),
        ]
        table = [[f"{GROUPS[group]}, {SCHEMES[scheme]}", *heads]]
        for row in rows:
            cells = [f"{median(values):.1f}" for values in (row.time, row.p99, row.cpu)]
            for ratios in self.ratios(row).values():
                cells += ["" if ratio is None else f"{ratio:.2f}" for ratio in ratios.values()]
            table.append([row.title, *cells])
        lines = [
            f"| {first:<30} | "
            + " | ".join(f"{cell:>{max(len(head), 6)}}" for cell, head in zip(cells, heads))
            + " |"
            for first, *cells in table
        ]
        return "\n".join([lines[0], "|---" + "|--:" * len(heads) + "|", *lines[1:]])
