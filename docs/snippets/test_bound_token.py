"""Tests of calls with a DPoP key, with the pytest fixture of the sandbox."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from authlete_fail import Client, Http
from authlete_fail_sandbox import Sandbox, Service

KEY = json.loads(Path("dpop-key.json").read_text())


@pytest.fixture(scope="session")
def authlete_sandbox_process() -> Iterator[Sandbox]:
    """Require DPoP, with a new nonce in each response."""
    with Sandbox(api_dpop="each-response") as sandbox:
        yield sandbox


def test_the_client_is_told(authlete_sandbox: Service) -> None:
    """The fixture gets its tickets without a proof."""
    ticket = authlete_sandbox.authorization_ticket()
    with Client(**authlete_sandbox.config, dpop_key=KEY) as client:
        reply = client.authorization(ticket=ticket, reason="DENIED")
    assert reply.response.status == 302
    assert reply.attempts == 2  # the first one had no nonce


def test_the_key_is_missing(authlete_sandbox: Service) -> None:
    """The error says what to set, and the ticket is not used."""
    ticket = authlete_sandbox.authorization_ticket()
    with Client(**authlete_sandbox.config) as client, pytest.raises(Http, match="A001301"):
        client.authorization(ticket=ticket, reason="DENIED")
