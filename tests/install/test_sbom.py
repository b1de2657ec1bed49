"""The SBOMs list the crates of the binaries, with facts from Cargo.lock, in valid CycloneDX."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from installed import HERE, PACKAGES, ROOT, VERSION, audited, run

pytest_plugins = ("prefixes",)

BINARIES = dict(zip(PACKAGES, ("lib/libauthlete_fail.so", "bin/authlete-fail-sandbox")))


def sbom_file(prefix: Path, package: str) -> Path:
    return prefix / f"share/doc/authlete-fail/{package}.cdx.json"


def is_valid(file: Path) -> bool:
    command = [os.environ["AUTHLETE_FAIL_SBOM_PYTHON"], str(HERE / "valid_sbom.py"), str(file)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def components(prefix: Path, package: str) -> list[dict[str, Any]]:
    sbom = json.loads(sbom_file(prefix, package).read_text())
    return [sbom["metadata"]["component"], *sbom["components"]]


@pytest.mark.parametrize("package", PACKAGES)
def test_schema(prefix: Path, tmp_path: Path, package: str) -> None:
    file = sbom_file(prefix, package)
    assert is_valid(file)
    # The validator also reports errors.
    invalid = tmp_path / "invalid.json"
    for valid, wrong in ('"required"', '"needed"'), ('"SHA-256"', '"SHA"'), ('"name"', '"title"'):
        assert valid in file.read_text()
        invalid.write_text(file.read_text().replace(valid, wrong, 1))
        assert not is_valid(invalid)


@pytest.mark.parametrize("package", PACKAGES)
def test_crates_of_the_binary(prefix: Path, tmp_path: Path, package: str) -> None:
    """Name, version, kind and dependencies agree with the section that audit tools read."""
    crates = audited(prefix / BINARIES[package], tmp_path)
    names = [f"{crate['name']}@{crate['version']}" for crate in crates]
    expected = {
        name: (
            crate.get("kind", "runtime") == "runtime",
            {names[number] for number in crate.get("dependencies", [])},
        )
        for name, crate in zip(names, crates)
    }
    sbom = json.loads(sbom_file(prefix, package).read_text())
    needs = {
        node["ref"]: {ref.removeprefix("pkg:cargo/") for ref in node["dependsOn"]}
        for node in sbom["dependencies"]
    }
    found = {
        f"{one['name']}@{one['version']}": (one["scope"] == "required", needs[one["bom-ref"]])
        for one in components(prefix, package)
    }
    assert found == expected
    root = sbom["metadata"]["component"]
    assert (root["name"], root["version"]) == (package, VERSION)


@pytest.mark.parametrize("package", PACKAGES)
def test_facts_about_crates(prefix: Path, package: str) -> None:
    lock = (ROOT / "Cargo.lock").read_text()
    for one in components(prefix, package):
        name, version = one["name"], one["version"]
        assert one["purl"] == one["bom-ref"] == f"pkg:cargo/{name}@{version}"
        expression = one["licenses"][0]["expression"]
        assert re.fullmatch(r"[\w.()-]+( (AND|OR|WITH) [\w.()-]+)*", expression), name
        if name in PACKAGES:
            assert "hashes" not in one
        else:
            [checksum] = one["hashes"]
            entry = f'name = "{name}"\nversion = "{version}"\nsource = '
            start = lock.index(entry)
            assert f'checksum = "{checksum["content"]}"' in lock[start:].split("\n\n")[0]


def test_the_same_contents_give_the_same_bytes(prefix: Path, tmp_path: Path) -> None:
    """The serial number is that of the contents, so the two SBOMs have different ones."""
    serials = set()
    for package in PACKAGES:
        again = tmp_path / package
        run("python3", ROOT / "bindings/sbom.py", package, again)
        assert again.read_bytes() == sbom_file(prefix, package).read_bytes()
        serials.add(json.loads(again.read_text())["serialNumber"])
    assert len(serials) == len(PACKAGES)
