"""Writes the software bill of materials of a library or program: sbom.py PACKAGE FILE.

The format is CycloneDX 1.6 (https://cyclonedx.org). The SBOM lists the crates that audit.py adds to
the binary; a crate that only the build uses has the scope `excluded`. It contains no timestamp, and
its serial number is derived from its contents, so the same Cargo.lock always gives the same bytes.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from pathlib import Path
from typing import Any

from audit import packages, tree

LOCK = Path(__file__).parents[1] / "Cargo.lock"
TYPES = {"authlete-fail": "library", "authlete-fail-sandbox": "application"}
SCHEMA = "http://cyclonedx.org/schema/bom-1.6.schema.json"


def checksums() -> dict[tuple[str, str], str]:
    """Return the SHA-256 sums of the crates from crates.io, which Cargo verifies."""
    entry = r'^name = "(.+)"\nversion = "(.+)"\nsource = ".+"\nchecksum = "(.+)"$'
    found = re.findall(entry, LOCK.read_text(), re.MULTILINE)
    return {(name, version): checksum for name, version, checksum in found}


def sbom(package: str) -> dict[str, Any]:
    """Return the SBOM of a crate of the workspace."""
    lines = {line.crate: line for line in tree(package, "normal,build")}
    sums = checksums()
    entries = packages(package)["packages"]
    references = [f"pkg:cargo/{entry['name']}@{entry['version']}" for entry in entries]
    described, dependencies = [], []
    for entry, purl in zip(entries, references):
        line = lines[entry["name"], entry["version"]]
        one: dict[str, Any] = {"type": "library", "bom-ref": purl, "name": entry["name"]}
        one["version"] = entry["version"]
        one["scope"] = "excluded" if entry.get("kind") == "build" else "required"
        if line.crate in sums:
            one["hashes"] = [{"alg": "SHA-256", "content": sums[line.crate]}]
        one["licenses"] = [{"expression": line.license}]
        one["purl"] = purl
        if line.repository:
            one["externalReferences"] = [{"type": "vcs", "url": line.repository}]
        described.append(one)
        needed = [references[number] for number in entry.get("dependencies", [])]
        dependencies.append({"ref": purl, "dependsOn": needed})
    [root] = (number for number, entry in enumerate(entries) if entry.get("root"))
    described[root]["type"] = TYPES[package]
    contents = {
        "version": 1,
        "metadata": {"component": described.pop(root)},
        "components": described,
        "dependencies": dependencies,
    }
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(contents))
    head = {"$schema": SCHEMA, "bomFormat": "CycloneDX", "specVersion": "1.6"}
    return {**head, "serialNumber": serial.urn, **contents}


def main(package: str, file: str) -> None:
    """Write the SBOM."""
    Path(file).write_text(json.dumps(sbom(package), indent=2) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
