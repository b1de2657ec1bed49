"""Measures what clients, connections and calls take, for capacity planning; see README.md."""

from __future__ import annotations

import argparse
import contextlib
import sys

from lib.rounds import BUILT, CA, ENVIRONMENT, Run, in_rounds, machine, median, report, run
from lib.servers import nginx, server

CONNECTIONS = 200
LATENCY_MS = 3000
SECONDS = 2.0  # after this time, every connection is open and every call waits for its response
POOL = {"BENCH_CONFIG": f'"maxIdleConnections":{CONNECTIONS}'}

ROWS = {
    "first": "first client, and its first call if it makes one",
    "client": "each further client",
    "idle": "each idle connection",
    "call": "each call in flight, with its connection",
}
COLUMNS = {
    "heap": ("heap KiB", 1024),
    "resident": ("resident KiB", 1024),
    "descriptors": ("descriptors", 1),
    "threads": ("threads", 1),
}
FIGURES = {
    "new_cpu_us": "µs of CPU to create a client",
    "cpu_us": "µs of CPU for each call",
    "info_bytes": "bytes of a line at the level info",
    "debug_bytes": "bytes of a line at the level debug",
    "async_threads": "threads for 64 concurrent calls",
    "async_kb": "KiB of resident memory for each, with its connection",
}

# Makes calls with a sink for log lines, and prints the mean length of a line at each level.
LOG_LINES = """
import json, logging, sys
from authlete_fail import Client
lines = []
handler = logging.Handler()
handler.emit = lambda record: lines.append(record.getMessage())
logging.getLogger("authlete_fail").addHandler(handler)
logging.getLogger("authlete_fail").setLevel(logging.DEBUG)
figures = {}
for level in ("info", "debug"):
    with Client(
        base_url=sys.argv[1], service_id="21653835348762", access_token="t", log_level=level
    ) as client:
        lines.clear()
        for _ in range(100):
            client.authorization(ticket="t", reason="DENIED")
        calls = [line for line in lines if line.startswith("endpoint=/")]
        figures[f"{level}_bytes"] = sum(len(line) + 1 for line in calls) / len(calls)
print(json.dumps(figures))
"""

# Makes concurrent calls, and prints the threads and the memory of the process.
ASYNC_CLIENT = """
import asyncio, json, sys, threading
from pathlib import Path
from authlete_fail import AsyncClient

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4

async def main():
    keys = {"base_url": sys.argv[1], "service_id": "21653835348762", "access_token": "t"}
    async with AsyncClient(**keys, max_threads=64) as client:
        await client.authorization(ticket="t", reason="DENIED")
        before, threads = resident(), threading.active_count()
        calls = (client.authorization(ticket="t", reason="DENIED") for _ in range(64))
        await asyncio.gather(*calls)
        new = threading.active_count() - threads
        figures = {"async_threads": new + 1, "async_kb": (resident() - before) / new}
        print(json.dumps(figures))

asyncio.run(main())
"""


def main() -> None:
    """Measure all and print it."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    rounds = parser.parse_args().rounds
    ENVIRONMENT.update(POOL)
    with contextlib.ExitStack() as stack:
        fast, slow = (stack.enter_context(server(latency)) for latency in (0, LATENCY_MS))
        some_ms = stack.enter_context(server(20))
        slow_tls = stack.enter_context(nginx(fast.response(), upstream=slow))
        tls = stack.enter_context(nginx(fast.response()))
        program = [str(BUILT / "footprint")]
        calls = [str(BUILT / "calls-authlete_fail")]
        rest = [str(CONNECTIONS), str(SECONDS)]
        commands = {
            "http": [*program, slow.url, *rest],
            "https, 1 certificate": [*program, slow_tls.url, *rest, CA],
            "https, bundled roots, no call": [*program, "https://127.0.0.1:9", "0", "0"],
            "https, system roots, no call": [*program, "https://127.0.0.1:9", "0", "0", "system"],
            "http: CPU time": [*calls, fast.url, "300", "20000"],
            "https: CPU time": [*calls, tls.url, "300", "20000", CA],
            "https: CPU time, new connections": [*calls, tls.full_url, "1", "200", CA],
            "Python: a log line": [sys.executable, "-c", LOG_LINES, fast.url],
            "Python: AsyncClient": [sys.executable, "-c", ASYNC_CLIENT, some_ms.url],
        }
        results: dict[str, list[Run]] = {name: [] for name in commands}
        for name, command in in_rounds(list(commands.items()), rounds):
            results[name].append(run(command))

    print(machine())
    for name, runs in results.items():
        print(f"\n{name}")
        if "first_heap" not in runs[0]:
            figures = (name for name in FIGURES if name in runs[0])
            print("\n".join(f"  {FIGURES[it]:50}{median(runs, it):12.1f}" for it in figures))
            continue
        print(" " * 52, *(f"{title:>12}" for title, _ in COLUMNS.values()))
        for row, title in ROWS.items():
            if f"{row}_heap" not in runs[0]:
                continue
            cells = (
                f"{median(runs, f'{row}_{it}') / unit:12.1f}" for it, (_, unit) in COLUMNS.items()
            )
            print(f"  {title:50}", *cells)
    report("footprint", [], measured=results)


if __name__ == "__main__":
    main()
