"""The clients that the benchmarks compare, and their programs."""

from __future__ import annotations

import sys

from .rounds import BUILT, CLIENTS

# Titles, by the names of clients/via_*.
NATIVE = {
    "authlete_fail": "authlete_fail",
    "libcurl": "libcurl + cJSON",
    "beast": "Boost.Beast + nlohmann",
    "httplib": "cpp-httplib + nlohmann",
    "ureq": "ureq",
    "socket": "raw socket",
}
# The names of CLIENTS in clients/client.py.
PYTHON = {
    name: name
    for name in ("authlete_fail", "pycurl", "http.client", "urllib3", "httpx", "requests")
}
GROUPS = {"native": NATIVE, "python": PYTHON}


def program_of(group: str, name: str, native: str, python: str) -> list[str]:
    """Return the command that runs a client with the program of its group, without extension."""
    if group == "python":
        return [sys.executable, str(CLIENTS / f"{python}.py"), name]
    return [str(BUILT / f"{native}-{name}")]
