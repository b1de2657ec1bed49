"""Puts the shared library into the wheel, and its Rust sources into the sdist.

The library is the file that AUTHLETE_FAIL_LIBRARY names; else cargo builds it, from the sources in
the sdist or from the repository around this directory.
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
    "Where no wheel fits the system, the library is built, which needs Rust 1.85 or later "
    f"(https://rustup.rs) and a C compiler; or set {VARIABLE} to the absolute path of a "
    "libauthlete_fail.so of the same version"
)


class LibraryHook(BuildHookInterface[Any]):
    """What hatchling calls before it writes a wheel or an sdist."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add to what is written; nothing to an editable install."""
        sources = Path(self.root, SOURCES)
        if self.target_name == "sdist":
            if not sources.exists():
                # Deleted with this hook.
                self.unpacked = tempfile.TemporaryDirectory()
                sources = packaged(self.repository, Path(self.unpacked.name))
            build_data["force_include"][str(sources)] = SOURCES
        elif version != "editable":
            chosen = os.environ.get(VARIABLE)
            library = chosen or built(sources if sources.exists() else self.repository)
            build_data["force_include"][library] = "authlete_fail/libauthlete_fail.so"
            build_data["pure_python"] = False
            # For every Python 3: the library knows nothing of Python. auditwheel puts the glibc in.
            platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data["tag"] = f"py3-none-{platform}"

    @property
    def repository(self) -> Path:
        """Where this directory is bindings/python."""
        return Path(self.root).parents[1]


def built(sources: Path) -> str:
    """Build the shared library, and return where it is."""
    arguments = ["rustc", "--release", "--lib", "--crate-type", "cdylib", "--locked"]
    messages = cargo(sources, *arguments, "--message-format", "json-render-diagnostics")
    for line in messages.splitlines():
        message = json.loads(line)
        if message.get("target", {}).get("name") == "authlete_fail":
            [library] = message["filenames"]
            return str(library)
    raise RuntimeError("authlete-fail: cargo does not say where the library is")


def packaged(repository: Path, directory: Path) -> Path:
    """Unpack what cargo would publish, which builds by itself, and return where it is."""
    cargo(repository, "package", "--no-verify", "--allow-dirty", "--target-dir", str(directory))
    [crate] = directory.glob("package/*.crate")
    shutil.unpack_archive(crate, directory, "gztar")
    return directory / crate.stem


def cargo(directory: Path, *arguments: str) -> str:
    """Run cargo, and return what it prints; its errors and progress go to stderr."""
    program = shutil.which("cargo")
    if not program:
        sys.exit(f"authlete-fail: there is no cargo. {NEEDS}")
    command = [program, *arguments]
    result = subprocess.run(command, cwd=directory, check=False, stdout=subprocess.PIPE, text=True)
    if result.returncode:
        sys.exit(f"authlete-fail: cargo has failed, see above. {NEEDS}")
    return result.stdout
