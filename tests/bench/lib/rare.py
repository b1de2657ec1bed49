"""Plans of calls that are seconds apart, and their limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .plans import Plan, Sample, Samples, Step
from .rounds import OURS, THEIRS

ROUND_TRIP = 0.05  # seconds
WORKERS = 8
# Limits on the round trips per call.
WARM, MEAN_LIMIT = 1, 1.05
OLD_IDLE_TIMEOUT = '"idleTimeoutMs":4000'  # the default of version 0.1

CALL = Step("call")

Results = Mapping[Plan, Samples]


@dataclass(frozen=True)
class Limit:
    """An upper limit."""

    name: str
    found: float
    limit: float


def spaced(
    title: str,
    interval: float,
    calls: int,
    name: str = OURS,
    group: str = "native",
    config: str = "",
) -> Plan:
    """Return a plan of one call, followed by `calls` calls that are `interval` seconds apart."""
    steps = (CALL, *[Step("call", interval)] * calls)
    return Plan(f"{title}, {interval:g} s apart", steps, group, name, config=config)


def connected(interval: float, processes: int = 1) -> Plan:
    """Return a plan of a call on a connection that was opened early."""
    steps = (Step("connect"), Step("call", interval))
    return Plan("first call after client_connect", steps, processes=processes)


def forked(interval: float) -> Plan:
    """Return a plan of a parent with workers that make two calls each, one worker at a time."""
    forks = [Step("connect"), *[Step("fork")] * WORKERS]
    # The pause keeps the last packets of the parent's handshake out of the first worker's count.
    first = [Step(f"{worker} call", 0 if worker else 1) for worker in range(WORKERS)]
    second = [Step(f"{worker} call", 0 if worker else interval) for worker in range(WORKERS)]
    return Plan(f"{WORKERS} forked workers", (*forks, *first, *second))


def later(samples: Samples) -> list[Sample]:
    """Return all calls of a plan except the first of each process."""
    return [sample for process in samples for sample in process[1:]]


def last_round(samples: Samples) -> list[Sample]:
    """Return the last call of each worker."""
    return samples[0][-WORKERS:]


def mean_trips(samples: Sequence[Sample]) -> float:
    """Return the mean of the round trips."""
    return sum(sample.round_trips for sample in samples) / len(samples)


def mean_ms(samples: Sequence[Sample]) -> float:
    """Return the mean of the times."""
    return sum(sample.ms for sample in samples) / len(samples)


def opened(samples: Samples) -> int:
    """Return the maximum number of connections that a process opened."""
    return max(sum(sample.connections for sample in process) for process in samples)


def limits_of_spaced(results: Results, ours: Plan, theirs: Plan) -> list[Limit]:
    """Compare calls with the limits and with libcurl."""
    trips, reference = (mean_trips(later(results[plan])) for plan in (ours, theirs))
    connections, referred = (opened(results[plan]) for plan in (ours, theirs))
    return [
        Limit(f"{ours.title}: round trips per call", trips, MEAN_LIMIT),
        Limit(f"{ours.title}: round trips per call, compared with {THEIRS}", trips, reference),
        Limit(f"{ours.title}: connections, compared with {THEIRS}", connections, referred),
    ]


def limits_of_connected(results: Results, plan: Plan) -> list[Limit]:
    """Check that the call used the connection."""
    trips = max(process[-1].round_trips for process in results[plan])
    return [
        Limit(f"{plan.title}: round trips", trips, WARM),
        Limit(f"{plan.title}: connections", opened(results[plan]), 1),
    ]


def limits_of_forked(results: Results, plan: Plan) -> list[Limit]:
    """Check that each worker opened one connection and used it for both calls."""
    trips = max(sample.round_trips for sample in last_round(results[plan]))
    return [
        Limit(f"{plan.title}: round trips of the second call", trips, WARM),
        Limit(f"{plan.title}: connections with the parent's", opened(results[plan]), WORKERS + 1),
    ]
