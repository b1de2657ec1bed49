"""Interrupts Python code at every bytecode, as a signal handler can."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Callable


class Interruption:
    """Whether the code was interrupted."""

    occurred = False


@contextmanager
def at_bytecode(
    files: set[str], number: int, action: Callable[[], object]
) -> Iterator[Interruption]:
    """Run `action` before bytecode `number`, from 0, that the block executes in `files`."""
    interruption = Interruption()
    left = number

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal left
        if Path(frame.f_code.co_filename).name not in files:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            left -= 1
            if left == -1:
                sys.settrace(None)
                interruption.occurred = True
                action()
        return trace

    sys.settrace(trace)
    try:
        yield interruption
    finally:
        sys.settrace(None)
