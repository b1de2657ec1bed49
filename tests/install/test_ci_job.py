"""The job for C in the CI recipe of the documentation, with a release archive.

No CI service is needed: the test runs the commands of the job.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from installed import ROOT, make

SNIPPETS = ROOT / "docs/snippets"


def test_the_native_job(tmp_path: Path) -> None:
    job = (SNIPPETS / "github.yaml").read_text().partition("  native:")[2]
    for name in ("server_test.c", "with_sandbox.sh"):
        shutil.copy(SNIPPETS / name, tmp_path)
    make("dist")
    target = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
    [archive] = (target / "dist").glob("authlete-fail-*.tar.gz")
    shutil.copy(archive, tmp_path)

    variables = re.findall(r"^ {6}([A-Z_]+): (.+)$", job, re.MULTILINE)
    environment = {"PATH": "/usr/bin:/bin", **dict(variables)}
    steps = re.findall(r"^ +- run: (.+)$", job, re.MULTILINE)
    assert len(steps) == 3
    for step in steps:
        done = subprocess.run(
            ["/bin/bash", "-e", "-c", step],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == "4 tests passed\n"
