"""The expected files of `make install`, and functions to inspect them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import zlib
from pathlib import Path
from typing import Any, Union

import pytest

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
PREFIX = "/opt/authlete"
OTHER = ROOT / "tests/consumers/two-rusts/other.rs"
"""Another Rust archive, which catches its own panic."""

Argument = Union[str, Path]


def run(*command: Argument, **environment: str) -> str:
    # Without the variables of the make that runs the tests.
    inherited = {k: v for k, v in os.environ.items() if k not in {"MAKEFLAGS", "MAKELEVEL"}}
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**inherited, **environment},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


def make(*arguments: str) -> None:
    run("make", "--no-print-directory", *arguments)


def cargo_version() -> str:
    match = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)
    assert match
    return match.group(1)


VERSION = cargo_version()
PACKAGES = "authlete-fail", "authlete-fail-sandbox"
MAJOR = VERSION.split(".")[0]
CPP_PARTS = [path.stem for path in (ROOT / "bindings/cpp/authlete_fail").glob("*.hpp")]


def files(tree: Path) -> dict[str, str]:
    """Return all files below `tree`, with the targets of symbolic links."""
    return {
        str(path.relative_to(tree)): str(path.readlink()) if path.is_symlink() else ""
        for path in sorted(tree.rglob("*"))
        if path.is_symlink() or not path.is_dir()
    }


def expected(libdir: str = "lib", includedir: str = "include") -> dict[str, str]:
    library = f"{libdir}/libauthlete_fail"
    return {
        "bin/authlete-fail-sandbox": "",
        f"{includedir}/authlete_fail.h": "",
        f"{includedir}/authlete_fail.hpp": "",
        **{f"{includedir}/authlete_fail/{part}.hpp": "" for part in CPP_PARTS},
        f"{libdir}/cmake/authlete_fail/authlete_fail-config-version.cmake": "",
        f"{libdir}/cmake/authlete_fail/authlete_fail-config.cmake": "",
        f"{library}.a": "",
        f"{library}.so": f"libauthlete_fail.so.{MAJOR}",
        f"{library}.so.{MAJOR}": f"libauthlete_fail.so.{VERSION}",
        f"{library}.so.{VERSION}": "",
        f"{libdir}/pkgconfig/authlete-fail.pc": "",
        "share/doc/authlete-fail/LICENSE": "",
        "share/doc/authlete-fail/THIRD-PARTY": "",
        **{f"share/doc/authlete-fail/{package}.cdx.json": "" for package in PACKAGES},
    }


def pkg_config(libdir: Path, *arguments: str, sysroot: Argument = "") -> list[str]:
    environment = {
        "PKG_CONFIG_LIBDIR": f"{libdir}/pkgconfig",
        "PKG_CONFIG_SYSROOT_DIR": str(sysroot),
    }
    return run("pkg-config", *arguments, "authlete-fail", **environment).split()


def functions() -> list[str]:
    header = (ROOT / "include/authlete_fail.h").read_text()
    return sorted(re.findall(r"^(?! *//).*\b(authlete_fail_\w+)\(", header, re.MULTILINE))


def audited(file: Path, tmp_path: Path) -> list[dict[str, Any]]:
    """Return the crates that a library or program lists for audits."""
    section = tmp_path / "section"
    objcopy = os.environ.get("OBJCOPY", "objcopy")
    run(objcopy, f"--dump-section=.dep-v0={section}", file, tmp_path / "unchanged")
    listed: list[dict[str, Any]] = json.loads(zlib.decompress(section.read_bytes()))["packages"]
    return listed


def crates(file: Path, tmp_path: Path) -> set[tuple[str, str]]:
    """Return the name and version of each of these crates."""
    return {(crate["name"], crate["version"]) for crate in audited(file, tmp_path)}


def is_installed(toolchain: str) -> bool:
    result = subprocess.run(["rustc", toolchain, "-V"], capture_output=True, check=False)
    # If AUTHLETE_FAIL_NIGHTLY is set, the tests fail without it.
    return result.returncode == 0 or "AUTHLETE_FAIL_NIGHTLY" in os.environ


NIGHTLY = pytest.mark.skipif(not is_installed("+nightly"), reason="nightly Rust is not installed")
