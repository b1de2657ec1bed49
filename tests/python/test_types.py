"""Type checkers accept correct uses of the package and report wrong ones."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

TARGET = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
PYRIGHT = TARGET / "pyright/bin/basedpyright"
PACKAGE = ROOT / "bindings/python"

USES = """\
from __future__ import annotations

import os
from pathlib import Path

import authlete_fail
from authlete_fail import AuthorizationReason, AuthorizationReasonName, Client, Configuration
from authlete_fail import AsyncClient, BackchannelAuthenticationReason, TokenReason, TokenReasonName

Client()
Client({"baseUrl": "https://as.example", "timeoutMs": 3000})
client = Client(base_url="", service_id="", access_token="", ca_file=Path("ca.pem"))
settings: Configuration = {"base_url": "", "location_status": 303, "retry": "none"}
Client(**settings)
Client(log_level="debug", client_key_file="key.pem", allow_insecure_http=True)

Client(base_ulr="")  # wrong: "base_ulr"
Client(baseUrl="")  # wrong: "baseUrl"
Client(timeout_ms="soon")  # wrong: "timeout_ms"
Client(timeout_ms=1.5)  # wrong: "timeout_ms"
Client(service_id=5)  # wrong: "service_id"
Client(api_version="3")  # wrong: "api_version"
Client(roots="mozilla")  # wrong: "roots"
Client(location_status=301)  # wrong: "location_status"
Client(retry=True)  # wrong: "retry"
Client(log_level="warning")  # wrong: "log_level"
Client(allow_unknown_reasons="yes")  # wrong: "allow_unknown_reasons"
Client(ca_file=b"ca.pem")  # wrong: "ca_file"
Client('{"baseUrl": ""}')  # wrong: Mapping
wrong: Configuration = {"timeout": 5}  # wrong: "timeout"

client.authorization(ticket="t", reason="DENIED", description="", timeout_ms=5)
client.authorization(ticket="t", reason=AuthorizationReason.DENIED)
client.authorization({"ticket": "t", "reason": os.environ["REASON"]})
client.token(ticket="t", reason="UNKNOWN", access_token="", headers={"X-A": "b"})
client.backchannel_authentication(reason="ACCESS_DENIED", error_uri="")
client.call("/service/get", method="GET")


def deny(reason: AuthorizationReasonName) -> int:
    return client.authorization(ticket="t", reason=reason).response.status


def other(reason: TokenReasonName) -> None:
    client.token(ticket="t", reason=reason)
    client.authorization(ticket="t", reason=reason)  # wrong: "reason"


client.authorization(ticket="t", reason="DENNIED")  # wrong: DENNIED
client.authorization(ticket="t", reason="ACCESS_DENIED")  # wrong: ACCESS_DENIED
client.authorization(ticket="t", reason=TokenReason.INVALID_TARGET)  # wrong: TokenReason
client.authorization(ticket="t", reason=os.environ["REASON"])  # wrong: str
client.authorization(tickets="t")  # wrong: "tickets"
client.token(ticket="t", reason="DENIED")  # wrong: DENIED
client.backchannel_authentication(reason="DENIED")  # wrong: DENIED
client.backchannel_authentication(errorUri="")  # wrong: "errorUri"
client.call("/service/get", method="get")  # wrong: "method"
client.call("/service/get").response.status  # wrong: "status"
client.connect().staus  # wrong: "staus"
deny("denied")  # wrong: denied


async def deny_later(client: AsyncClient) -> int:
    await client.authorization(ticket="t", reason="DENNIED")  # wrong: DENNIED
    await client.token(tickets="t")  # wrong: "tickets"
    (await client.call("/service/get")).response.status  # wrong: "status"
    client.authorization(ticket="t", reason="DENIED").response  # wrong: "response"
    return (await client.authorization(ticket="t", reason="DENIED")).response.status


AsyncClient(base_url="", max_threads=8)
AsyncClient(base_ulr="")  # wrong: "base_ulr"
AsyncClient(max_threads="8")  # wrong: "max_threads"
"""


def mypy(file: Path) -> list[tuple[int, str]]:
    config = PACKAGE / "pyproject.toml"
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", str(config), str(file)]
    result = subprocess.run(command, capture_output=True, text=True, cwd=file.parent, check=False)
    lines = re.findall(r"^\w+\.py:(\d+): error: (.*)$", result.stdout, re.MULTILINE)
    return [(int(number), message) for number, message in lines]


def pyright(file: Path) -> list[tuple[int, str]]:
    options = {"typeCheckingMode": "standard", "extraPaths": [str(PACKAGE)]}
    (file.parent / "pyrightconfig.json").write_text(json.dumps(options))
    command = [str(PYRIGHT), "--outputjson", "--level", "error", "--project", str(file.parent)]
    result = subprocess.run(command, capture_output=True, text=True, cwd=file.parent, check=False)
    return [
        (found["range"]["start"]["line"] + 1, found["message"])
        for found in json.loads(result.stdout)["generalDiagnostics"]
    ]


needs_pyright = pytest.mark.skipif(not PYRIGHT.exists(), reason="`make pyright` installs it")


@pytest.mark.parametrize("check", [mypy, pytest.param(pyright, marks=needs_pyright)])
def test_type_checkers_find_wrong_uses(tmp_path: Path, check: object) -> None:
    file = tmp_path / "uses.py"
    file.write_text(USES)
    assert callable(check)
    found = dict(check(file))
    lines = enumerate(USES.splitlines(), 1)
    expected = {number: line.split("# wrong: ")[1] for number, line in lines if "# wrong: " in line}
    assert found.keys() == expected.keys(), found
    for number, text in expected.items():
        assert text in found[number], found[number]
