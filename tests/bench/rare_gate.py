"""Checks the round trips and connections of calls that are 6 s apart; see README.md.

Compares no times. Exits with 1 if a count is above its limit.
"""

from __future__ import annotations

import sys

from lib.plans import measure
from lib.rare import (
    OLD_IDLE_TIMEOUT,
    ROUND_TRIP,
    connected,
    forked,
    later,
    limits_of_connected,
    limits_of_forked,
    limits_of_spaced,
    mean_trips,
    spaced,
)
from lib.rounds import OURS, THEIRS

INTERVAL = 6
CALLS = 4


def main() -> int:
    """Measure and compare."""
    ours = spaced(OURS, INTERVAL, CALLS)
    theirs = spaced(THEIRS, INTERVAL, CALLS, name=THEIRS)
    # Every call opens a connection. If the relay counts fewer than three round trips, the count is
    # wrong.
    control = spaced(OLD_IDLE_TIMEOUT, INTERVAL, 2, config=OLD_IDLE_TIMEOUT)
    early, workers = connected(INTERVAL), forked(INTERVAL)
    results = measure([ours, theirs, control, early, workers], ROUND_TRIP)
    failed = False
    for limit in (
        *limits_of_spaced(results, ours, theirs),
        *limits_of_connected(results, early),
        *limits_of_forked(results, workers),
    ):
        is_above = limit.found > limit.limit
        failed |= is_above
        verdict = "FAILED: above the limit: " if is_above else ""
        print(f"{verdict}{limit.name}: {limit.found:g} (at most {limit.limit:g})")
    counted = mean_trips(later(results[control]))
    if counted < 3:
        failed = True
        print(f"FAILED: the relay counted {counted:g} round trips for a new connection, not 3")
    return failed


if __name__ == "__main__":
    sys.exit(main())
