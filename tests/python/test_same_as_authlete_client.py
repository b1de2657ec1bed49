"""Authlete's own Python client and this package get the same API responses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Callable

import authlete_client
import pytest
import sandbox
from authlete import dto
from authlete_fail import Client
from conftest import ROOT

AUTHORIZATION = "response_type=code&client_id=26478243745571&state=x"
PASSWORD = "grant_type=password&username=john&password=secret"
CODE = "grant_type=authorization_code&code="
CIBA = "login_hint=john&scope=openid"
WRONG_SECRET = {**sandbox.CLIENT, "clientSecret": "another"}
UNKNOWN = {"ticket": "unknown"}
JOHN = {"subject": "john"}

METHODS = {
    "/auth/authorization": "authorization",
    "/auth/authorization/fail": "authorizationFail",
    "/auth/authorization/issue": "authorizationIssue",
    "/auth/authorization/ticket/info": "authorizationTicketInfo",
    "/auth/token": "token",
    "/auth/token/fail": "tokenFail",
    "/auth/token/issue": "tokenIssue",
    "/backchannel/authentication": "backchannelAuthentication",
    "/backchannel/authentication/fail": "backchannelAuthenticationFail",
    "/backchannel/authentication/issue": "backchannelAuthenticationIssue",
    "/backchannel/authentication/complete": "backchannelAuthenticationComplete",
}
"""The method of Authlete's client for each path."""

TICKETS = {
    "/auth/authorization": {"parameters": AUTHORIZATION},
    "/auth/token": {"parameters": PASSWORD, **sandbox.CLIENT},
    "/backchannel/authentication": {"parameters": CIBA, **sandbox.CLIENT},
}
"""The requests that get a ticket."""

CALLS: list[tuple[str, dict[str, str]]] = [
    *TICKETS.items(),
    ("/auth/authorization", {"parameters": AUTHORIZATION + "&prompt=none"}),
    ("/auth/authorization", {"parameters": "x=1"}),
    ("/auth/authorization/fail", {"reason": "DENIED", **UNKNOWN}),
    ("/auth/authorization/issue", JOHN | UNKNOWN),
    ("/auth/authorization/ticket/info", UNKNOWN),
    ("/auth/token", {"parameters": CODE + "unknown", **sandbox.CLIENT}),
    ("/auth/token", {"parameters": PASSWORD, **WRONG_SECRET}),
    ("/auth/token/fail", {"reason": "UNKNOWN", **UNKNOWN}),
    ("/auth/token/issue", JOHN | UNKNOWN),
    ("/backchannel/authentication", {"parameters": "x=1", **sandbox.CLIENT}),
    ("/backchannel/authentication", {"parameters": CIBA, **WRONG_SECRET}),
    ("/backchannel/authentication/fail", UNKNOWN),
    ("/backchannel/authentication/issue", UNKNOWN),
    ("/backchannel/authentication/complete", {"result": "AUTHORIZED", **JOHN, **UNKNOWN}),
]
"""Calls without a ticket, or with one that does not exist."""

CALLS_WITH_A_TICKET: list[tuple[str, dict[str, str]]] = [
    ("/auth/authorization/fail", {"reason": "DENIED"}),
    ("/auth/authorization/issue", JOHN),
    ("/auth/authorization/issue", {}),
    ("/auth/authorization/ticket/info", {}),
    ("/auth/token/fail", {"reason": "INVALID_RESOURCE_OWNER_CREDENTIALS"}),
    ("/auth/token/issue", JOHN),
    ("/backchannel/authentication/fail", {"reason": "ACCESS_DENIED"}),
    ("/backchannel/authentication/fail", {"reason": "UNKNOWN_USER_ID"}),
    ("/backchannel/authentication/issue", {}),
    ("/backchannel/authentication/complete", {"result": "AUTHORIZED", **JOHN}),
    ("/backchannel/authentication/complete", {"result": "ACCESS_DENIED", **JOHN}),
]

Caller = Callable[[str, dict[str, str]], dict[str, Any]]


