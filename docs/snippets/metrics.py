"""Export the statistics of a client to Prometheus."""

import sys

# [collector]
from collections.abc import Iterator, Mapping
from typing import Any, Union

from authlete_fail import AsyncClient, Client, Error
from prometheus_client import REGISTRY, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class Statistics(Collector):
    """Reads the statistics of a client at each scrape."""

    def __init__(self, client: Union[Client, AsyncClient]) -> None:
        self.client = client

    def collect(self) -> Iterator[Metric]:
        """Return all metrics."""
        stats = self.client.stats()
        connections = stats["connections"]
        used = {"new": connections["opened"], "reused": connections["reused"]}
        now = {"idle": connections["idle"], "inUse": connections["inUse"]}
        closed = connections["closed"]
        tls = stats["tlsHandshakes"]

        calls = CounterMetricFamily(
            "authlete_calls", "Calls to Authlete.", labels=["status", "outcome"]
        )
        for status, outcomes in stats["calls"].items():
            for outcome, count in outcomes.items():
                calls.add_metric([status, outcome], count)
        yield calls
        yield CounterMetricFamily("authlete_retries", "Attempts after the first.", stats["retries"])
        yield counter("authlete_connections", "Connections used.", "kind", used)
        yield counter("authlete_connections_closed", "Closed connections.", "reason", closed)
        yield counter("authlete_lookups", "DNS lookups.", "result", stats["lookups"])
        yield counter("authlete_tls_handshakes", "TLS handshakes.", "kind", tls)

        gauge = GaugeMetricFamily("authlete_pool", "Open connections.", labels=["state"])
        for state, count in now.items():
            gauge.add_metric([state], count)
        yield gauge


def counter(name: str, text: str, label: str, counts: Mapping[str, Any]) -> CounterMetricFamily:
    """Return a counter with one label."""
    family = CounterMetricFamily(name, text, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family


# [/collector]

# [register]
client = Client()
REGISTRY.register(Statistics(client))
# [/register]

if __name__ == "__main__":
    try:
        client.authorization(ticket=sys.argv[1], reason="DENIED")
    except Error as error:
        print(error, file=sys.stderr)
    print(generate_latest().decode())  # the response to a scrape
