"""The wheels of the library and of the sandbox in a user's test suite.

AUTHLETE_FAIL_WHEELS is the folder of the wheels; AUTHLETE_FAIL_PYTHONS lists the interpreters.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from installed import crates
from programs import output, run, run_in, with_network

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "bindings/python-sandbox"
README = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
SUITE = ROOT / "docs/snippets/test_suite"
WHEELS = Path(os.environ["AUTHLETE_FAIL_WHEELS"])
PYTHONS = (os.environ.get("AUTHLETE_FAIL_PYTHONS") or sys.executable).split()

ENVIRONMENT = """
from authlete_fail import Client

def test_the_client_is_configured():
    with Client() as client:
        client.connect()
"""


def wheel(name: str) -> Path:
    [path] = WHEELS.glob(f"{name}-[0-9]*.whl")
    return path


def venv(interpreter: str, folder: Path) -> Path:
    """Create a venv with both wheels, offline, and return its programs."""
    output(run(interpreter, "-m", "venv", folder))
    wheels = (wheel("authlete_fail"), wheel("authlete_fail_sandbox"))
    output(run(folder / "bin/pip", "install", *wheels, PIP_NO_INDEX="1"))
    return folder / "bin"


@pytest.fixture(scope="module", params=PYTHONS)
def programs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return venv(request.param, tmp_path_factory.mktemp("venv"))


def test_a_call_without_pytest(programs: Path) -> None:
    program = (
        "from authlete_fail import Client\n"
        "from authlete_fail_sandbox import Sandbox\n"
        "with Sandbox() as sandbox:\n"
        "    service = sandbox.new_service()\n"
        "    with Client(**service.config) as client:\n"
        "        ticket = service.authorization_ticket()\n"
        "        print(client.authorization(ticket=ticket, reason='DENIED').response.status)\n"
    )
    assert output(run(programs / "python", "-c", program)) == "302\n"


def test_the_command(programs: Path) -> None:
    python = programs / "python"
    version = output(run(programs / "authlete-fail-sandbox", "--version"))
    assert version == output(run(python, "-m", "authlete_fail_sandbox", "--version"))
    program = "import authlete_fail_sandbox; print(authlete_fail_sandbox.__version__)"
    assert version == f"authlete-fail-sandbox {output(run(python, '-c', program))}"


@pytest.mark.parametrize("name", ["LICENSE", "THIRD-PARTY"])
def test_it_has_its_licences(programs: Path, name: str) -> None:
    pattern = f"lib/python*/site-packages/authlete_fail_sandbox-*.dist-info/licenses/{name}"
    [licence] = programs.parent.glob(pattern)
    assert licence.read_bytes() == (ROOT / name).read_bytes()


def test_the_program_lists_its_crates(programs: Path, tmp_path: Path) -> None:
    pattern = "lib/python*/site-packages/authlete_fail_sandbox/authlete-fail-sandbox"
    [program] = programs.parent.glob(pattern)
    listed = crates(program, tmp_path)
    assert {"authlete-fail-sandbox", "hyper", "rustls"} <= {name for name, _ in listed}


def test_the_platform_tag_is_that_of_the_library() -> None:
    """Both were built on the same machine, or for the same glibc."""
    expected = os.environ.get("AUTHLETE_FAIL_GLIBC", "").replace(".", "_")
    for name in ["authlete_fail", "authlete_fail_sandbox"]:
        assert re.search(rf"-py3-none-manylinux_{expected or r'2_[0-9]+'}_", wheel(name).name)


def test_a_test_suite_of_a_user(tmp_path: Path) -> None:
    """The snippets of the documentation and of the README, with FastAPI from PyPI."""
    programs = venv(sys.executable, tmp_path / "venv")
    pip = (programs / "pip", "install", "--quiet", "--requirement")
    output(run(*pip, Path(__file__).with_name("suite.txt"), **with_network()))
    suite = shutil.copytree(SUITE, tmp_path / "suite")
    mypy = (sys.executable, "-m", "mypy", "--strict", "--cache-dir", os.devnull)
    output(run_in(suite, *mypy, "--python-executable", programs / "python", "."))
    [example, conftest, program] = README.findall((PACKAGE / "README.md").read_text())
    (suite / "test_readme.py").write_text(example)
    (suite / "test_environment.py").write_text(ENVIRONMENT)
    session = (programs / "python", "-m", "pytest", "-p", "no:cacheprovider")
    assert "16 passed" in output(run_in(suite, *session))
    with (suite / "conftest.py").open("a") as file:
        file.write("\n" + conftest)
    assert "16 passed" in output(run_in(suite, *session))
    output(run(programs / "python", "-c", program))
