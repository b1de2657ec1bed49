"""Runs the commands of tests/scenarios.rs through the package and writes the replies.

A command is `<verb> <length>`, a newline, that many bytes and a newline. A reply is a list of
records, each `<name> <length>`, a newline, the bytes and a newline, and then `end`. If the package
cannot express the text of a command, the reply is `skip`. The reply to `shutdown` has no records;
the reply to a successful `client` has only `status`.
`path` and `options` have no records. They set the path and the options of the next call. The reply
to `get` is always `skip`.
The record `error` is the message in `error_json`, because the exception names the keywords of the
options instead of the library's names.

The driver also passes a log callback to the library, which the package does not. For each command,
the lines of the callback and those of the package must be the same.

The text of `shutdown` is empty or the path of a FIFO; with a FIFO, another thread closes the client
when the FIFO is opened for writing.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import json
import logging
import pathlib
import sys
import threading
from datetime import timedelta
from typing import Any, Callable, Optional

from authlete_fail import Client, Error, Reply, Response, Status, _ffi

MAX_FAIL_LEN = 128 * 1024
"""The maximum size of a request to a fail endpoint: of the text, not of the mapping."""
MAX_LEN = 1024 * 1024
"""The maximum size of any other request."""

KEYWORDS = {
    "method": "method",
    "timeoutMs": "timeout_ms",
    "accessToken": "access_token",
    "headers": "headers",
}
"""The keywords for the keys of the options."""

AnyReply = Reply[Optional[Response]]


class Inexpressible(Exception):
    """No mapping is equivalent to the text."""


def parse(text: bytes, max_len: int = MAX_FAIL_LEN) -> dict[str, Any]:
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
    if not isinstance(document, dict) or (len(text) > max_len) != (len(compact) > max_len):
        raise Inexpressible
    return document


def parse_options(text: bytes) -> dict[str, Any]:
    """Return the keywords that are equivalent to `text`."""
    options = parse(text) if text else {}
    # None counts as absent.
    if not set(options) <= set(KEYWORDS) or None in options.values():
        raise Inexpressible
    return {KEYWORDS[key]: value for key, value in options.items()}


def in_options(text: str) -> str:
    """Replace the keywords that `text` quotes with the keys of the options."""
    return text.replace("timeout_ms", "timeoutMs").replace("access_token", "accessToken")


class Lines(logging.Handler):
    """The levels and lines that the package and the library have logged."""

    LEVELS = (logging.ERROR, logging.WARNING, logging.INFO, logging.DEBUG)

    def __init__(self) -> None:
        super().__init__()
        self.of_package: list[tuple[int, str]] = []
        self.of_library: list[tuple[int, str]] = []
        logger = logging.getLogger("authlete_fail")
        logger.setLevel(logging.DEBUG)
        logger.addHandler(self)
        arguments = (ctypes.c_void_p, ctypes.c_int32, ctypes.c_char_p, ctypes.c_size_t)
        self.function = ctypes.CFUNCTYPE(None, *arguments)(self.write)
        callback = ctypes.cast(self.function, ctypes.c_void_p)
        client_new = _ffi.client_new
        _ffi.client_new = lambda text, length, _log, context, *out: client_new(
            text, length, callback, context, *out
        )

    def emit(self, record: logging.LogRecord) -> None:
        """Collect a line of the package. The library does not see calls on a closed client."""
        line = record.getMessage()
        if "the client is closed" not in line:
            self.of_package.append((record.levelno, in_options(line)))

    def write(self, _context: object, level: int, line: bytes, _length: int) -> None:
        """Collect a line of the library."""
        self.of_library.append((self.LEVELS[level - 1], line.decode()))

    def check(self) -> None:
        """Compare the lines, and remove them."""
        assert self.of_package == self.of_library, (self.of_package, self.of_library)
        self.of_package.clear()
        self.of_library.clear()


@dataclasses.dataclass
class Next:
    """The path and the options of the next call."""

    path: str = ""
    options: dict[str, Any] = dataclasses.field(default_factory=dict)


class Driver:
    """Runs commands on one client."""

    def __init__(self) -> None:
        self.client: Optional[Client] = None
        self.closer: Optional[threading.Thread] = None
        self.next = Next()

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

    def run(self, verb: str, text: bytes) -> list[tuple[str, object]]:
        """Run one command and return its records."""
        if verb == "shutdown":
            self.shut_down(text.decode())
        elif verb == "path":
            self.next.path = text.decode()
        elif verb == "options":
            self.next.options = parse_options(text)
        elif verb == "get":
            raise Inexpressible("the package has no JSON Pointers")
        else:
            reply = self.reply_or_error(verb, text)
            self.next = Next()
            return records(reply) if reply else [("status", "OK")]
        return []

    def reply_or_error(self, verb: str, text: bytes) -> Optional[AnyReply]:
        """Make one call and return its reply, also if the package raises it."""
        try:
            reply = self.reply(verb, text)
        except Error as error:
            if error.reply.status is Status.OK or str(error) != error.reply.error:
                raise
            return error.reply
        assert reply is None or reply.status is Status.OK
        return reply

    def reply(self, verb: str, text: bytes) -> Optional[AnyReply]:
        """Make one call and return its reply, or raise the exception of the package."""
        if verb == "client":
            if self.closer:
                self.closer.join()
                self.closer = None
            if self.client:
                self.client.close()
                self.client = None
            self.client = Client({"logLevel": "debug", **parse(text)}) if text else Client()
            return None
        assert self.client
        if verb == "connect":
            return self.client.connect()
        if verb == "call":
            request = parse(text, MAX_LEN) if text else None
            return self.client.call(self.next.path, request, **self.next.options)
        if "method" in self.next.options:
            raise Inexpressible
        call: Callable[..., Reply] = getattr(self.client, verb)
        return call(parse(text), **self.next.options)


def records(reply: AnyReply) -> list[tuple[str, object]]:
    """Return the records of `reply`."""
    headers = reply.response.headers if reply.response else ()
    error = json.loads(reply.error_json)["message"] if reply.error_json else ""
    assert in_options(reply.error) == error
    return [
        ("status", reply.status.name),
        ("outcome", reply.outcome.name),
        ("ticketState", reply.ticket_state.name),
        ("mayRepeat", int(reply.may_repeat)),
        ("durationUs", reply.duration // timedelta(microseconds=1)),
        ("attempts", reply.attempts),
        ("httpStatus", 0 if reply.http_status is None else reply.http_status),
        ("retryAfterMs", -1 if reply.retry_after_ms is None else reply.retry_after_ms),
        ("error", error),
        ("errorJson", reply.error_json),
        ("json", reply.json),
        ("action", reply.action),
        ("resultCode", reply.result_code),
        ("requestId", reply.request_id),
        ("diagnostics", reply.diagnostics_json),
        ("responseStatus", reply.response.status if reply.response else 0),
        *(("header", f"{name}: {value}") for name, value in headers),
        ("responseBody", reply.response.body if reply.response else ""),
    ]


def write(records: list[tuple[str, object]]) -> None:
    """Write `records`, then `end`."""
    for name, value in records:
        content = value if isinstance(value, bytes) else str(value).encode()
        sys.stdout.buffer.write(b"%s %d\n%s\n" % (name.encode(), len(content), content))
    sys.stdout.buffer.write(b"end\n")


def main() -> None:
    """Run commands until end of input."""
    driver, lines = Driver(), Lines()
    while line := sys.stdin.buffer.readline():
        verb, length = line.decode().split()
        text = sys.stdin.buffer.read(int(length))
        assert sys.stdin.buffer.read(1) == b"\n"
        try:
            write(driver.run(verb, text))
            lines.check()
        except Inexpressible:
            driver.next = Next()
            sys.stdout.buffer.write(b"skip\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
