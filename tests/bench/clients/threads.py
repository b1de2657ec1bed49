"""Makes calls on many threads for a while; the Python counterpart of threads.c.

python threads.py CLIENT BASE_URL THREADS THINK_MS SECONDS [CA_FILE]
"""

from __future__ import annotations

import itertools
import sys
import threading
import time

from client import CLIENTS, print_figures

WARM_UP = 0.25


def main() -> None:
    """Make the calls and print one line."""
    name, base_url, *numbers = sys.argv[1:6]
    count, think, seconds = int(numbers[0]), float(numbers[1]) / 1000, float(numbers[2])
    ca_file = sys.argv[6] if len(sys.argv) > 6 else None
    # Most of the other libraries' clients cannot be shared.
    clients = 1 if name == "authlete_fail" else count
    calls = [CLIENTS[name](base_url, ca_file) for _ in range(clients)] * (count // clients)

    begin = time.perf_counter() + WARM_UP
    end = begin + seconds
    took: list[list[float]] = [[] for _ in calls]

    def run(index: int) -> None:
        while (start := time.perf_counter()) < end:
            calls[index]()
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
    every = list(itertools.chain(*took))
    print_figures(every, cpu, per_second=len(every) / seconds)


if __name__ == "__main__":
    main()
