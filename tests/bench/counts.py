"""Counts the cost of a call on an open connection, independent of load; fails if a figure rose.

    make bench-counts                           # compares with counts.json
    AUTHLETE_FAIL_REFRESH=1 make bench-counts   # and writes it anew
    python3 tests/bench/counts.py --profile     # which functions the instructions are in

README.md describes the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from lib.gate import Baseline, Figures, above_ceilings
from lib.paths import BUILT, TLS
from lib.servers import Server, nginx, server

BASELINE = Path(__file__).with_name("counts.json")

# The cost of a call is computed from the difference between these runs, without the start.
FEW, MANY = 200, 1200
THREADS = 8

PLAIN, ENCRYPTED, CLIENT, SHARED = "plain HTTP", "TLS", "client", f"{THREADS} threads on a client"

CALL_CEILINGS: dict[str, float] = {
    **{"sends": 1, "receives": 2, "threads": 0, "lookups": 0},
    **{"segments sent": 1, "segments received": 1},
}
CEILINGS: Figures = {
    PLAIN: {"instructions": 41_000, "allocations": 38, **CALL_CEILINGS},
    # rustls adds the work of the ciphers and two allocations.
    ENCRYPTED: CALL_CEILINGS,
    # These depend on the scheduler, so they are not in counts.json.
    SHARED: {"futex calls per call": 0.05, "connections": THREADS},
}

SENDS = ("write", "writev", "sendto", "sendmsg", "sendmmsg")
RECEIVES = ("read", "readv", "recvfrom", "recvmsg", "recvmmsg")
CLONES = ("clone", "clone3")


@dataclass(frozen=True)
class Caller:
    """`clients/warm.c`, and its server."""

    name: str
    arguments: tuple[str, ...]  # the base URL, and the authority if there is one

    def command(self, calls: int, threads: int = 1) -> list[str]:
        """Return the command for this number of calls on each thread."""
        url, *authority = self.arguments
        return [str(BUILT / "warm"), url, str(calls), str(threads), *authority]

    def instructions(self, calls: int) -> Counter[str]:
        """Count the instructions outside the kernel."""
        out = self.recording(calls)
        valgrind = ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={out}"]
        run([*valgrind, *self.command(calls)])
        [total] = re.findall(r"^totals: (\d+)$", out.read_text(), re.MULTILINE)
        return Counter({"instructions": int(total)})

    def recording(self, calls: int) -> Path:
        """Return callgrind's file with the instructions of each function."""
        return BUILT / f"callgrind.{self.name.replace(' ', '-')}.{calls}"

    def system_calls(self, calls: int) -> Counter[str]:
        """Count system calls by name."""
        return strace(self.command(calls))

    def tally(self, calls: int) -> Counter[str]:
        """Count allocations, their bytes, name lookups, and TCP segments with data."""
        told = run(self.command(calls), LD_PRELOAD=str(BUILT / "tally.so"))
        return Counter(json.loads(told))


def run(command: list[str], **environment: str) -> str:
    """Run a program and return its stderr; exit if it failed."""
    done = subprocess.run(
        command, env={**os.environ, **environment}, stderr=subprocess.PIPE, text=True
    )
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr}")
    return done.stderr


def strace(command: list[str], *options: str) -> Counter[str]:
    """Count the system calls of all threads of a program."""
    out = BUILT / "strace"
    run(["strace", "-f", "-c", "-U", "name,calls", "-o", str(out), *options, *command])
    rows = re.findall(r"^(\w+) +(\d+)$", out.read_text(), re.MULTILINE)
    return Counter({name: int(calls) for name, calls in rows if name != "total"})


def per_call(count: Callable[[int], Counter[str]]) -> Counter[str]:
    """Return the counts of one call, to a hundredth."""
    added = count(MANY)
    added.subtract(count(FEW))
    return Counter({name: tidy(more / (MANY - FEW)) for name, more in added.items()})


def tidy(figure: float) -> float:
    """Round to a hundredth, or to an integer."""
    rounded = round(figure, 2) if figure < 1000 else round(figure)
    return int(rounded) if rounded == int(rounded) else rounded


def count_call(caller: Caller) -> dict[str, float]:
    """Return the figures of one call on a warm connection."""
    system_calls = per_call(caller.system_calls)
    tally = per_call(caller.tally)
    if not (tally["sent"] and tally["received"]):
        sys.exit("no segment was counted: the library does not close its connections by close()")
    # The library checks what the server has acknowledged if connecting took 1 ms or more, as it can
    # with strace.
    made = {name for name, calls in system_calls.items() if calls} - {"ioctl"}
    return {
        "instructions": per_call(caller.instructions)["instructions"],
        "allocations": tally["allocations"],
        "bytes allocated": tally["bytes"],
        "lookups": tally["lookups"],
        "segments sent": tally["sent"],
        "segments received": tally["received"],
        "threads": sum(system_calls[name] for name in CLONES),
        "sends": sum(system_calls[name] for name in SENDS),
        "receives": sum(system_calls[name] for name in RECEIVES),
        **{f"{name}()": calls for name, calls in sorted(system_calls.items()) if name in made},
    }


