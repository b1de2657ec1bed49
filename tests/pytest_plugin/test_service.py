"""The methods of a service of the sandbox."""

from __future__ import annotations

import time
from typing import Any

import pytest
from authlete_fail_sandbox import Sandbox, SandboxError, Service
from authlete_fail_sandbox._service import MAX_DELAY, MAX_SECONDS, MAX_TIMES

FAIL = "/auth/authorization/fail"
EXPIRED = 60 * 60 * 24 + 1


def deny(service: Service, ticket: str) -> Any:
    return service.call(FAIL, {"ticket": ticket, "reason": "DENIED"})["action"]


def test_tickets(authlete_sandbox: Service) -> None:
    """A request of each kind can be failed."""
    ticket = authlete_sandbox.authorization_ticket(state="s1")
    reply = authlete_sandbox.call(FAIL, {"ticket": ticket, "reason": "DENIED"})
    assert reply["action"] == "LOCATION"
    assert "&state=s1" in reply["responseContent"]
    for path, ticket, reason in [
        ("/auth/token", authlete_sandbox.token_ticket(username="jane"), "UNKNOWN"),
        ("/backchannel/authentication", authlete_sandbox.backchannel_ticket(), "UNKNOWN_USER_ID"),
    ]:
        reply = authlete_sandbox.call(f"{path}/fail", {"ticket": ticket, "reason": reason})
        assert reply["action"] == "BAD_REQUEST", path


def test_a_request_without_a_ticket_is_an_error(authlete_sandbox: Service) -> None:
    with pytest.raises(SandboxError, match=r"^/auth/authorization issued no ticket: \["):
        authlete_sandbox.authorization_ticket(client_id="1")


def test_credentials(authlete_sandbox: Service) -> None:
    assert authlete_sandbox.config == {
        "base_url": authlete_sandbox.base_url,
        "service_id": authlete_sandbox.service_id,
        "access_token": authlete_sandbox.access_token,
    }
    assert authlete_sandbox.environment == {
        "AUTHLETE_BASE_URL": authlete_sandbox.base_url,
        "AUTHLETE_SERVICE_APIKEY": authlete_sandbox.service_id,
        "AUTHLETE_SERVICE_ACCESSTOKEN": authlete_sandbox.access_token,
    }
    assert authlete_sandbox.access_token not in repr(authlete_sandbox)


def test_settings(authlete_sandbox_process: Sandbox) -> None:
    service = authlete_sandbox_process.new_service({"issuer": "https://as.test"})
    reply = service.call(FAIL, {"ticket": service.authorization_ticket(), "reason": "DENIED"})
    assert "iss=https%3A%2F%2Fas.test" in reply["responseContent"]
    with pytest.raises(SandboxError, match="issue"):
        authlete_sandbox_process.new_service({"issue": "https://as.test"})


def test_services_are_isolated(
    authlete_sandbox: Service, authlete_sandbox_process: Sandbox
) -> None:
    other = authlete_sandbox_process.new_service()
    ticket, others = authlete_sandbox.authorization_ticket(), other.authorization_ticket()
    authlete_sandbox.fail_next(status=503)
    authlete_sandbox.advance(EXPIRED)
    assert deny(other, others) == "LOCATION"
    assert deny(other, ticket) != "LOCATION"
    other.clear_faults()
    with pytest.raises(SandboxError, match="status 503"):
        deny(authlete_sandbox, ticket)
    assert len(other.requests()) == 3
    assert len(authlete_sandbox.requests()) == 2


def test_a_deleted_service_is_unknown(authlete_sandbox_process: Sandbox) -> None:
    service = authlete_sandbox_process.new_service()
    service.delete()
    with pytest.raises(SandboxError, match="status 401"):
        service.authorization_ticket()


def test_the_clock(authlete_sandbox: Service) -> None:
    ticket = authlete_sandbox.authorization_ticket()
    authlete_sandbox.advance(EXPIRED)
    assert deny(authlete_sandbox, ticket) == "BAD_REQUEST"
    assert deny(authlete_sandbox, authlete_sandbox.authorization_ticket()) == "LOCATION"


def test_requests(authlete_sandbox: Service) -> None:
    ticket = authlete_sandbox.authorization_ticket()
    deny(authlete_sandbox, ticket)
    assert [request.path for request in authlete_sandbox.requests()] == [
        "/auth/authorization",
        FAIL,
    ]
    [request] = authlete_sandbox.requests(FAIL)
    assert (request.method, request.status, request.fault) == ("POST", 200, False)
    assert request.body is not None
    assert request.body["reason"] == "DENIED"
    assert request.body["ticket"] == f"{ticket[:4]}…"
    assert request.headers["content-type"] == "application/json"
    assert authlete_sandbox.access_token not in str(request)


