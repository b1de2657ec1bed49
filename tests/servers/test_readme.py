"""The commands in the README of the examples."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from programs import EXAMPLES, TEST_TIMEOUT


def test_a_login_with_curl(url: str, tmp_path: Path) -> None:
    readme = (EXAMPLES / "README.md").read_text()
    [commands] = re.findall(r"```sh\n(visit.*?)```", readme, re.DOTALL)
    assert "http://127.0.0.1:8080/" in commands
    result = subprocess.run(
        ["/bin/sh", "-eu", "-c", commands.replace("http://127.0.0.1:8080", url)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=TEST_TIMEOUT,
        check=True,
    )
    assert '"access_token":' in result.stdout
