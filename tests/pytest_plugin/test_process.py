"""The process of the sandbox: start, end, and errors."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest
from authlete_fail_sandbox import Sandbox, SandboxError, Service, _process

TEST_TIMEOUT = 30


def script(folder: Path, text: str) -> str:
    program = folder / "program"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("echo no memory >&2; exit 3", "it exited with status 3: no memory"),
        ("echo something else; exec sleep 60", "it was not ready after 1 seconds"),
        ("exec sleep 60", "it was not ready after 1 seconds"),
    ],
)
def test_a_program_that_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, problem: str
) -> None:
    program = script(tmp_path, text)
    monkeypatch.setenv("AUTHLETE_FAIL_SANDBOX", program)
    monkeypatch.setattr(_process, "START_TIMEOUT", 1)
    with pytest.raises(SandboxError) as raised:
        Sandbox()
    assert str(raised.value) == f"{program} did not start: {problem}"


def test_a_missing_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = str(tmp_path / "missing")
    monkeypatch.setenv("AUTHLETE_FAIL_SANDBOX", program)
    problem = f"cannot run {program}: No such file or directory; install a wheel for this platform"
    with pytest.raises(SandboxError, match=problem):
        Sandbox()
    command = [sys.executable, "-m", "authlete_fail_sandbox"]
    result = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True)
    assert result.returncode == 1
    assert problem in result.stderr


def test_the_command_passes_its_arguments_on() -> None:
    command = [sys.executable, "-m", "authlete_fail_sandbox", "--version"]
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    assert result.stdout.startswith("authlete-fail-sandbox ")


def test_a_sandbox_that_has_exited() -> None:
    with Sandbox() as sandbox:
        service = sandbox.new_service()
        os.kill(sandbox._process.pid, signal.SIGTERM)
        sandbox._process.wait()
        with pytest.raises(SandboxError, match=r"failed: it exited with status 0$"):
            service.authorization_ticket()


def test_a_sandbox_that_is_closed() -> None:
    with Sandbox() as sandbox:
        service = sandbox.new_service()
    with pytest.raises(SandboxError, match=r"failed: the sandbox is closed$"):
        service.authorization_ticket()
    sandbox.close()


def test_it_ends_with_a_killed_parent() -> None:
    text = (
        "from authlete_fail_sandbox import Sandbox; sandbox = Sandbox(); "
        "print(sandbox._process.pid, flush=True); input()"
    )
    command = [sys.executable, "-c", text]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as parent:
        assert parent.stdout
        sandbox = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    # A process descriptor is readable when the process has exited.
    readable, _, _ = select.select([sandbox], [], [], TEST_TIMEOUT)
    os.close(sandbox)
    assert readable


def test_tls() -> None:
    with Sandbox(tls=True) as sandbox:
        service = sandbox.new_service()
        assert service.base_url.startswith("https://localhost:")
        assert service.config["ca_file"] == sandbox.ca_file
        config = json.loads(service.environment["AUTHLETE_FAIL_CONFIG_JSON"])
        assert config == {"caFile": sandbox.ca_file}
        assert service.authorization_ticket()
    assert sandbox.ca_file
    assert not Path(sandbox.ca_file).exists()


def call_with_the_access_token(service: Service) -> None:
    headers = {"Authorization": f"Bearer {service.access_token}"}
    service._http.request("POST", f"/api/{service.service_id}/auth/token/fail", {}, headers)


@pytest.mark.parametrize("policy", ["none", "each-response", "single-use"])
def test_dpop(policy: Literal["none", "each-response", "single-use"]) -> None:
    """The access token requires a proof; the methods of the service do not use it."""
    with Sandbox(api_dpop=policy) as sandbox:
        service = sandbox.new_service()
        assert service.authorization_ticket()
        with pytest.raises(SandboxError, match=r"status 401: .*\[A001301\]"):
            call_with_the_access_token(service)


def test_dpop_for_one_service() -> None:
    with Sandbox() as sandbox:
        service = sandbox.new_service({"apiDpop": {"nonce": "single-use"}})
        assert service.authorization_ticket()
        with pytest.raises(SandboxError, match=r"status 401: .*\[A001301\]"):
            call_with_the_access_token(service)
        call_with_the_access_token(sandbox.new_service())


def test_an_unknown_nonce_policy() -> None:
    with pytest.raises(SandboxError, match=r"exited with status 2: .*'always'"):
        Sandbox(api_dpop="always")  # type: ignore[arg-type]


def test_proxies_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with Sandbox() as sandbox:
        assert sandbox.new_service().authorization_ticket()
