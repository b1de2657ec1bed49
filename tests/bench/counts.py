"""Counts what a call on a reused connection costs; fails if a count has increased.

    make bench-counts                           # compares with counts.json
    AUTHLETE_FAIL_REFRESH=1 make bench-counts   # regenerates counts.json
    python3 tests/bench/counts.py --profile     # prints the functions with the most instructions

README.md describes the counts.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lib.gate import Counts, check
from lib.rounds import BUILT, CA
from lib.servers import Server, nginx, server

BASELINE = Path(__file__).with_name("counts.json")

# The count per call is calculated from the difference between these runs, to exclude the startup.
FEW, MANY = 200, 1200
THREADS = 8

PLAIN, ENCRYPTED = "plain HTTP", "TLS"
ES256, EDDSA = "DPoP with ES256", "DPoP with EdDSA"
FLOW, OTHER = "general call in a flow", "other general call"
CLIENT, SHARED = "client", f"{THREADS} threads on a client"

# The API response is the same as that of the fail endpoint.
GENERAL_PATHS = {FLOW: "/auth/authorization/issue", OTHER: "/auth/introspection"}
# The keys of RFC 7515, A.3, and RFC 8037, A.1.
DPOP_KEYS = {
    ES256: {
        **{"kty": "EC", "crv": "P-256", "alg": "ES256"},
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
    },
    EDDSA: {
        **{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA"},
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    },
}
# The calls and the rounds of a measurement of time.
TIMED_CALLS, ROUNDS = 4_000, 5

# The maximum instructions of a general call, as a multiple of those of a named one.
GENERAL_FACTOR = 1.1

CALL_LIMITS: dict[str, float] = {
    **{"sends": 1, "receives": 2, "threads": 0, "lookups": 0},
    **{"segments sent": 1, "segments received": 1},
}
LIMITS: Counts = {
    PLAIN: {"instructions": 41_000, "allocations": 38, **CALL_LIMITS},
    # rustls adds the instructions of the cipher, and two allocations.
    ENCRYPTED: CALL_LIMITS,
    FLOW: CALL_LIMITS,
    OTHER: CALL_LIMITS,
    ES256: CALL_LIMITS,
    EDDSA: CALL_LIMITS,
    # Not in counts.json: the threads are scheduled differently each time.
    SHARED: {"futex calls per call": 0.05, "connections": THREADS},
}

SENDS = ("write", "writev", "sendto", "sendmsg", "sendmmsg")
RECEIVES = ("read", "readv", "recvfrom", "recvmsg", "recvmmsg")
CLONES = ("clone", "clone3")


@dataclass(frozen=True)
class Caller:
    """`clients/warm.c` with its base URL, for general calls a path, and more configuration."""

    name: str
    url: str
    path: str = ""
    members: str = ""

    def command(self, calls: int, threads: int = 1) -> list[str]:
        """Return the command that makes `calls` calls on each thread."""
        members = [self.members] if self.members else []
        return [str(BUILT / "warm"), self.url, self.path, str(calls), str(threads), *members]

    def recording(self, calls: int) -> Path:
        """Return the output file of callgrind."""
        return BUILT / f"callgrind.{self.name.replace(' ', '-')}.{calls}"

    def instructions(self, calls: int) -> Counter[str]:
        """Count the instructions in user space."""
        out = self.recording(calls)
        valgrind = ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={out}"]
        run([*valgrind, *self.command(calls)])
        [total] = re.findall(r"^totals: (\d+)$", out.read_text(), re.MULTILINE)
        return Counter({"instructions": int(total)})

    def system_calls(self, calls: int) -> Counter[str]:
        """Count system calls by name."""
        return strace(self.command(calls))

    def tally(self, calls: int) -> Counter[str]:
        """Count allocations, their bytes, name lookups, and TCP segments with data."""
        printed = run(self.command(calls), LD_PRELOAD=str(BUILT / "tally.so"))
        return Counter(json.loads(printed))

    def functions(self, inclusive: str, calls: int) -> Counter[str]:
        """Return the instructions by function, from the recording."""
        command = ["callgrind_annotate", "--threshold=100", "--auto=no", f"--inclusive={inclusive}"]
        command.append(str(self.recording(calls)))
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        functions: Counter[str] = Counter()
        line = r"^ *([\d,]+) \([ \d.]+%\) +\S*?:(.*?)(?: \[.*/(.*)\])?$"
        for count, name, file in re.findall(line, printed, re.MULTILINE):
            functions[f"{file or '?'}: {name}"] += int(count.replace(",", ""))
        return functions


def run(command: list[str], **environment: str) -> str:
    """Run a program and return its stderr; exit if it fails."""
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


def per_call(count: Callable[[int], Counter[str]]) -> dict[str, float]:
    """Return the counts of one call, rounded to a hundredth, or whole if over 1000."""
    added = count(MANY)
    added.subtract(count(FEW))
    counts = {}
    for name, more in added.items():
        rounded = round(more / (MANY - FEW), 2 if more < 1000 * (MANY - FEW) else 0)
        counts[name] = int(rounded) if rounded == int(rounded) else rounded
    return counts


def count_call(caller: Caller) -> dict[str, float]:
    """Return the counts of one call on a reused connection."""
    system_calls = Counter(per_call(caller.system_calls))
    tally = per_call(caller.tally)
    if not (tally["sent"] and tally["received"]):
        sys.exit("no segment was counted: the library does not close its connections by close()")
    # The library checks which bytes were acknowledged if connecting took 1 ms or more, as it can
    # under strace.
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
        **{f"{name}()": system_calls[name] for name in sorted(made)},
    }


def count_client(caller: Caller, plain: Server) -> dict[str, float]:
    """Return the counts of a client that makes many calls."""
    plain.counters()
    tally = caller.tally(MANY)
    connections = plain.counters()["connections"]
    system_calls = caller.system_calls(MANY)
    threads = sum(system_calls[name] for name in CLONES)
    return {"threads": threads, "lookups": tally["lookups"], "connections": connections}


def count_shared(caller: Caller, plain: Server) -> dict[str, float]:
    """Return how often threads wait for each other."""
    plain.counters()
    command = caller.command(MANY, THREADS)
    waits = strace(command, "--seccomp-bpf", "--trace=futex")["futex"]
    return {
        "futex calls per call": round(waits / (MANY * THREADS), 4),
        "connections": plain.counters()["connections"],
    }


def cpu_time() -> float:
    """Return the CPU time of all programs that have ended, in seconds."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def print_times(callers: list[Caller]) -> None:
    """Print the median of the CPU time of a call, and the ratio to that of the first caller."""
    times: dict[str, list[float]] = {caller.name: [] for caller in callers}
    for _ in range(ROUNDS):
        for caller in callers:
            seconds = []
            for calls in (FEW, FEW + TIMED_CALLS):
                before = cpu_time()
                run(caller.command(calls))
                seconds.append(cpu_time() - before)
            times[caller.name].append((seconds[1] - seconds[0]) / TIMED_CALLS * 1e6)
    first = times[callers[0].name]
    for name, micros in times.items():
        ratio = statistics.median(a / b for a, b in zip(micros, first))
        print(f"{name}: {statistics.median(micros):.1f} µs CPU time per call ({ratio:.2f})")


