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
    Http,
    InvalidConfig,
    InvalidRequest,
    Outcome,
    Shutdown,
    Status,
    TicketState,
    TokenReason,
)
from conftest import TICKET, TOKEN, Authlete

SERVICE = {"baseUrl": "http://127.0.0.1:1", "serviceId": "1", "accessToken": TOKEN}


def test_an_authorization_request_fails(client: Client, authlete: Authlete) -> None:
    location = "https://client.example/cb?error=access_denied&state=x"
    authlete.respond_with("LOCATION", location, "A060306")
    authlete.headers = {"Request-Id": "r-1"}
    reply = client.authorization(
        ticket=TICKET, reason=AuthorizationReason.DENIED, description="No."
    )
    path, authorization, document = authlete.requests[-1]
    assert path == "/api/715948317/auth/authorization/fail"
    assert authorization == f"Bearer {TOKEN}"
    assert document == {"ticket": TICKET, "reason": "DENIED", "description": "No."}
    assert reply.status is Status.OK
    assert reply.outcome is Outcome.DELIVERED
    assert reply.ticket_state is TicketState.CONSUMED
    assert (reply.attempts, reply.http_status, reply.retry_after_ms) == (1, 200, None)
    assert (reply.error, reply.error_json) == ("", "")
    assert reply.json.encode() == authlete.body
    assert (reply.action, reply.result_code, reply.request_id) == ("LOCATION", "A060306", "r-1")
    assert reply.response.status == 302
    assert dict(reply.response.headers)["Location"] == location
    assert reply.response.body == b""


def test_a_token_request_fails(client: Client, authlete: Authlete) -> None:
    authlete.respond_with("BAD_REQUEST", '{"error":"invalid_request"}', "A067301")
    reply = client.token(ticket=TICKET, reason=TokenReason.INVALID_RESOURCE_OWNER_CREDENTIALS)
    assert authlete.requests[-1][0] == "/api/715948317/auth/token/fail"
    assert authlete.document == {"ticket": TICKET, "reason": "INVALID_RESOURCE_OWNER_CREDENTIALS"}
    assert reply.outcome is Outcome.DELIVERED
    assert (reply.response.status, reply.response.body) == (400, b'{"error":"invalid_request"}')


def test_a_backchannel_authentication_request_fails(client: Client, authlete: Authlete) -> None:
    authlete.respond_with("FORBIDDEN", '{"error":"access_denied"}')
    reply = client.backchannel_authentication(
        ticket=TICKET,
        reason=BackchannelAuthenticationReason.ACCESS_DENIED,
        error_description="No.",
        error_uri="https://as.example/no",
    )
    assert authlete.requests[-1][0] == "/api/715948317/backchannel/authentication/fail"
    assert authlete.document == {
        "ticket": TICKET,
        "reason": "ACCESS_DENIED",
        "errorDescription": "No.",
        "errorUri": "https://as.example/no",
    }
    assert reply.response.status == 403


def test_a_backchannel_request_may_be_empty(client: Client, authlete: Authlete) -> None:
    authlete.respond_with("INTERNAL_SERVER_ERROR", '{"error":"server_error"}')
    reply = client.backchannel_authentication()
    assert authlete.document == {}
    assert reply.ticket_state is TicketState.NONE


@pytest.mark.parametrize("kind", [dict, UserDict])
def test_a_mapping_is_sent_unchanged(client: Client, authlete: Authlete, kind: Any) -> None:
    authlete.respond_with("BAD_REQUEST", "{}")
    request = {"ticket": TICKET, "reason": "UNKNOWN_USER_ID", "errorDescription": "ユーザー"}
    client.backchannel_authentication(kind(request))
    assert authlete.document == request


def test_a_reason_may_be_text(client: Client, authlete: Authlete) -> None:
    authlete.respond_with("BAD_REQUEST", "{}")
    client.token(ticket=TICKET, reason="INVALID_TARGET")
    assert authlete.document["reason"] == "INVALID_TARGET"


def test_the_library_checks_requests(client: Client, authlete: Authlete) -> None:
    with pytest.raises(InvalidRequest, match=r'^request: unknown member "tickets"'):
        client.token({"tickets": TICKET})
    with pytest.raises(InvalidRequest, match=r'^request: "ticket" is missing$'):
        client.authorization()
    with pytest.raises(InvalidRequest, match='"reason" is "ACCESS_DENIED"') as caught:
        client.authorization(ticket=TICKET, reason="ACCESS_DENIED")
    assert caught.value.reply.ticket_state is TicketState.UNTOUCHED
    with pytest.raises(InvalidRequest, match="unpaired surrogate"):
        client.authorization(ticket="\udc80", reason="DENIED")
    with pytest.raises(InvalidRequest, match="a NUL character"):
        client.authorization(ticket="a\0b", reason="DENIED")
    assert authlete.requests == []


