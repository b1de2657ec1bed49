"""Programs that link the static archive, and a plugin that contains it, work as with the `.so`.

The tests are Rust's own: they compile C programs with the library that AUTHLETE_FAIL_LIBRARY names,
and the linker takes an archive where no shared library lies next to it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from installed import ROOT, pkg_config, run

LOADED = "process::the_library_is_loaded_and_unloaded_time_and_again"


def passed(library: Path, *arguments: str) -> int:
    """Run Rust tests with `library`, which all must pass, and return how many did."""
    done = subprocess.run(
        ["cargo", "test", "--quiet", "--test", *arguments],
        cwd=ROOT,
        env={**os.environ, "AUTHLETE_FAIL_LIBRARY": str(library)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return sum(map(int, re.findall(r"(\d+) passed", done.stdout)))


@pytest.mark.parametrize(
    ("rows", "least"),
    [
        (("faults", "--", "process::", "--skip", LOADED), 10),
        (("faults", "--", "threads::"), 4),
        (("scenarios", "--", "--exact", "c", "cpp"), 2),
    ],
    ids=["processes", "threads", "scenarios"],
)
def test_program(prefix: Path, tmp_path: Path, rows: tuple[str, ...], least: int) -> None:
    archive = shutil.copy(prefix / "lib/libauthlete_fail.a", tmp_path)
    assert passed(Path(archive), *rows) >= least


def test_plugin(prefix: Path, tmp_path: Path) -> None:
    """Loaded and unloaded 50 times, also while its lookup thread hangs."""
    archive = prefix / "lib/libauthlete_fail.a"
    system = pkg_config(prefix / "lib", "--static", "--libs-only-l")[1:]
    plugin = tmp_path / "libauthlete_fail.so"
    whole = ["-Wl,--whole-archive", str(archive), "-Wl,--no-whole-archive"]
    run("cc", "-shared", "-o", plugin, *whole, *system)
    assert "NODELETE" not in run("readelf", "-d", plugin)
    assert passed(plugin, "faults", "--", "--exact", LOADED) == 1