def profile(caller: Caller) -> None:
    """Print the functions with the most instructions per call."""
    per_call(caller.instructions)  # writes the recordings
    for inclusive in ("no", "yes"):
        print(f"\n{caller.name}, instructions per call, inclusive: {inclusive}")
        counts = per_call(partial(caller.functions, inclusive))
        for name, instructions in Counter(counts).most_common(60):
            print(f"{instructions:9,} {name}")


def main() -> int:
    """Count, or print the profile."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--profile", action="store_true", help="print functions instead of counts")
    arguments = parser.parse_args()

    with server() as plain, nginx(plain.response()) as tls:
        # A name, so that a repeated lookup is counted.
        http = Caller(PLAIN, f"http://localhost:{plain.port}")
        https = Caller(
            ENCRYPTED, tls.url.replace("127.0.0.1", "localhost"), members=f'"caFile":"{CA}"'
        )
        general = [Caller(name, http.url, path) for name, path in GENERAL_PATHS.items()]
        dpop = [
            Caller(name, http.url, members=f'"dpopKey":{json.dumps(key)}')
            for name, key in DPOP_KEYS.items()
        ]
        if arguments.profile:
            for caller in (http, https, *general, *dpop):
                profile(caller)
            return 0
        counts: Counts = {}
        for row, count in {
            PLAIN: partial(count_call, http),
            ENCRYPTED: partial(count_call, https),
            **{caller.name: partial(count_call, caller) for caller in (*general, *dpop)},
            CLIENT: partial(count_client, http, plain),
            SHARED: partial(count_shared, http, plain),
        }.items():
            counts[row] = count()
            printed = ", ".join(f"{name} {number:,}" for name, number in counts[row].items())
            print(f"{row}: {printed}", flush=True)
        print_times([http, *dpop])
        most = GENERAL_FACTOR * counts[PLAIN]["instructions"]
        limits = {
            **LIMITS,
            **{name: {"instructions": most, **LIMITS[name]} for name in (FLOW, OTHER)},
        }
        return check(counts, limits, BASELINE, without=SHARED)


if __name__ == "__main__":
    sys.exit(main())
