"""The CI job for Python and the containers in the documentation, with both wheels.

No CI service and no container engine is needed: the tests run the commands of the files.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
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


def test_the_containers(venv: str, tmp_path: Path) -> None:
    """The instructions of the image, then the server's environment; paths are below tmp_path."""
    context = tmp_path / "context"
    context.mkdir()
    (context / "wheels").symlink_to(WHEELS)
    image = (SNIPPETS / "sandbox.Containerfile").read_text()
    compose = (SNIPPETS / "compose.yaml").read_text()

    def below(text: str) -> str:
        folders = {"/wheels": context / "wheels", "/certificates": tmp_path / "certificates"}
        for folder, actual in folders.items():
            text = text.replace(folder, str(actual))
        return text.replace("--owner nobody", "")

    for instruction in re.findall(r"^RUN (.+)$", image, re.MULTILINE):
        environment = with_network(PATH=venv)
        output(run_in(context, "/bin/sh", "-e", "-c", below(instruction), **environment))

    [entry] = re.findall(r"^ENTRYPOINT (.+)$", image, re.MULTILINE)
    [command] = re.findall(r"^    command: (.+)$", compose, re.MULTILINE)
    [check] = re.findall(r'^      test: \["CMD", (.+)\]$', compose, re.MULTILINE)
    arguments = [*json.loads(entry), *below(command).split(), "--port", "0"]
    sandbox = subprocess.Popen(
        ["/usr/bin/env", *arguments], env={"PATH": venv}, stdout=subprocess.PIPE, text=True
    )
    with sandbox:
        try:
            assert sandbox.stdout
            port = sandbox.stdout.readline().rpartition(":")[2].strip()
            healthy = json.loads(f"[{check}]".replace("8765", port))
            output(run("/usr/bin/env", *healthy, PATH=venv))
            server = members(below(compose), 6)
            call_from_the_server(server, int(port), venv)
        finally:
            sandbox.terminate()


def call_from_the_server(environment: dict[str, str], port: int, path: str) -> None:
    """Check the certificate for the service's name, then make a call to the same sandbox."""
    config = json.loads(environment["AUTHLETE_FAIL_CONFIG_JSON"])
    assert environment["AUTHLETE_BASE_URL"] == "https://authlete:8765"
    context = ssl.create_default_context(cafile=config["caFile"])
    with socket.create_connection(("127.0.0.1", port)) as plain:
        context.wrap_socket(plain, server_hostname="authlete").close()
    # The name resolves only in the network of the containers.
    environment["AUTHLETE_BASE_URL"] = f"https://localhost:{port}"
    program = "from authlete_fail import Client; print(Client().connect().attempts)"
    [wheel] = WHEELS.glob("authlete_fail-[0-9]*.whl")
    environment = {**environment, "PATH": path, "PIP_NO_INDEX": "1"}
    output(run("/usr/bin/env", "pip", "install", "--quiet", wheel, **environment))
    assert output(run("/usr/bin/env", "python", "-c", program, **environment)) == "1\n"
