"""Checks the list of crates that the shipped library carries, on stdin, against Cargo.lock."""

import json
import pathlib
import re
import sys

LOCK = pathlib.Path(__file__).parent.parent.parent / "Cargo.lock"
PACKAGE = re.compile(r'\[\[package\]\]\nname = "(.+)"\nversion = "(.+)"')

carried = {(package["name"], package["version"]) for package in json.load(sys.stdin)["packages"]}
locked = set(PACKAGE.findall(LOCK.read_text()))
names = {name for name, _ in carried}
assert {"authlete-fail", "ureq", "rustls", "ring"} <= names, names
assert carried <= locked, carried - locked
assert "authlete-fail-sandbox" not in names, "the tests are no part of the library"
print(f"{len(carried)} crates are named in the library")
