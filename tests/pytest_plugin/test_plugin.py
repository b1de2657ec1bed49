"""The plugin in a test session."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SUITE = """
import pytest

@pytest.mark.parametrize("number", range(8))
def test_a_new_service(authlete_sandbox, authlete_sandbox_process, number):
    assert authlete_sandbox.requests() == []
    authlete_sandbox.authorization_ticket()
    with open(f"pid-{authlete_sandbox_process._process.pid}", "a") as file:
        file.write(authlete_sandbox.service_id + "\\n")
"""


def services(folder: Path, *options: str) -> list[list[str]]:
    """Run the test suite; return the services of each sandbox process."""
    (folder / "test_suite.py").write_text(SUITE)
    command = [sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider", *options]
    result = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "8 passed" in result.stdout
    return [path.read_text().split() for path in folder.glob("pid-*")]


def test_a_session_has_one_process(tmp_path: Path) -> None:
    [ids] = services(tmp_path)
    assert len(set(ids)) == 8


def test_each_xdist_worker_has_one_process(tmp_path: Path) -> None:
    processes = services(tmp_path, "--numprocesses=2")
    assert len(processes) == 2
    assert sum(len(ids) for ids in processes) == 8


def test_the_options_can_be_changed(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "import pytest\n"
        "from authlete_fail_sandbox import Sandbox\n"
        "@pytest.fixture(scope='session')\n"
        "def authlete_sandbox_process():\n"
        "    with Sandbox(tls=True) as sandbox:\n"
        "        assert sandbox.base_url.startswith('https:')\n"
        "        yield sandbox\n"
    )
    assert services(tmp_path)