def test_a_fault_replaces_the_response(authlete_sandbox: Service) -> None:
    ticket = authlete_sandbox.authorization_ticket()
    authlete_sandbox.fail_next(
        FAIL, times=2, status=429, headers={"Retry-After": "7"}, body={"resultCode": "A000007"}
    )
    for _ in range(2):
        with pytest.raises(SandboxError, match=f"{FAIL} failed with status 429: .*A000007"):
            deny(authlete_sandbox, ticket)
    assert deny(authlete_sandbox, ticket) == "LOCATION"
    authlete_sandbox.fail_next(status=502, body="Bad Gateway")
    with pytest.raises(SandboxError, match=r"status 502: Bad Gateway$"):
        deny(authlete_sandbox, ticket)
    faults = [(request.status, request.fault) for request in authlete_sandbox.requests(FAIL)]
    assert faults == [(429, True), (429, True), (200, False), (502, True)]


def test_a_fault_can_follow_the_processing(authlete_sandbox: Service) -> None:
    ticket = authlete_sandbox.authorization_ticket()
    authlete_sandbox.fail_next(FAIL, processed=True, disconnect="during")
    with pytest.raises(SandboxError, match=f"{FAIL} failed: "):
        deny(authlete_sandbox, ticket)
    assert deny(authlete_sandbox, ticket) == "BAD_REQUEST"  # used up


def test_a_fault_can_disconnect(authlete_sandbox: Service) -> None:
    ticket = authlete_sandbox.authorization_ticket()
    authlete_sandbox.fail_next(disconnect="before")
    with pytest.raises(SandboxError, match="Remote end closed connection"):
        deny(authlete_sandbox, ticket)
    [request] = authlete_sandbox.requests(FAIL)
    assert (request.status, request.fault) == (None, True)
    assert deny(authlete_sandbox, ticket) == "LOCATION"


def test_a_fault_can_delay(authlete_sandbox: Service) -> None:
    ticket = authlete_sandbox.authorization_ticket()
    authlete_sandbox.fail_next(FAIL, delay=0.25)
    start = time.monotonic()
    assert deny(authlete_sandbox, ticket) == "LOCATION"
    assert time.monotonic() - start >= 0.25


def test_faults_can_be_cleared(authlete_sandbox: Service) -> None:
    ticket = authlete_sandbox.authorization_ticket()
    authlete_sandbox.fail_next(times=5, status=503)
    authlete_sandbox.clear_faults()
    assert deny(authlete_sandbox, ticket) == "LOCATION"


def test_an_invalid_fault_is_an_error(authlete_sandbox: Service) -> None:
    with pytest.raises(SandboxError, match="status"):
        authlete_sandbox.fail_next(status=600)
    limits: list[tuple[str, list[Any], list[Any]]] = [
        ("times", [0, -1, 1_000_001], ["2", 1.5, True, None]),
        ("delay", [-0.1, 600.1, float("nan"), float("inf")], ["2", True]),
    ]
    for name, wrong_values, wrong_types in limits:
        for value in wrong_values:
            with pytest.raises(ValueError, match=f"^{name} must be .* not {value}$"):
                authlete_sandbox.fail_next(status=503, **{name: value})
        for value in wrong_types:
            with pytest.raises(TypeError, match=f"^{name} must be .* not {type(value).__name__}$"):
                authlete_sandbox.fail_next(status=503, **{name: value})
    for fault in ({}, {"delay": 0}, {"delay": 0.0001}, {"body": "x"}):
        with pytest.raises(ValueError, match="requires status, delay or disconnect"):
            authlete_sandbox.fail_next(**fault)
    deny(authlete_sandbox, authlete_sandbox.authorization_ticket())
    assert [request.fault for request in authlete_sandbox.requests()] == [False, False]


def test_the_limits_are_those_of_the_sandbox(authlete_sandbox: Service) -> None:
    authlete_sandbox.fail_next(FAIL, times=MAX_TIMES, delay=MAX_DELAY)
    for fault, name in [({"times": MAX_TIMES + 1}, "times"), ({"delayMs": 600_001}, "delayMs")]:
        with pytest.raises(SandboxError, match=name):
            authlete_sandbox._http.control("POST", "faults", {"status": 503, **fault})
    authlete_sandbox.advance(MAX_SECONDS)
    authlete_sandbox.advance(-MAX_SECONDS)
    with pytest.raises(SandboxError, match="advanceSeconds"):
        authlete_sandbox._http.control("POST", "clock", {"advanceSeconds": MAX_SECONDS + 1})


def test_invalid_seconds(authlete_sandbox: Service) -> None:
    for seconds in (MAX_SECONDS + 1, -MAX_SECONDS - 1):
        with pytest.raises(ValueError, match=r"^seconds must be -4294967295 to 4294967295, not"):
            authlete_sandbox.advance(seconds)
    with pytest.raises(TypeError, match=r"^seconds must be an int, not float$"):
        authlete_sandbox.advance(1.5)  # type: ignore[arg-type]


def test_a_path_starts_with_a_slash(authlete_sandbox: Service) -> None:
    path = FAIL[1:]
    for call in (
        authlete_sandbox.requests,
        lambda path: authlete_sandbox.fail_next(path, status=503),
    ):
        with pytest.raises(ValueError, match=f'^path must start with "/": {path!r}$'):
            call(path)
