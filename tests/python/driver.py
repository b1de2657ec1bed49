"""Runs the commands of tests/scenarios.rs through the package and writes the replies.

A command is `<verb> <length>`, a newline, that many bytes and a newline. A reply is a list of
records, each `<name> <length>`, a newline, the bytes and a newline, and then `end`. If the package
cannot express the text of a command, the reply is `skip`. The reply to `shutdown` has no records;
the reply to a successful `client` has only `status`.
The text of `shutdown` is empty or the path of a FIFO; with a FIFO, another thread closes the client
when the FIFO is opened for writing.
"""

from __future__ import annotations

import contextlib
import json
import pathlib
import sys
import threading
from typing import Any, Optional

from authlete_fail import Client, Error, Reply, Status

MAX_LEN = 128 * 1024
"""The maximum size of a request. It applies to the text, not to the mapping."""


class Inexpressible(Exception):
    """No mapping is equivalent to the text."""


def parse(text: bytes) -> dict[str, Any]:
    """Return the mapping that is equivalent to `text` for the library."""

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        document = dict(pairs)
        if len(document) < len(pairs):
            raise Inexpressible("a duplicate member")
        return document

    def integer(digits: str) -> int:
        if str(int(digits)) != digits:
            raise Inexpressible("-0")
        return int(digits)

    def constant(name: str) -> None:
        raise Inexpressible(name)

    try:
        document = json.loads(
            text.decode(),
            object_pairs_hook=members,
            parse_int=integer,
            parse_constant=constant,
        )
        compact = json.dumps(document, allow_nan=False, separators=(",", ":"))
    except (ValueError, RecursionError) as error:
        raise Inexpressible from error
    if not isinstance(document, dict) or (len(text) > MAX_LEN) != (len(compact) > MAX_LEN):
        raise Inexpressible
    return document


class Driver:
    """Runs commands on one client."""

    def __init__(self) -> None:
        self.client: Optional[Client] = None
        self.closer: Optional[threading.Thread] = None

    def shut_down(self, fifo: str) -> None:
        """Close the client, now or when `fifo` is opened for writing."""
        assert self.client
        if fifo:
            self.closer = threading.Thread(target=self.wait_and_close, args=(fifo,))
            self.closer.start()
        else:
            self.client.close()

    def wait_and_close(self, fifo: str) -> None:
        """Close the client when `fifo` is opened for writing."""
        assert self.client
        with contextlib.suppress(FileNotFoundError), pathlib.Path(fifo).open("rb"):
            self.client.close()

    def run(self, verb: str, text: bytes) -> Optional[Reply]:
        """Run one command and return its reply, also if the package raises it."""
        try:
            reply = self.reply(verb, text)
        except Error as error:
            if error.reply.status is Status.OK or str(error) != error.reply.error:
                raise
            return error.reply
        assert reply is None or reply.status is Status.OK
        return reply

    def reply(self, verb: str, text: bytes) -> Optional[Reply]:
        """Run one command and return its reply, or raise the exception of the package."""
        if verb == "client":
            if self.closer:
                self.closer.join()
                self.closer = None
            if self.client:
                self.client.close()
                self.client = None
            self.client = Client(parse(text)) if text else Client()
            return None
        arguments = [] if verb == "connect" else [parse(text)]
        reply = getattr(self.client, verb)(*arguments)
        assert isinstance(reply, Reply)
        return reply


def records(reply: Reply) -> list[tuple[str, object]]:
    """Return the records of `reply`."""
    return [
        ("status", reply.status.name),
        ("outcome", reply.outcome.name),
        ("ticketState", reply.ticket_state.name),
        ("attempts", reply.attempts),
        ("httpStatus", 0 if reply.http_status is None else reply.http_status),
        ("retryAfterMs", -1 if reply.retry_after_ms is None else reply.retry_after_ms),
        ("error", reply.error),
        ("errorJson", reply.error_json),
        ("json", reply.json),
        ("action", reply.action),
        ("resultCode", reply.result_code),
        ("requestId", reply.request_id),
        ("responseStatus", reply.response.status),
        *(("header", f"{name}: {value}") for name, value in reply.response.headers),
        ("responseBody", reply.response.body),
    ]


def write(records: list[tuple[str, object]]) -> None:
    """Write `records`, then `end`."""
    for name, value in records:
        content = value if isinstance(value, bytes) else str(value).encode()
        sys.stdout.buffer.write(b"%s %d\n%s\n" % (name.encode(), len(content), content))
    sys.stdout.buffer.write(b"end\n")


def main() -> None:
    """Run commands until end of input."""
    driver = Driver()
    while line := sys.stdin.buffer.readline():
        verb, length = line.decode().split()
        text = sys.stdin.buffer.read(int(length))
        assert sys.stdin.buffer.read(1) == b"\n"
        try:
            if verb == "shutdown":
                driver.shut_down(text.decode())
                write([])
            else:
                reply = driver.run(verb, text)
                write(records(reply) if reply else [("status", "OK")])
        except Inexpressible:
            sys.stdout.buffer.write(b"skip\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
