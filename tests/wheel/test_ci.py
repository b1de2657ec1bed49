"""The CI job for Python in the documentation, with both wheels.

No CI service is needed: the test runs the commands of the file. tests/install/musl.py runs the
containers.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from programs import output, run, run_in, with_network

ROOT = Path(__file__).parents[2]
SNIPPETS = ROOT / "docs/snippets"
WHEELS = Path(os.environ["AUTHLETE_FAIL_WHEELS"])


@pytest.fixture
def venv(tmp_path: Path) -> str:
    """Return a PATH with a new Python in front, as in a runner or an image."""
    output(run(sys.executable, "-m", "venv", tmp_path / "venv"))
    return f"{tmp_path}/venv/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def members(text: str, indent: int) -> dict[str, str]:
    """Return the members of a YAML mapping whose values are plain or quoted scalars."""
    found = re.findall(rf"^ {{{indent}}}([A-Z_]+): (.+)$", text, re.MULTILINE)
    return {name: value.strip("\"'") for name, value in found}


def test_the_job_for_python(venv: str, tmp_path: Path) -> None:
    job = (SNIPPETS / "github.yaml").read_text().partition("  native:")[0]
    repository = shutil.copytree(SNIPPETS / "test_suite", tmp_path / "repository")
    (repository / "wheels").symlink_to(WHEELS)
    shutil.copy(Path(__file__).with_name("suite.txt"), repository / "requirements.txt")
    environment = with_network(PATH=venv, **members(job, 6))
    steps = re.findall(r"^ +- run: (.+)$", job, re.MULTILINE)
    assert len(steps) == 2
    for step in steps:
        printed = output(run_in(repository, "/bin/bash", "-e", "-c", step, **environment))
    assert " passed" in printed
    assert "failed" not in printed
