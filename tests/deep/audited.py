"""Compares the lists of crates in two libraries, as cargo-audit sees them: audited.py OURS THEIRS."""

import json
import subprocess
import sys


def crates(library: str) -> dict[tuple[str, str], object]:
    """Each crate, and what is said of it, but for the numbers of others."""
    shown = subprocess.run(["rust-audit-info", library], check=True, stdout=subprocess.PIPE).stdout
    packages = json.loads(shown)["packages"]
    names = [package["name"] for package in packages]
    for package in packages:
        package["dependencies"] = sorted(names[i] for i in package.get("dependencies", []))
    return {(package["name"], package["version"]): package for package in packages}


ours, theirs = map(crates, sys.argv[1:])
for crate in sorted(ours.keys() | theirs.keys()):
    if ours.get(crate) != theirs.get(crate):
        print(f"{crate}\n  ours:   {ours.get(crate)}\n  theirs: {theirs.get(crate)}")
assert {"authlete-fail", "ureq", "rustls", "ring"} <= {name for name, _ in ours}, ours
assert ours == theirs
print(f"{len(ours)} crates are listed in the library")
