"""Settings of Python's HTTP clients in the environment, which could leak the access token."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import Browser
from expected import LOGIN, assert_is_page
from oauth_client import OAuthClient
from programs import server

CLOSED_PORT = "http://127.0.0.1:1"


# One worker, because a worker that is still starting at the end of the test misses its signal.
@pytest.mark.parametrize(("name", "options"), [("flask", ["--workers", 1]), ("starlette", [])])
def test_proxies_and_netrc_are_ignored(
    name: str,
    options: list[object],
    authlete: str,
    client: OAuthClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login john password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for scheme in ("http", "https", "all"):
        monkeypatch.setenv(f"{scheme}_proxy", CLOSED_PORT)
    monkeypatch.delenv("no_proxy", raising=False)
    with server(name, authlete, *options) as url:
        assert_is_page(Browser(url).get(client.authorization_request()), LOGIN)
