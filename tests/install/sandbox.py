"""Runs the sandbox as a program, and gets tickets from it."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Union

SERVICE = "21653835348762"
TOKEN = "sandbox-access-token"
CLIENT = {"clientId": "26478243745571", "clientSecret": "sandbox-client-secret"}


@contextmanager
def running(*program: Union[str, Path]) -> Iterator[str]:
    """Run the sandbox on a free port and yield its URL."""
    with subprocess.Popen([*program, "--port", "0"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        text, _, url = process.stdout.readline().rstrip().rpartition(" ")
        assert text == "listening on"
        yield url
        process.terminate()
        process.stdout.read()
        assert process.wait(10) == 0


def variables(url: str) -> dict[str, str]:
    """Return the environment of a client of the sandbox."""
    return {
        "AUTHLETE_BASE_URL": url,
        "AUTHLETE_SERVICE_APIKEY": SERVICE,
        "AUTHLETE_SERVICE_ACCESSTOKEN": TOKEN,
    }


def ticket(url: str, path: str, parameters: str) -> str:
    """Return a ticket for a request of an OAuth client."""
    request = urllib.request.Request(
        f"{url}/api/{SERVICE}/{path}",
        json.dumps({"parameters": parameters, **CLIENT}).encode(),
        {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return str(json.load(response)["ticket"])
