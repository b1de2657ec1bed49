"""Runs programs in a known environment."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def run(*command: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program with only the given environment."""
    return run_in(Path("/"), *command, **environment)


def run_in(folder: Path, *command: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a folder with only the given environment."""
    return subprocess.run(
        [str(part) for part in command],
        env={"PATH": "/nowhere", **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def output(result: subprocess.CompletedProcess[str]) -> str:
    """Return the standard output of a program that succeeded."""
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def with_network(**changes: str) -> dict[str, str]:
    """Return the environment of the tests without variables that affect a build."""
    removed = ("AUTHLETE_", "CARGO_TARGET_DIR", "PYTHON")
    return {name: os.environ[name] for name in os.environ if not name.startswith(removed)} | changes
