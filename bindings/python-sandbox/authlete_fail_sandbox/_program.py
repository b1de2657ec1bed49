"""Finds the sandbox program, and replaces the current process with it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

VARIABLE = "AUTHLETE_FAIL_SANDBOX"


def path() -> str:
    """Return the path of the program: the one that the variable names, or the one in the wheel."""
    return os.environ.get(VARIABLE) or str(Path(__file__).with_name("authlete-fail-sandbox"))


def start_error(program: str, error: OSError) -> str:
    """Return the message for a program that cannot be run."""
    return (
        f"cannot run {program}: {error.strerror}; install a wheel for this platform, or set "
        f"{VARIABLE} to the path of an authlete-fail-sandbox program"
    )


def main() -> NoReturn:
    """Run the sandbox with the arguments of this process."""
    program = path()
    try:
        os.execv(program, [program, *sys.argv[1:]])  # noqa: S606
    except OSError as error:
        sys.exit(f"authlete-fail-sandbox: {start_error(program, error)}")
