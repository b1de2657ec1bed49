"""Creating clients; requests that calls send, return and reject."""

from __future__ import annotations

import copy
import json
import pickle
from collections import UserDict
from pathlib import Path
from typing import Any

import pytest
from authlete_fail import (
    AuthorizationReason,
    BackchannelAuthenticationReason,
    Client,
    Connect,
    InvalidConfig,
    InvalidRequest,
    Outcome,
    Shutdown,
    Status,
    TicketState,
    TokenReason,
)
from conftest import TICKET, TOKEN, Authlete, fail

SERVICE = {"baseUrl": "http://127.0.0.1:1", "serviceId": "1", "accessToken": TOKEN}
PATHS = {
    "authorization": "auth/authorization",
    "token": "auth/token",
    "backchannel_authentication": "backchannel/authentication",
}


def test_a_reply_has_types(client: Client, authlete: Authlete) -> None:
    authlete.respond_with("LOCATION", "https://client.example/cb", "A060306")
    authlete.headers = {"Request-Id": "r-1"}
    reply = fail(client)
    assert reply.status is Status.OK
    assert reply.outcome is Outcome.DELIVERED
    assert reply.ticket_state is TicketState.CONSUMED
    assert (reply.attempts, reply.http_status, reply.retry_after_ms) == (1, 200, None)
    assert (reply.error, reply.error_json) == ("", "")
    assert reply.json.encode() == authlete.body
    assert (reply.action, reply.result_code, reply.request_id) == ("LOCATION", "A060306", "r-1")
    assert (reply.response.status, reply.response.body) == (302, b"")
    assert dict(reply.response.headers)["Location"] == "https://client.example/cb"


def test_connect_opens_one_connection_for_the_next_call(client: Client, authlete: Authlete) -> None:
    authlete.respond_with("LOCATION", "https://client.example/cb")
    for attempts in (1, 0):
        reply = client.connect()
        assert (reply.status, reply.outcome) == (Status.OK, Outcome.NO_API_RESPONSE)
        assert (reply.ticket_state, reply.attempts) == (TicketState.NONE, attempts)
        assert (reply.http_status, reply.json, reply.error) == (None, "", "")
    assert fail(client).outcome is Outcome.DELIVERED
    assert len(authlete.requests) == authlete.connections == 1


def test_connect_raises_like_a_call() -> None:
    with Client(SERVICE) as client, pytest.raises(Connect) as caught:
        client.connect()
    assert caught.value.reply.ticket_state is TicketState.NONE
    assert caught.value.reply.response.status == 500


@pytest.mark.parametrize(
    ("name", "keywords", "sent"),
    [
        (
            "authorization",
            {"reason": AuthorizationReason.DENIED, "description": "ユーザー"},
            {"reason": "DENIED", "description": "ユーザー"},
        ),
        ("token", {"reason": TokenReason.INVALID_TARGET}, {"reason": "INVALID_TARGET"}),
        ("token", {"reason": "INVALID_TARGET"}, {"reason": "INVALID_TARGET"}),
        (
            "backchannel_authentication",
            {
                "reason": BackchannelAuthenticationReason.ACCESS_DENIED,
                "error_description": "No.",
                "error_uri": "https://as.example/no",
            },
            {
                "reason": "ACCESS_DENIED",
                "errorDescription": "No.",
                "errorUri": "https://as.example/no",
            },
        ),
        ("backchannel_authentication", {"error_uri": None}, {}),
    ],
)
def test_keywords_and_mappings(
    client: Client, authlete: Authlete, name: str, keywords: dict[str, Any], sent: dict[str, str]
) -> None:
    sent = {"ticket": TICKET, **sent}
    call = getattr(client, name)
    for request in (None, sent, UserDict(sent)):
        call(request, **({} if request else {"ticket": TICKET, **keywords}))
        path, authorization, document, *_ = authlete.requests[-1]
        assert path == f"/api/715948317/{PATHS[name]}/fail"
        assert (authorization, document) == (f"Bearer {TOKEN}", sent)


def test_a_backchannel_request_may_be_empty(client: Client, authlete: Authlete) -> None:
    assert client.backchannel_authentication().ticket_state is TicketState.NONE
    assert authlete.document == {}


