"""The machine on which figures were measured."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def machine() -> str:
    """Return one line about it."""
    return f"{_processor()}, {os.cpu_count()} cores, Linux {platform.release()}"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(": ")[2]
    return platform.machine()