@pytest.fixture
def client(sandbox_url: str, version: str) -> Iterator[Client]:
    """The client of this package."""
    if version == "v3":
        client = Client(
            base_url=sandbox_url, service_id=sandbox.SERVICE, access_token=sandbox.TOKEN
        )
    else:
        client = Client(
            base_url=sandbox_url,
            api_version="v2",
            api_key=sandbox.SERVICE,
            api_secret="sandbox-api-secret",
        )
    with client:
        yield client


@pytest.fixture
def api(sandbox_url: str, version: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Authlete's client."""
    return authlete_client.of_sandbox(sandbox_url, version, monkeypatch)


@pytest.fixture
def theirs(api: Any) -> Caller:
    """Call with Authlete's client; return the members that it understands."""

    def call(path: str, members: dict[str, str]) -> dict[str, Any]:
        method = METHODS[path]
        request = getattr(dto, f"{method[0].upper()}{method[1:]}Request")()
        for name, value in members.items():
            setattr(request, name, value)
        response = json.loads(getattr(api, method)(request).to_json())
        return {name: value for name, value in response.items() if value}

    return call


@pytest.fixture
def ours(client: Client) -> Caller:
    """Call with this package."""

    def call(path: str, members: dict[str, str]) -> dict[str, Any]:
        reply = client.call(path, members)
        assert reply.document is not None
        assert reply.action == reply.document["action"]
        assert reply.result_code == reply.document["resultCode"]
        return reply.document

    return call


def assert_same(theirs: dict[str, Any], ours: dict[str, Any]) -> None:
    """Compare the members that are not objects, without random values."""
    assert {"action", "resultCode"} <= theirs.keys()
    for name, value in theirs.items():
        if isinstance(value, (str, int)):
            assert masked(ours[name]) == masked(value), name


def masked(value: object) -> str:
    """Replace tickets, codes, tokens, signatures and times in milliseconds."""
    return re.sub(r"[\w-]{40,}|\b\d{13}\b", "*", str(value))


@pytest.mark.parametrize(("path", "members"), CALLS)
def test_a_call(theirs: Caller, ours: Caller, path: str, members: dict[str, str]) -> None:
    assert_same(theirs(path, members), ours(path, members))


@pytest.mark.parametrize(("path", "members"), CALLS_WITH_A_TICKET)
def test_a_ticket(theirs: Caller, ours: Caller, path: str, members: dict[str, str]) -> None:
    """A second call with a ticket gets the same API response, whichever client made the first."""
    start = next(start for start in TICKETS if path.startswith(start))
    first, second = ({"ticket": ours(start, TICKETS[start])["ticket"], **members} for _ in range(2))
    if path.startswith("/backchannel") and path.endswith("complete"):
        for request in (first, second):
            ours("/backchannel/authentication/issue", {"ticket": request["ticket"]})
    assert_same(theirs(path, first), ours(path, second))
    assert_same(theirs(path, second), ours(path, first))


def test_the_keys(api: Any, client: Client) -> None:
    theirs = json.loads(api.getServiceJwks())
    reply = client.call("/service/jwks/get", method="GET")
    assert reply.document == theirs
    assert theirs["keys"]


def test_the_configuration(api: Any, client: Client) -> None:
    theirs = api.getServiceConfiguration()  # a POST
    theirs = theirs if isinstance(theirs, dict) else json.loads(theirs)
    reply = client.call("/service/configuration", method="GET")
    assert reply.document == theirs
    assert theirs["issuer"]


def test_every_endpoint_of_the_sandbox_is_compared() -> None:
    readme = (ROOT / "tests/sandbox/README.md").read_text()
    table = readme.partition("## Endpoints")[2].partition("\n\n`GET")[0]
    served = {f"/{path}" for path in re.findall(r"`([a-z]+/[a-z/]+)`", table)}
    others = {"/service/configuration", "/service/jwks/get"}
    assert served == METHODS.keys() | others
    compared = {path for path, _ in CALLS} | {path for path, _ in CALLS_WITH_A_TICKET}
    assert compared == METHODS.keys()