def count_client(caller: Caller, plain: Server) -> dict[str, float]:
    """Return the figures of a whole run."""
    plain.counters()
    tally = caller.tally(MANY)
    connections = plain.counters()["connections"]
    system_calls = caller.system_calls(MANY)
    return {
        "threads": sum(system_calls[name] for name in CLONES),
        "lookups": tally["lookups"],
        "connections": connections,
    }


def count_shared(caller: Caller, plain: Server) -> dict[str, float]:
    """Return the figures of threads that share a client."""
    plain.counters()
    command = caller.command(MANY, THREADS)
    waits = strace(command, "--seccomp-bpf", "--trace=futex")["futex"]
    return {
        "futex calls per call": round(waits / (MANY * THREADS), 4),
        "connections": plain.counters()["connections"],
    }


def count_all(plain: Server, http: Caller, https: Caller) -> Iterator[tuple[str, dict[str, float]]]:
    """Count all rows of figures."""
    yield PLAIN, count_call(http)
    yield ENCRYPTED, count_call(https)
    yield CLIENT, count_client(http, plain)
    yield SHARED, count_shared(http, plain)


def judge(figures: Figures) -> int:
    """Compare with the ceilings and the file, and return the exit code."""
    kept = {row: named for row, named in figures.items() if row != SHARED}
    baseline = Baseline(BASELINE)
    failures = list(above_ceilings(figures, CEILINGS))
    falls, rises = list(baseline.falls(kept)), list(baseline.rises(kept))
    for elsewhere in baseline.elsewhere():
        print(f"instructions and bytes are not compared with counts.json: {elsewhere}")
    for fall in falls:
        print(f"fell: {fall}")
    for rise in rises:
        print(f"rose: {rise}")
    for failure in failures:
        print(f"FAILED: {failure}")
    if os.environ.get("AUTHLETE_FAIL_REFRESH"):
        baseline.write(kept)
        rises = []
    elif falls or rises:
        print(f"{'FAILED: ' if rises else ''}counts.json says otherwise; if the change is meant, "
              "write it down: AUTHLETE_FAIL_REFRESH=1 make bench-counts")  # fmt: skip
    return 1 if failures or rises else 0


def profile(caller: Caller) -> None:
    """Print the functions in which the instructions of a call are."""
    per_call(caller.instructions)  # leaves the recordings
    for inclusive in ("no", "yes"):

        def by_function(calls: int, inclusive: str = inclusive) -> Counter[str]:
            return annotate(caller.recording(calls), inclusive)

        print(f"\n{caller.name}, instructions per call, inclusive: {inclusive}")
        for name, instructions in per_call(by_function).most_common(60):
            print(f"{instructions:9,} {name}")


def annotate(recording: Path, inclusive: str) -> Counter[str]:
    """Read one of callgrind's recordings."""
    command = ["callgrind_annotate", "--threshold=100", "--auto=no", f"--inclusive={inclusive}"]
    told = subprocess.run([*command, recording], check=True, capture_output=True, text=True).stdout
    functions: Counter[str] = Counter()
    line = r"^ *([\d,]+) \([ \d.]+%\) +\S*?:(.*?)(?: \[.*/(.*)\])?$"
    for count, name, file in re.findall(line, told, re.MULTILINE):
        functions[f"{file or '?'}: {name}"] += int(count.replace(",", ""))
    return functions


def main() -> int:
    """Count or profile."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--profile", action="store_true", help="print the functions, count nothing")
    arguments = parser.parse_args()
    if missing := [tool for tool in ("strace", "valgrind") if shutil.which(tool) is None]:
        sys.exit(f"not installed: {', '.join(missing)}")

    with server() as plain, nginx(plain.response_body()) as tls:
        # With a name, so that superfluous lookups are counted.
        http = Caller(PLAIN, (f"http://localhost:{plain.port}",))
        https = Caller(ENCRYPTED, (tls.url.replace("127.0.0.1", "localhost"), str(TLS / "ca.pem")))
        if arguments.profile:
            profile(http)
            profile(https)
            return 0
        figures: Figures = {}
        for row, figures[row] in count_all(plain, http, https):
            told = ", ".join(f"{name} {figure:,}" for name, figure in figures[row].items())
            print(f"{row}: {told}", flush=True)
        return judge(figures)


if __name__ == "__main__":
    sys.exit(main())
