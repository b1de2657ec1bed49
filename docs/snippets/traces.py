"""Trace and measure calls with OpenTelemetry."""

import sys

# [traces]
from collections.abc import Mapping
from typing import Any, Optional, Union

from authlete_fail import Client, Error, Reply, Response, Status
from opentelemetry import metrics, propagate, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor

# In a server, set these up with your exporter, such as OTLP.
trace.set_tracer_provider(TracerProvider())
trace.get_tracer_provider().add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter()))
metrics.set_meter_provider(MeterProvider([PeriodicExportingMetricReader(ConsoleMetricExporter())]))

client = Client()
tracer = trace.get_tracer(__name__)
duration = metrics.get_meter(__name__).create_histogram(
    "http.client.request.duration",
    unit="s",
    description="Duration of HTTP client requests.",
    explicit_bucket_boundaries_advisory=[
        *(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
    ],
)


def call(path: str, request: Mapping[str, Any]) -> Reply[Optional[Response]]:
    """Make a call in a client span. Authlete gets the span's `traceparent`."""
    with tracer.start_as_current_span("POST", kind=trace.SpanKind.CLIENT) as span:
        headers: dict[str, str] = {}
        propagate.inject(headers)
        try:
            reply = client.call(path, request, headers=headers)
        except Error as error:  # the span records the exception
            record(span, error.reply)
            raise
        record(span, reply)
        return reply


def record(span: trace.Span, reply: Reply[Optional[Response]]) -> None:
    """Set the attributes of the HTTP semantic conventions."""
    diagnostics = reply.diagnostics
    method, attempts = diagnostics["method"], diagnostics["attempts"]
    if method is None or not attempts:
        return  # nothing was sent
    attributes: dict[str, Union[str, int]] = {
        "http.request.method": method,
        "server.address": diagnostics["serverAddress"],
        "server.port": diagnostics["serverPort"],
    }
    if reply.http_status:
        attributes["http.response.status_code"] = reply.http_status
    if reply.status != Status.OK:
        is_http = reply.status == Status.HTTP
        attributes["error.type"] = str(reply.http_status) if is_http else reply.status.name
    duration.record(diagnostics["durationUs"] / 1_000_000, attributes)

    span.update_name(f"{method} {diagnostics['endpoint']}")
    span.set_attributes(attributes)
    span.set_attribute("url.template", diagnostics["endpoint"])
    if len(attempts) > 1:
        span.set_attribute("http.request.resend_count", len(attempts) - 1)
    peer_address, peer_port = attempts[-1]["peerAddress"], attempts[-1]["peerPort"]
    if peer_address is not None and peer_port is not None:
        span.set_attribute("network.peer.address", peer_address)
        span.set_attribute("network.peer.port", peer_port)


# [/traces]

call("/auth/authorization/fail", {"ticket": sys.argv[1], "reason": "DENIED"})
