"""Adds the sandbox program to the wheel.

The program is the file named by AUTHLETE_FAIL_SANDBOX. If that is not set, cargo builds it from the
repository that contains this directory.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VARIABLE = "AUTHLETE_FAIL_SANDBOX"
PACKAGE = "authlete-fail-sandbox"
NEEDS = (
    "Building the sandbox requires Rust 1.95 or later (https://rustup.rs), a C compiler and the "
    f"repository of authlete-fail. Alternatively, set {VARIABLE} to the absolute path of an "
    f"{PACKAGE} program of the same version"
)


class ProgramHook(BuildHookInterface[Any]):
    """The hook that hatchling calls before it writes a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the program. An editable install has none."""
        if version != "editable":
            program = os.environ.get(VARIABLE) or built(Path(self.root).parents[1])
            build_data["force_include"][program] = f"authlete_fail_sandbox/{PACKAGE}"
            build_data["pure_python"] = False
            # Any Python 3: the program does not use Python. auditwheel adds the glibc version.
            platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data["tag"] = f"py3-none-{platform}"


def built(repository: Path) -> str:
    """Build the program and return its path."""
    cargo = shutil.which("cargo")
    if not cargo:
        sys.exit(f"{PACKAGE}: cargo is not installed. {NEEDS}")
    command = [cargo, "build", "--release", "--package", PACKAGE, "--locked"]
    command += ["--message-format", "json-render-diagnostics"]
    result = subprocess.run(command, cwd=repository, check=False, stdout=subprocess.PIPE, text=True)
    if result.returncode:
        sys.exit(f"{PACKAGE}: cargo failed; see above. {NEEDS}")
    for line in result.stdout.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["target"]["name"] == PACKAGE:
            return str(message["executable"])
    raise RuntimeError(f"{PACKAGE}: cargo did not report the path of the program")
