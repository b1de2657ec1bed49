"""Measures calls that are seconds apart, over a link with a delay; see README.md."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace
from fnmatch import fnmatch

from lib.clients import GROUPS
from lib.distant import CLOSING, HTTP, TLS_1_2
from lib.plans import Plan, Sample, Step, measure
from lib.plot import Chart, write
from lib.rare import (
    CALL,
    OLD_IDLE_TIMEOUT,
    ROUND_TRIP,
    WORKERS,
    Limit,
    Results,
    connected,
    forked,
    last_round,
    later,
    limits_of_connected,
    limits_of_forked,
    limits_of_spaced,
    mean_ms,
    mean_trips,
    spaced,
)
from lib.rounds import OURS, THEIRS, machine, report, target

# The native clients that bench.mk links with clients/commands.c.
NATIVE = (OURS, THEIRS)
DEFAULT = ["native/*", "python/pycurl", "python/httpx", "python/requests"]
LIMITED = (6, 20)  # the intervals with limits, in seconds

# Each situation is measured at its last step.
EARLY = connected(interval=1)
SITUATIONS = [
    Plan("on the connection of an earlier call", (CALL, Step("call", 1))),
    EARLY,
    Plan("first call, HTTP", (CALL,), kind=HTTP),
    Plan("first call, TLS 1.3", (CALL,)),
    Plan("first call, TLS 1.2", (CALL,), kind=TLS_1_2),
    Plan("first call, TLS 1.3, through an HTTP proxy", (CALL,), has_proxy=True),
    Plan("first call, TLS 1.3, with a DNS lookup", (CALL,), has_dns=True),
    Plan("after the server closed the connection, TLS 1.3", (CALL, Step("call", 3)), kind=CLOSING),
]
PROCESSES = 5  # per situation

Rows = dict[str, list[Plan]]  # by client, then in the order of the intervals


def main() -> None:
    """Measure, print the results, and write the files."""
    args = arguments()
    rows = rows_of(args.only, args.intervals, args.calls)
    situations = [replace(plan, processes=PROCESSES) for plan in SITUATIONS]
    workers = forked(max(args.intervals))
    spaced_plans = [plan for plans in rows.values() for plan in plans]
    results = measure([*spaced_plans, *situations, workers], args.round_trip_ms / 1000)

    print(machine())
    print_clients(results, rows, args.intervals)
    print_situations(results, situations, workers)
    write(chart(results, rows, args), "rare")
    limits = [
        *limits_of_rows(results, rows, args.intervals),
        *limits_of_connected(results, situations[SITUATIONS.index(EARLY)]),
        *limits_of_forked(results, workers),
    ]
    report(
        "rare",
        [target(limit.name, [limit.found], limit.limit) for limit in limits],
        round_trip_ms=args.round_trip_ms,
        plans=[
            {**asdict(plan), "results": [[asdict(one) for one in process] for process in samples]}
            for plan, samples in results.items()
        ],
    )


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=10, help="per interval (default: 10)")
    parser.add_argument(
        "--interval",
        type=float,
        action="append",
        dest="intervals",
        metavar="SECONDS",
        help="between calls (default: 1, 6 and 20); may be repeated",
    )
    milliseconds = ROUND_TRIP * 1000
    parser.add_argument(
        "--round-trip-ms",
        type=float,
        default=milliseconds,
        metavar="MS",
        help=f"of the link (default: {milliseconds:g})",
    )
    only = f"native/{OURS}, native/{THEIRS} or a pattern such as 'python/*'; may be repeated"
    parser.add_argument("--only", action="append", metavar="PATTERN", help=only)
    args = parser.parse_args()
    args.intervals = args.intervals or [1, *LIMITED]
    args.only = args.only or DEFAULT
    return args


def rows_of(only: Sequence[str], intervals: Sequence[float], calls: int) -> Rows:
    """Return the plans of each client."""
    rows = {
        f"{GROUPS[group][name]}{' (Python)' if group == 'python' else ''}": [
            spaced(f"{group}/{name}", interval, calls, name, group) for interval in intervals
        ]
        for group, names in (("native", NATIVE), ("python", GROUPS["python"]))
        for name in names
        if any(fnmatch(f"{group}/{name}", pattern) for pattern in only)
    }
    if not rows:
        raise SystemExit("--only names no client")
    rows["authlete_fail, idleTimeoutMs 4000"] = [
        spaced(OLD_IDLE_TIMEOUT, interval, calls, config=OLD_IDLE_TIMEOUT) for interval in intervals
    ]
    return rows


def limits_of_rows(results: Results, rows: Rows, intervals: Sequence[float]) -> list[Limit]:
    """Compare this library with the limits and with libcurl, if both were measured."""
    ours, theirs = (rows.get(GROUPS["native"][name], []) for name in NATIVE)
    return [
        limit
        for interval, *pair in zip(intervals, ours, theirs)
        if interval in LIMITED
        for limit in limits_of_spaced(results, *pair)
    ]


def first_calls(results: Results, plans: Sequence[Plan]) -> list[Sample]:
    """Return the first call of each process."""
    return [process[0] for plan in plans for process in results[plan]]


def print_clients(results: Results, rows: Rows, intervals: Sequence[float]) -> None:
    """Print the mean milliseconds and round trips of each client, in Markdown."""
    heads = ["first call", *(f"{interval:g} s apart" for interval in intervals)]
    print(f"\n| {'ms (round trips)':<35} | {' | '.join(f'{head:>12}' for head in heads)} |")
    print("|---" + "|--:" * len(heads) + "|")
    for title, plans in rows.items():
        columns = [first_calls(results, plans), *(later(results[plan]) for plan in plans)]
        cells = [f"{mean_ms(column):.1f} ({mean_trips(column):.2f})" for column in columns]
        print(f"| {title:<35} | {' | '.join(f'{cell:>12}' for cell in cells)} |")


def print_situations(results: Results, situations: Sequence[Plan], workers: Plan) -> None:
    """Print the means of this library in each situation, in Markdown."""
    rows = {plan.title: [process[-1] for process in results[plan]] for plan in situations}
    early = situations[SITUATIONS.index(EARLY)]
    rows["client_connect itself"] = first_calls(results, [early])
    [process] = results[workers]
    rows[f"first call of each of {WORKERS} forked workers"] = process[-2 * WORKERS : -WORKERS]
    rows["second call of each"] = last_round(results[workers])
    print(f"\n| {'authlete_fail':<50} | round trips |    ms |\n|---|--:|--:|")
    for title, samples in rows.items():
        print(f"| {title:<50} | {mean_trips(samples):11.2f} | {mean_ms(samples):5.1f} |")


def chart(results: Results, rows: Rows, args: argparse.Namespace) -> Chart:
    """Return the mean milliseconds of the first call and of the calls at each interval."""
    panels = {"first call": {name: first_calls(results, plans) for name, plans in rows.items()}}
    for number, interval in enumerate(args.intervals):
        panels[f"{interval:g} s apart"] = {
            name: later(results[plans[number]]) for name, plans in rows.items()
        }
    return {
        "title": f"Milliseconds per call (round trip {args.round_trip_ms:g} ms, TLS 1.3)",
        "source": f"make bench-rare, {machine()}",
        "panels": {
            name: {client: round(mean_ms(samples), 1) for client, samples in panel.items()}
            for name, panel in panels.items()
        },
    }


if __name__ == "__main__":
    main()
