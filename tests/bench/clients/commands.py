"""Runs one command per input line; the Python counterpart of commands.c.

python commands.py CLIENT BASE_URL [CA_FILE]
"""

from __future__ import annotations

import sys
import time

from client import CLIENTS


def main() -> None:
    """Make a call for each line, and print its duration in microseconds."""
    name, base_url, *ca_file = sys.argv[1:]
    call = CLIENTS[name](base_url, ca_file[0] if ca_file else None)
    for line in sys.stdin:
        assert line == "call\n", line
        start = time.perf_counter()
        call()
        print(f"{(time.perf_counter() - start) * 1e6:.0f}", flush=True)


if __name__ == "__main__":
    main()