@pytest.mark.parametrize("name", ["authorization", "token", "backchannel_authentication"])
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
    with pytest.raises(InvalidRequest, match='"ticket" must be a string, not a number'):
        call(ticket=5)
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
            reply = client.authorization(ticket=TICKET, reason="DENIED")
            assert reply.response.status == 303
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
    authlete.respond_with("BAD_REQUEST", "{}")
    with Client() as client:
        client.token(ticket=TICKET, reason="UNKNOWN")
    assert authlete.requests[-1][:2] == ("/api/77/auth/token/fail", f"Bearer {TOKEN}")
    with pytest.raises(InvalidConfig, match=r'^config: "baseUrl" is missing$'):
        Client({})


def test_the_library_checks_configs() -> None:
    with pytest.raises(InvalidConfig, match='unknown key "timoutMs"; did you mean "timeoutMs"'):
        Client(base_url="https://as.example", timout_ms=5)
    with pytest.raises(InvalidConfig, match='unknown key "base_url"'):
        Client({"base_url": "https://as.example"})
    with pytest.raises(InvalidConfig, match='"timeoutMs" is null'):
        Client(**SERVICE, timeout_ms=None)
    with pytest.raises(InvalidConfig, match='unknown key "base_Url"'):
        Client(base__url="https://as.example")


def test_wrong_kinds_of_configs() -> None:
    make: Any = Client
    wrong: object
    with pytest.raises(TypeError, match="not both"):
        make(SERVICE, timeout_ms=5)
    for wrong in ("{}", b"{}", [], 0):
        with pytest.raises(TypeError, match="config must be a mapping, not "):
            make(wrong)
    with pytest.raises(TypeError, match="given twice"):
        make(base_url="https://a.example", baseUrl="https://b.example")
    with pytest.raises(TypeError, match="object is not JSON serializable"):
        make(base_url=object())
    with pytest.raises(TypeError, match="bytes is not JSON serializable"):
        make(access_token=b"t")


def test_a_closed_client_rejects_calls(client: Client, authlete: Authlete) -> None:
    client.close()
    client.close()
    for call in (client.authorization, client.token, client.backchannel_authentication):
        with pytest.raises(Shutdown) as caught:
            call(ticket=TICKET, reason="SERVER_ERROR")
        reply = caught.value.reply
        assert str(caught.value) == "shutdown: the client is closed; nothing was sent"
        assert (reply.status, reply.attempts) == (Status.SHUTDOWN, 0)
        assert reply.ticket_state is TicketState.UNTOUCHED
        assert reply.response.body == b'{"error":"server_error"}'
    with pytest.raises(Shutdown) as caught:
        client.backchannel_authentication()
    assert caught.value.reply.ticket_state is TicketState.NONE
    assert authlete.requests == []


def test_a_closed_clients_error_json_has_the_librarys_members(
    client: Client, authlete: Authlete
) -> None:
    authlete.status = 403
    with pytest.raises(Http) as theirs:
        client.token(ticket=TICKET, reason="UNKNOWN")
    client.close()
    with pytest.raises(Shutdown) as ours:
        client.token(ticket=TICKET, reason="UNKNOWN")
    library = json.loads(theirs.value.reply.error_json)
    closed = json.loads(ours.value.reply.error_json)
    assert list(closed) == list(library)
    assert closed["status"] == "SHUTDOWN"
    assert (closed["httpStatus"], closed["resultCode"], closed["retryAfterMs"]) == (None,) * 3
    assert (closed["outcome"], closed["attempts"]) == ("NO_API_RESPONSE", 0)
    assert closed["message"] == str(ours.value)
    assert closed["ticketState"] == "UNTOUCHED"


def test_a_context_manager_closes(authlete: Authlete) -> None:
    with Client({**SERVICE, "baseUrl": authlete.url}) as client:
        authlete.respond_with("BAD_REQUEST", "{}")
        client.token(ticket=TICKET, reason="UNKNOWN")
    with pytest.raises(Shutdown):
        client.token(ticket=TICKET, reason="UNKNOWN")


def test_a_client_cannot_be_copied(client: Client) -> None:
    for duplicate in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="cannot be copied or pickled"):
            duplicate(client)
