"""Tests of the server, with failures of Authlete."""

from collections.abc import Iterator
from typing import Callable

import pytest
from app import create_app
from authlete_fail import Client
from authlete_fail_sandbox import Service
from fastapi.testclient import TestClient
from httpx2 import Response

Deny = Callable[[str], Response]
FAIL = "/auth/authorization/fail"


@pytest.fixture
def deny(authlete_sandbox: Service) -> Iterator[Deny]:
    """Return a function that sends a request with a ticket to the server."""
    with Client(**authlete_sandbox.config, timeout_ms=500) as client:
        browser = TestClient(create_app(client), follow_redirects=False)
        yield lambda ticket: browser.post("/deny", params={"ticket": ticket})


def test_the_client_is_told(authlete_sandbox: Service, deny: Deny) -> None:
    """The response is a redirect to the client, with the error."""
    response = deny(authlete_sandbox.authorization_ticket())
    assert response.status_code == 302
    assert "error=access_denied" in response.headers["Location"]


def test_a_late_user_gets_a_page(authlete_sandbox: Service, deny: Deny) -> None:
    """After the ticket has expired, no error can be delivered to the client."""
    ticket = authlete_sandbox.authorization_ticket()
    authlete_sandbox.advance(60 * 60 * 25)
    assert deny(ticket).status_code == 400


def test_authlete_is_unavailable(authlete_sandbox: Service, deny: Deny) -> None:
    """The call is not repeated: Authlete may have used the ticket. A new request succeeds."""
    authlete_sandbox.fail_next(FAIL, status=503)
    assert deny(authlete_sandbox.authorization_ticket()).json()["error"] == "server_error"
    assert len(authlete_sandbox.requests(FAIL)) == 1
    assert deny(authlete_sandbox.authorization_ticket()).status_code == 302


def test_authlete_is_slow(authlete_sandbox: Service, deny: Deny) -> None:
    """The user does not wait longer than the timeout."""
    ticket = authlete_sandbox.authorization_ticket()
    authlete_sandbox.fail_next(FAIL, delay=60)
    assert deny(ticket).status_code == 500


def test_a_response_is_lost(authlete_sandbox: Service, deny: Deny) -> None:
    """Authlete has used up the ticket. The library does not repeat the call."""
    ticket = authlete_sandbox.authorization_ticket()
    authlete_sandbox.fail_next(FAIL, processed=True, disconnect="during")
    assert deny(ticket).status_code == 500
    assert len(authlete_sandbox.requests(FAIL)) == 1
    assert deny(ticket).status_code == 400
