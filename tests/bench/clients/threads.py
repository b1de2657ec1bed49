"""Calls from many threads, and prints the figures; threads.c in Python.

python threads.py RIVAL BASE_URL THREADS THINK_MS SECONDS [CA_FILE]
"""

from __future__ import annotations

import json
import sys
import threading
import time

from client import RIVALS, AuthleteFail

WARM_UP = 0.25


def main() -> None:
    """Make the calls and print one line."""
    rival, base_url = sys.argv[1:3]
    count, think, seconds = int(sys.argv[3]), float(sys.argv[4]) / 1000, float(sys.argv[5])
    ca_file = sys.argv[6] if len(sys.argv) > 6 else None
    # Threads share our client. Each thread has one of the others: most cannot be shared.
    new = RIVALS[rival]
    shared = [new(base_url, ca_file)] * count
    clients = shared if new is AuthleteFail else [new(base_url, ca_file) for _ in range(count)]

    begin = time.perf_counter() + WARM_UP
    end = begin + seconds
    took: list[list[float]] = [[] for _ in clients]

    def run(index: int) -> None:
        call = clients[index].call
        while (start := time.perf_counter()) < end:
            call()
            if start >= begin:
                took[index].append(time.perf_counter() - start)
            if think:
                time.sleep(think)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    time.sleep(begin - time.perf_counter())
    cpu = time.process_time()
    time.sleep(end - time.perf_counter())
    cpu = time.process_time() - cpu
    for thread in threads:
        thread.join()

    calls = sorted(one for each in took for one in each)
    print(
        json.dumps(
            {
                "calls": len(calls),
                "per_second": len(calls) / seconds,
                "cpu_us": cpu / len(calls) * 1e6,
                "p50_us": calls[len(calls) // 2] * 1e6,
                "p99_us": calls[len(calls) * 99 // 100] * 1e6,
            }
        )
    )


if __name__ == "__main__":
    main()
