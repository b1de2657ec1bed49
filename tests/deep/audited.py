"""Compares the lists of crates in two libraries, as cargo-audit sees them: audited.py OURS THEIRS.

THEIRS also lists dependencies that only other members of the workspace have: cargo-auditable uses
`cargo metadata`.
"""

import json
import subprocess
import sys


def crates(library: str) -> dict[str, tuple[str, str, str, set[str]]]:
    """Version, source, kind, and the crates that it needs, of each crate."""
    shown = subprocess.run(["rust-audit-info", library], check=True, stdout=subprocess.PIPE).stdout
    packages = json.loads(shown)["packages"]
    return {
        package["name"]: (
            package["version"],
            package["source"],
            package.get("kind", "runtime"),
            {packages[i]["name"] for i in package.get("dependencies", [])},
        )
        for package in packages
    }


ours, theirs = map(crates, sys.argv[1:])
assert ours.keys() == theirs.keys(), ours.keys() ^ theirs.keys()
for name, (*facts, needs) in ours.items():
    (*expected, possible) = theirs[name]
    assert facts == expected, (name, facts, expected)
    assert needs <= possible, (name, needs, possible)
assert {"authlete-fail", "ureq", "rustls", "ring"} <= ours.keys()
print(f"{len(ours)} crates are listed in the library")
