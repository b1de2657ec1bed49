"""Failures of Authlete, with the status of the call and the state of the ticket after each."""

from typing import Any

import pytest
from authlete_fail import Client, Error
from authlete_fail_sandbox import Service

FAIL = "/auth/authorization/fail"
HTML = {"Content-Type": "text/html"}


@pytest.mark.parametrize(
    ("fault", "status", "ticket_state"),
    [
        # Authlete is down, overloaded or slow.
        ({"status": 503, "headers": {"Retry-After": "2"}}, "HTTP", "UNKNOWN"),
        ({"status": 429, "headers": {"Retry-After": "2"}}, "HTTP", "UNTOUCHED"),
        ({"delay": 60}, "TIMEOUT", "UNKNOWN"),
        # Authlete processes the request, but the response is lost, and so is that of the retry.
        ({"disconnect": "during", "processed": True}, "NETWORK", "UNKNOWN"),
        ({"disconnect": "before", "processed": True, "times": 2}, "NETWORK", "UNKNOWN"),
        # A proxy responds with its own page; a response is incomplete.
        ({"status": 200, "body": "<html>", "headers": HTML}, "PROTOCOL", "UNKNOWN"),
        ({"status": 200, "body": '{"action":'}, "PROTOCOL", "UNKNOWN"),
        # The access token was revoked.
        ({"status": 401}, "HTTP", "UNTOUCHED"),
    ],
)
def test_the_client_gets_a_server_error(
    authlete_sandbox: Service, fault: dict[str, Any], status: str, ticket_state: str
) -> None:
    """There is a response after each failure: a 500."""
    ticket = authlete_sandbox.authorization_ticket()
    authlete_sandbox.fail_next(FAIL, **fault)
    with Client(**authlete_sandbox.config, timeout_ms=500) as client:
        client.connect()
        with pytest.raises(Error) as raised:
            client.authorization(ticket=ticket, reason="DENIED")
    reply = raised.value.reply
    assert (reply.status.name, reply.ticket_state.name) == (status, ticket_state)
    assert reply.response.status == 500
    assert b'"error":"server_error"' in reply.response.body


def test_a_lost_connection_is_replaced(authlete_sandbox: Service) -> None:
    """If a reused connection is lost, the library retries the request on a new one."""
    ticket = authlete_sandbox.authorization_ticket()
    authlete_sandbox.fail_next(FAIL, disconnect="before")
    with Client(**authlete_sandbox.config) as client:
        client.connect()
        reply = client.authorization(ticket=ticket, reason="DENIED")
    assert reply.response.status == 302
    assert reply.attempts == 2
