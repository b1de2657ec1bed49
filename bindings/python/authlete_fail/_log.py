"""The library's log, as the logger `authlete_fail` of the module logging."""

from __future__ import annotations

import logging
from typing import Any

from . import _ffi

LOGGER = logging.getLogger("authlete_fail")
LOGGER.addHandler(logging.NullHandler())

# By the numbers of authlete_fail_log_level.
_LEVELS = {1: logging.ERROR, 2: logging.WARNING, 3: logging.INFO, 4: logging.DEBUG}


def _write(_context: object, level: int, line: Any, length: int) -> None:
    LOGGER.log(_LEVELS.get(level, logging.DEBUG), "%s", _ffi.bytes_at(line, length).decode())


# One for all clients, so that none can outlive it. An exception that a handler lets out is reported
# by sys.unraisablehook and goes no further.
WRITE = _ffi.LogFunction(_write)
