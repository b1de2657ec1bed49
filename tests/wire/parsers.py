"""Reads raw HTTP requests with strict parsers: h11, and Node.js's llhttp through httptools.

in    parse <length>, a line end, so many bytes, a line end
out   h11 <length>, a line end, the request as JSON, a line end; llhttp the same; then: end
"""

from __future__ import annotations

import json
import sys

import h11
import httptools

Request = dict[str, str | list[tuple[str, str]]]


def by_h11(raw: bytes) -> Request:
    """Parse exactly one request."""
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(raw)
    request = connection.next_event()
    if not isinstance(request, h11.Request):
        raise ValueError(f"no request, but {request!r}")
    body = b""
    while isinstance(event := connection.next_event(), h11.Data):
        body += event.data
    if not isinstance(event, h11.EndOfMessage) or event.headers:
        raise ValueError(f"no end, but {event!r}")
    if connection.trailing_data[0]:
        raise ValueError("bytes after the request")
    return {
        "method": request.method.decode("ascii"),
        "target": request.target.decode("ascii"),
        "version": request.http_version.decode("ascii"),
        "headers": [(n.decode("ascii"), v.decode("ascii")) for n, v in request.headers.raw_items()],
        "body": body.decode(),
    }


class Events:
    """What llhttp reports."""

    def __init__(self) -> None:
        self.target = b""
        self.headers: list[tuple[str, str]] = []
        self.body = b""
        self.complete = 0

    def on_url(self, url: bytes) -> None:
        """Add to the target."""
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header."""
        self.headers.append((name.decode("ascii"), value.decode("ascii")))

    def on_body(self, body: bytes) -> None:
        """Add to the body."""
        self.body += body

    def on_message_complete(self) -> None:
        """Count the requests."""
        self.complete += 1


def by_llhttp(raw: bytes) -> Request:
    """Parse exactly one request."""
    events = Events()
    parser = httptools.HttpRequestParser(events)
    try:
        parser.feed_data(raw)
    except httptools.HttpParserUpgrade as upgrade:  # after CONNECT
        if upgrade.args[0] != len(raw):
            raise ValueError("bytes after the request") from None
    if events.complete != 1:
        raise ValueError(f"{events.complete} requests")
    return {
        "method": parser.get_method().decode("ascii"),
        "target": events.target.decode("ascii"),
        "version": parser.get_http_version(),
        "headers": events.headers,
        "body": events.body.decode(),
    }


def main() -> None:
    """Serve commands until the input ends."""
    while line := sys.stdin.buffer.readline():
        raw = sys.stdin.buffer.read(int(line.split()[1]) + 1)[:-1]
        for name, parse in (("h11", by_h11), ("llhttp", by_llhttp)):
            result: object
            try:
                result = parse(raw)
            except Exception as error:
                result = {"error": repr(error)}
            text = json.dumps(result).encode()
            sys.stdout.buffer.write(b"%s %d\n%s\n" % (name.encode(), len(text), text))
        sys.stdout.buffer.write(b"end\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
