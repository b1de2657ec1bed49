"""Runs the commands of tests/scenarios.rs through the package and writes the replies.

A command is `<verb> <length>`, a newline, that many bytes and a newline. A reply is a list of
records, each `<name> <length>`, a newline, the bytes and a newline, and then `end`. If the package
cannot express the text of a command, the reply is `skip`. The reply to `shutdown` has no records.
The text of `shutdown` is empty or the path of a FIFO; with a FIFO, another thread closes the client
when the FIFO is opened for writing.
"""

from __future__ import annotations

import contextlib
import json
import pathlib
import sys
import threading
from dataclasses import replace
from typing import Any, Optional

from authlete_fail import Client, Error, Outcome, Reply, Response, Status, TicketState

MAX_LEN = 128 * 1024
"""The maximum size of a request. It applies to the text, not to the mapping."""

SERVER_ERROR = Response(
    status=500,
    headers=(
        ("Content-Type", "application/json"),
        ("Cache-Control", "no-store"),
        ("Pragma", "no-cache"),
    ),
    body=b'{"error":"server_error"}',
)
# Creating a client returns no reply in Python.
CREATED = Reply(
    status=Status.OK,
    outcome=Outcome.NO_API_RESPONSE,
    ticket_state=TicketState.NONE,
    attempts=0,
    http_status=None,
    retry_after_ms=None,
    error="",
    error_json="",
    json="",
    action="",
    result_code="",
    request_id="",
    response=SERVER_ERROR,
)


class Inexpressible(Exception):
    """No mapping has the meaning of the text."""


def parse(text: bytes) -> dict[str, Any]:
    """Return the mapping with the meaning that `text` has to the library."""

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

    def run(self, verb: str, text: bytes) -> Reply:
        """Run one command and return its reply, also if the package raises it."""
        try:
            reply = self.reply(verb, text)
        except Error as raised:
            error = raised
        else:
            assert reply.status is Status.OK
            return reply
        assert error.reply.status is not Status.OK
        assert str(error) == error.reply.error
        return error.reply

    def reply(self, verb: str, text: bytes) -> Reply:
        """Run one command and return its reply, or raise the exception of the package."""
        if verb == "client":
            if self.closer:
                self.closer.join()
                self.closer = None
            if self.client:
                self.client.close()
                self.client = None
            self.client = Client(parse(text)) if text else Client()
            return CREATED
        assert self.client
        call = getattr(self.client, verb)
        reply = call(parse(text))
        assert isinstance(reply, Reply)
        return reply


def write(reply: Reply) -> None:
    """Write the records of `reply`."""
    if reply.http_status is None:
        reply = replace(reply, http_status=0)
    if reply.retry_after_ms is None:
        reply = replace(reply, retry_after_ms=-1)
    records: list[tuple[str, object]] = [
        ("status", reply.status.name),
        ("outcome", reply.outcome.name),
        ("ticketState", reply.ticket_state.name),
        ("attempts", reply.attempts),
        ("httpStatus", reply.http_status),
        ("retryAfterMs", reply.retry_after_ms),
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
    write_records(records)


def write_records(records: list[tuple[str, object]]) -> None:
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
                write_records([])
            else:
                write(driver.run(verb, text))
        except Inexpressible:
            sys.stdout.buffer.write(b"skip\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