@pytest.mark.parametrize("name", PATHS)
def test_wrong_kinds_of_arguments(client: Client, authlete: Authlete, name: str) -> None:
    call = getattr(client, name)
    with pytest.raises(TypeError, match="not both"):
        call({"ticket": TICKET}, reason="DENIED")
    for wrong in ('{"ticket":"t"}', b"{}", ["ticket"], 5, True):
        with pytest.raises(TypeError, match="request must be a mapping, not "):
            call(wrong)
    with pytest.raises(TypeError, match="bytes is not JSON serializable"):
        call(ticket=TICKET.encode())
    with pytest.raises(TypeError, match="unexpected keyword"):
        call(tickets=TICKET)
    with pytest.raises(TypeError, match="positional argument"):
        call(TICKET, "DENIED")
    with pytest.raises(ValueError, match="JSON"):
        call({"ticket": float("nan")})
    with pytest.raises(InvalidRequest, match="unpaired surrogate"):
        call(ticket="\udc80", reason="UNKNOWN")
    assert authlete.requests == []


def test_a_config_may_be_a_mapping_or_keywords(authlete: Authlete, tmp_path: Path) -> None:
    authlete.respond_with("LOCATION", "https://client.example/cb")
    mapping = {**SERVICE, "baseUrl": authlete.url, "locationStatus": 303}
    by_mapping = Client(UserDict(mapping))
    by_keywords = Client(
        base_url=authlete.url, service_id="1", access_token=TOKEN, location_status=303
    )
    for client in (by_mapping, by_keywords):
        with client:
            assert fail(client).response.status == 303
        with pytest.raises(Shutdown):
            fail(client)
    no_certificate = tmp_path / "ca.pem"
    no_certificate.touch()
    with pytest.raises(InvalidConfig, match='"caFile" contains no PEM certificate'):
        Client({**SERVICE, "caFile": no_certificate})


def test_a_config_may_be_the_environment(
    authlete: Authlete, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidConfig, match=r"^environment: AUTHLETE_BASE_URL is not set$"):
        Client()
    monkeypatch.setenv("AUTHLETE_BASE_URL", authlete.url)
    monkeypatch.setenv("AUTHLETE_SERVICE_APIKEY", "77")
    monkeypatch.setenv("AUTHLETE_SERVICE_ACCESSTOKEN", TOKEN)
    with Client() as client:
        client.token(ticket=TICKET, reason="UNKNOWN")
    assert authlete.requests[-1][:2] == ("/api/77/auth/token/fail", f"Bearer {TOKEN}")
    with pytest.raises(InvalidConfig, match=r'^config: "baseUrl" is missing; '):
        Client({})


@pytest.mark.parametrize(
    ("mapping", "keywords", "error", "message"),
    [
        ({"base_url": "x"}, {}, InvalidConfig, 'unknown key "base_url"'),
        (SERVICE, {"timeout_ms": 5}, TypeError, "not both"),
        ("{}", {}, TypeError, "config must be a mapping, not "),
        (b"{}", {}, TypeError, "config must be a mapping, not "),
        ([], {}, TypeError, "config must be a mapping, not "),
        (0, {}, TypeError, "config must be a mapping, not "),
        (None, {"base_url": "x", "baseUrl": "y"}, TypeError, "given twice"),
        (None, {"base_url": object()}, TypeError, "object is not JSON serializable"),
        (None, {"access_token": b"t"}, TypeError, "bytes is not JSON serializable"),
    ],
)
def test_wrong_configs(
    mapping: Any, keywords: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Client(mapping, **keywords)


def test_a_closed_client_rejects_calls(client: Client, authlete: Authlete) -> None:
    client.close()
    client.close()
    calls: list[Any] = [client.authorization, client.token, client.backchannel_authentication]
    for call in calls:
        with pytest.raises(Shutdown, match=r"^shutdown: the client is closed; nothing was sent$"):
            call(ticket=TICKET, reason="SERVER_ERROR")
    for without_ticket in (client.backchannel_authentication, client.connect):
        with pytest.raises(Shutdown) as caught:
            without_ticket()
        assert caught.value.reply.ticket_state is TicketState.NONE
        assert json.loads(caught.value.reply.error_json)["ticketState"] == "NONE"
    assert authlete.connections == 0


def test_a_client_cannot_be_copied(client: Client) -> None:
    for duplicate in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="cannot be copied or pickled"):
            duplicate(client)
