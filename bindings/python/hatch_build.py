"""Adds the shared library to the wheel, and its Rust sources to the sdist.

The library is the file named by AUTHLETE_FAIL_LIBRARY. If that is not set, cargo builds the library
from the sources in the sdist or from the repository that contains this directory.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VARIABLE = "AUTHLETE_FAIL_LIBRARY"
SOURCES = "rust"
NEEDS = (
    "If no wheel matches the system, the library is built from source, which requires Rust 1.85 "
    f"or later (https://rustup.rs) and a C compiler. Alternatively, set {VARIABLE} to the absolute "
    "path of a libauthlete_fail.so of the same version"
)


class LibraryHook(BuildHookInterface[Any]):
    """The hook that hatchling calls before it writes a wheel or an sdist."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the library or the sources. An editable install gets neither."""
        sources = Path(self.root, SOURCES)
        if self.target_name == "sdist":
            if not sources.exists():
                # The directory is deleted together with this hook.
                self.unpacked = tempfile.TemporaryDirectory()
                sources = packaged(self.repository, Path(self.unpacked.name))
            build_data["force_include"][str(sources)] = SOURCES
        elif version != "editable":
            chosen = os.environ.get(VARIABLE)
            library = chosen or built(sources if sources.exists() else self.repository)
            build_data["force_include"][library] = "authlete_fail/libauthlete_fail.so"
            build_data["pure_python"] = False
            # Any Python 3: the library does not use Python's ABI. auditwheel adds the glibc.
            platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data["tag"] = f"py3-none-{platform}"

    @property
    def repository(self) -> Path:
        """The repository, in which this directory is bindings/python."""
        return Path(self.root).parents[1]


def built(sources: Path) -> str:
    """Build the shared library and return its path."""
    arguments = ["rustc", "--release", "--lib", "--crate-type", "cdylib", "--locked"]
    messages = cargo(sources, *arguments, "--message-format", "json-render-diagnostics")
    for line in messages.splitlines():
        message = json.loads(line)
        if message.get("target", {}).get("name") == "authlete_fail":
            [library] = message["filenames"]
            return str(library)
    raise RuntimeError("authlete-fail: cargo did not report the path of the library")


def packaged(repository: Path, directory: Path) -> Path:
    """Unpack the crate as cargo would publish it, and return its path."""
    cargo(repository, "package", "--no-verify", "--allow-dirty", "--target-dir", str(directory))
    [crate] = directory.glob("package/*.crate")
    shutil.unpack_archive(crate, directory, "gztar")
    return directory / crate.stem


def cargo(directory: Path, *arguments: str) -> str:
    """Run cargo and return its output; errors and progress go to stderr."""
    program = shutil.which("cargo")
    if not program:
        sys.exit(f"authlete-fail: cargo is not installed. {NEEDS}")
    command = [program, *arguments]
    result = subprocess.run(command, cwd=directory, check=False, stdout=subprocess.PIPE, text=True)
    if result.returncode:
        sys.exit(f"authlete-fail: cargo failed; see above. {NEEDS}")
    return result.stdout
