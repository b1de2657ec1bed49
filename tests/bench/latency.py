"""Times a call on a reused connection, with this library and with alternatives; see README.md."""

from __future__ import annotations

import argparse
import contextlib
import os
from dataclasses import dataclass
from fnmatch import fnmatch

from lib.clients import GROUPS, program_of
from lib.plot import Chart, write
from lib.rounds import (
    CA,
    OURS,
    Run,
    in_rounds,
    machine,
    median,
    ratios,
    report,
    run,
    target,
)
from lib.servers import nginx, pinned, server

WARM_UP = "300"

TITLES = {
    "native": "C, C++, Rust",
    "python": "Python",
    "plain": "HTTP",
    "tls": "HTTPS, TLS 1.3",
    "p50_us": "time",
    "cpu_us": "CPU",
}
REFERENCES = {
    "native": ("libcurl", "beast", "socket"),
    "python": ("pycurl", "httpx", "requests"),
}
TARGETS = (
    ("native", "plain", "p50_us", "libcurl", 0.72),
    ("native", "plain", "cpu_us", "libcurl", 0.62),
    ("native", "tls", "p50_us", "libcurl", 0.62),
    ("native", "tls", "cpu_us", "libcurl", 0.52),
    ("native", "plain", "p50_us", "beast", 1.0),
    ("native", "plain", "cpu_us", "beast", 1.0),
    ("native", "tls", "p50_us", "beast", 1.0),
    ("native", "tls", "cpu_us", "beast", 1.0),
    ("native", "plain", "p50_us", "socket", 1.35),
    ("python", "plain", "p50_us", "pycurl", 0.8),
    ("python", "plain", "p50_us", "httpx", 0.1),
    ("python", "plain", "p50_us", "requests", 0.06),
)


@dataclass(frozen=True)
class Client:
    """One client against one server."""

    group: str
    scheme: str
    name: str

    @property
    def panel(self) -> tuple[str, str]:
        """The group and scheme of the clients in the same table and chart."""
        return self.group, self.scheme

    def measure(self, base_url: str, calls: int, core: int) -> Run:
        """Run the client and return its figures."""
        program = program_of(self.group, self.name, native="calls", python="client")
        ca_file = [CA] if self.scheme == "tls" else []
        return run([*pinned(core), *program, base_url, WARM_UP, str(calls), *ca_file])


Results = dict[Client, list[Run]]


def main() -> None:
    """Measure, print, and write the files."""
    args = arguments()
    results: Results = {
        Client(group, scheme, name): []
        for scheme in args.schemes
        for group, clients in GROUPS.items()
        for name in clients
        if any(fnmatch(f"{group}/{name}", only) for only in args.only)
    }
    if not results:
        raise SystemExit("--only names no client")
    with contextlib.ExitStack() as stack:
        plain = stack.enter_context(server(core=args.core))
        urls = {"plain": plain.url}
        if "tls" in args.schemes:
            urls["tls"] = stack.enter_context(nginx(plain.response(), core=args.core)).url
        for client in in_rounds(list(results), args.rounds):
            results[client].append(client.measure(urls[client.scheme], args.calls, args.core))

    print(machine())
    panels = sorted({client.panel for client in results})
    for panel in panels:
        print_table(results, panel)
    write(chart(results, args.schemes[-1]), "latency")
    targets = [
        target(
            f"{TITLES[group]}, {TITLES[scheme]}, {TITLES[figure]} in units of {other}",
            [ratio],
            limit,
        )
        for group, scheme, figure, other, limit in TARGETS
        if (ratio := to_reference(results, Client(group, scheme, OURS), figure, other))
    ]
    rows = [{**vars(client), "rounds": runs} for client, runs in results.items()]
    report("latency", targets, calls=args.calls, clients=rows)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11, help="default: 11")
    parser.add_argument("--calls", type=int, default=3000, help="per run (default: 3000)")
    only = "such as native/libcurl or 'python/*'; may be repeated"
    parser.add_argument("--only", action="append", metavar="PATTERN", help=only)
    core = max(os.sched_getaffinity(0))
    parser.add_argument("--core", type=int, default=core, help="of server and clients")
    for scheme in ("plain", "tls"):
        parser.add_argument(f"--{scheme}", action="append_const", dest="schemes", const=scheme)
    args = parser.parse_args()
    args.schemes = args.schemes or ["plain", "tls"]
    args.only = args.only or ["*"]
    return args


def to_reference(results: Results, client: Client, figure: str, other: str) -> float:
    """Return the median ratio of a figure to that of another client; 0 if one was not measured."""
    reference = results.get(Client(client.group, client.scheme, other))
    if reference is None or client not in results:
        return 0
    sample = ratios(results[client], reference, figure)
    return median([{"ratio": ratio} for ratio in sample], "ratio")


def print_table(results: Results, panel: tuple[str, str]) -> None:
    """Print the medians of a panel, in microseconds, and the ratios, in Markdown."""
    group, scheme = panel
    compared = [(what, other) for what in ("p50_us", "cpu_us") for other in REFERENCES[group]]
    heads = ["µs", "p99", "CPU", *(f"{TITLES[what]}/{other}" for what, other in compared)]
    print(f"\n| {f'{TITLES[group]}, {TITLES[scheme]}':<30} | {' | '.join(heads)} |")
    print("|---" + "|--:" * len(heads) + "|")
    for client, runs in results.items():
        if client.panel == panel:
            cells = [f"{median(runs, figure):.1f}" for figure in ("p50_us", "p99_us", "cpu_us")]
            for what, other in compared:
                ratio = to_reference(results, client, what, other)
                cells.append(f"{ratio:.2f}" if ratio else "")
            padded = (f"{cell:>{len(head)}}" for cell, head in zip(cells, heads))
            print(f"| {GROUPS[group][client.name]:<30} | {' | '.join(padded)} |")


def chart(results: Results, scheme: str) -> Chart:
    """Return the time and CPU time of each client, divided by those of this library."""
    panels = {
        f"{TITLES[group]}: {TITLES[figure]}": {
            title: float(f"{1 / ratio:.2g}")
            for name, title in titles.items()
            if (ratio := to_reference(results, Client(group, scheme, OURS), figure, name))
        }
        for group, titles in GROUPS.items()
        for figure in ("p50_us", "cpu_us")
    }
    return {
        "title": f"Cost of a call on an open connection, {TITLES[scheme].removeprefix('HTTPS, ')}, "
        "relative to this library's",
        "source": f"make bench, {machine()}",
        "panels": {title: values for title, values in panels.items() if values},
    }


if __name__ == "__main__":
    main()
