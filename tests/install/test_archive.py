"""Programs and a plugin that link the static archive work as with the shared library.

The Rust tests compile C programs with the library in AUTHLETE_FAIL_LIBRARY. The linker uses the
archive if no shared library is next to it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import sandbox
from installed import HERE, ROOT, pkg_config, run

pytest_plugins = ("prefixes",)

# The archive cannot be loaded at run time; test_plugin loads a plugin with it.
LOADED = "the_library_is_loaded_and_unloaded_repeatedly"


def passed(library: Path, *arguments: str) -> int:
    """Run Rust tests with `library`, all of which must pass, and return their number."""
    result = subprocess.run(
        ["cargo", "test", "--quiet", "--test", *arguments],
        cwd=ROOT,
        env={**os.environ, "AUTHLETE_FAIL_LIBRARY": str(library)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout
    return sum(map(int, re.findall(r"(\d+) passed", result.stdout)))


@pytest.mark.parametrize(
    ("tests", "minimum"),
    [
        (("faults", "--", "process::", "--skip", LOADED), 10),
        (("faults", "--", "threads::"), 4),
        (("scenarios", "--", "--exact", "c", "cpp"), 2),
    ],
    ids=["processes", "threads", "scenarios"],
)
def test_program(prefix: Path, tmp_path: Path, tests: tuple[str, ...], minimum: int) -> None:
    archive = shutil.copy(prefix / "lib/libauthlete_fail.a", tmp_path)
    assert passed(Path(archive), *tests) >= minimum


def test_plugin(prefix: Path, tmp_path: Path) -> None:
    archive = prefix / "lib/libauthlete_fail.a"
    system = pkg_config(prefix / "lib", "--static", "--libs-only-l")[1:]
    plugin = tmp_path / "plugin.so"
    whole = ["-Wl,--whole-archive", str(archive), "-Wl,--no-whole-archive"]
    run("cc", "-shared", "-o", plugin, *whole, *system)

    program = tmp_path / "program"
    source = HERE / "plugin.c"
    run("cc", "-rdynamic", f"-I{prefix}/include", "-o", program, source, "-ldl", "-lpthread")
    service = {"serviceId": sandbox.SERVICE, "accessToken": sandbox.TOKEN}
    hanging = {**service, "baseUrl": "https://hangs.test", "timeoutMs": 20}
    with sandbox.running(prefix / "bin/authlete-fail-sandbox") as url:
        run(program, plugin, json.dumps({**service, "baseUrl": url}), json.dumps(hanging))
