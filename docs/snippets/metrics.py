"""Export the statistics of a client to Prometheus."""

import sys
from collections.abc import Iterator

from authlete_fail import Client, Error
from prometheus_client import REGISTRY, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


# [collector]
class Statistics(Collector):
    """Reads the statistics of a client at each scrape."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def collect(self) -> Iterator[Metric]:
        """Return all metrics."""
        stats = self.client.stats()
        connections = stats["connections"]

        calls = CounterMetricFamily("authlete_calls", "Calls.", labels=["status", "outcome"])
        for status, outcomes in stats["calls"].items():
            for outcome, count in outcomes.items():
                calls.add_metric([status, outcome], count)
        yield calls
        yield CounterMetricFamily("authlete_retries", "Retries.", stats["retries"])

        used = CounterMetricFamily("authlete_connections", "Connections.", labels=["kind"])
        used.add_metric(["opened"], connections["opened"])
        used.add_metric(["reused"], connections["reused"])
        yield used
        closed = CounterMetricFamily(
            "authlete_connections_closed", "Closed connections.", labels=["reason"]
        )
        for reason, count in connections["closed"].items():
            closed.add_metric([reason], count)
        yield closed
        open_now = GaugeMetricFamily(
            "authlete_open_connections", "Open connections.", labels=["state"]
        )
        open_now.add_metric(["idle"], connections["idle"])
        open_now.add_metric(["in use"], connections["inUse"])
        yield open_now

        for name, member in [("lookups", "lookups"), ("tls_handshakes", "tlsHandshakes")]:
            family = CounterMetricFamily(f"authlete_{name}", f"{name}.", labels=["result"])
            for result, count in stats[member].items():
                family.add_metric([result], count)
            yield family


# [/collector]

# [register]
client = Client()
REGISTRY.register(Statistics(client))
# [/register]

try:
    client.authorization(ticket=sys.argv[1], reason="DENIED")
except Error as error:
    print(error, file=sys.stderr)
print(generate_latest().decode())  # what a scrape of /metrics returns
