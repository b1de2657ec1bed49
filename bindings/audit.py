"""Embeds the list of crates in a library or program: audit.py PACKAGE FILE.

The section `.dep-v0` is cargo-auditable's (https://docs.rs/auditable-serde), which cargo-audit,
Syft, Trivy and others read. It is added after the build, so it needs neither a second build nor
another tool. `make auditable` compares it with what cargo-auditable itself writes.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple


class Line(NamedTuple):
    """A line of `cargo tree`."""

    depth: int
    crate: tuple[str, str]
    is_local: bool
    is_macro: bool
    license: str
    repository: str


def tree(package: str, edges: str) -> Iterator[Line]:
    """Run `cargo tree` for the build platform."""
    command = ["cargo", "tree", "--locked", "--package", package, "--edges", edges]
    shown = run(*command, "--no-dedupe", "--prefix", "depth", "--format", "{p}\t{l}\t{r}")
    shape = r"^(\d+)(\S+) v(\S+)(.*)\t(.*)\t(.*)$"
    for depth, name, version, rest, *facts in re.findall(shape, shown, re.MULTILINE):
        yield Line(int(depth), (name, version), "(/" in rest, "(proc-macro)" in rest, *facts)


def runtime(package: str) -> set[tuple[str, str]]:
    """Return the linked crates, without procedural macros and their own dependencies."""
    crates, macro_depth = set(), sys.maxsize
    for line in tree(package, "normal"):
        if line.depth <= macro_depth:
            macro_depth = line.depth if line.is_macro else sys.maxsize
        if line.depth < macro_depth:
            crates.add(line.crate)
    return crates


def packages(package: str) -> dict[str, Any]:
    """Return the data that cargo-auditable would write, in its format 1."""
    lines = list(tree(package, "normal,build"))
    linked = runtime(package)
    local = {line.crate for line in lines if line.is_local}
    crates = sorted({line.crate for line in lines})
    dependencies: dict[tuple[str, str], set[int]] = {crate: set() for crate in crates}
    above: list[tuple[str, str]] = []
    for line in lines:
        del above[line.depth :]
        if above:
            dependencies[above[-1]].add(crates.index(line.crate))
        above.append(line.crate)
    entries = []
    for name, version in crates:
        crate = (name, version)
        entry: dict[str, Any] = {"name": name, "version": version}
        entry["source"] = "local" if crate in local else "crates.io"
        if crate not in linked:
            entry["kind"] = "build"
        if dependencies[crate]:
            entry["dependencies"] = sorted(dependencies[crate])
        if crate == lines[0].crate:
            entry["root"] = True
        entries.append(entry)
    return {"packages": entries, "format": 1}


def run(*command: str) -> str:
    """Run a program and return its output."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def main(package: str, file: str) -> None:
    """Add the section, or replace it."""
    text = json.dumps(packages(package), separators=(",", ":"))
    with tempfile.NamedTemporaryFile() as section:
        section.write(zlib.compress(text.encode(), 9))
        section.flush()
        objcopy = os.environ.get("OBJCOPY", "objcopy")
        run(objcopy, "--remove-section=.dep-v0", f"--add-section=.dep-v0={section.name}", file)


if __name__ == "__main__":
    main(*sys.argv[1:])
