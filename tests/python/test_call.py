"""The general call."""

from __future__ import annotations

from collections import UserDict
from typing import Any, Optional

import pytest
from authlete_fail import (
    Client,
    InvalidArgument,
    InvalidRequest,
    Outcome,
    Reply,
    Shutdown,
    Status,
    TicketState,
)
from conftest import TICKET, TOKEN, Authlete, fail

PATH = "/auth/token"
OTHER = "/service/configuration"
PARAMETERS = {"parameters": "grant_type=password&username=john"}


@pytest.mark.parametrize(
    ("path", "action", "status", "first_header"),
    [
        (PATH, "OK", 200, ("Content-Type", "application/json")),
        (PATH, "INVALID_CLIENT", 401, ("Content-Type", "application/json")),
        (PATH, "canary-unknown", 500, ("Content-Type", "application/json")),
        (PATH, "PASSWORD", None, None),
        ("/auth/authorization", "LOCATION", 302, ("Location", "https://client.example/cb")),
        (OTHER, "OK", None, None),
    ],
)
def test_the_response_depends_on_the_action(
    client: Client,
    authlete: Authlete,
    path: str,
    action: str,
    status: Optional[int],
    first_header: Optional[tuple[str, str]],
) -> None:
    authlete.respond_with(action, "https://client.example/cb")
    reply = client.call(path, PARAMETERS)
    assert (reply.status, reply.outcome) == (Status.OK, Outcome.OTHER_API)
    assert (reply.ticket_state, reply.action) == (TicketState.NONE, action)
    if status is None:
        assert reply.response is None
    else:
        assert reply.response
        assert (reply.response.status, reply.response.headers[0]) == (status, first_header)
    challenge = {} if reply.response is None else dict(reply.response.headers)
    assert challenge.get("WWW-Authenticate") == ('Basic realm="token"' if status == 401 else None)


def test_type_checkers_know_which_responses_may_be_none(client: Client) -> None:
    failed: Reply = client.backchannel_authentication()
    assert failed.response.status == 500
    called = client.call(OTHER, {})
    with pytest.raises(AttributeError):
        called.response.status  # type: ignore[union-attr]  # noqa: B018
    with pytest.raises(InvalidArgument) as caught:
        client.call("")
    assert caught.value.reply.response.status == 500


@pytest.mark.parametrize("mapping", [dict, UserDict])
def test_a_post_sends_the_mapping(client: Client, authlete: Authlete, mapping: Any) -> None:
    document = {"ticket": TICKET, "ids": [1, None, True, 1.5], "claims": {"名": "前"}}
    assert client.call(PATH, mapping(document)).ticket_state is TicketState.UNKNOWN
    request = authlete.requests[-1]
    assert (request.method, request.path) == ("POST", "/api/715948317/auth/token")
    assert (request.document, request.authorization) == (document, f"Bearer {TOKEN}")


def test_a_fail_path_does_the_same_as_its_method(client: Client, authlete: Authlete) -> None:
    authlete.respond_with("LOCATION", "https://client.example/cb", "A060306")
    reply = client.call("/auth/authorization/fail", {"ticket": TICKET, "reason": "DENIED"})
    assert (reply.outcome, reply.ticket_state) == (Outcome.DELIVERED, TicketState.CONSUMED)
    assert (reply.response, authlete.document) == (fail(client).response, authlete.document)
    with pytest.raises(InvalidRequest, match='"reason" is missing'):
        client.call("/auth/authorization/fail", {"ticket": TICKET})


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_other_methods_send_no_body(client: Client, authlete: Authlete, method: Any) -> None:
    authlete.body = b'{"issuer":"https://as.example"}'
    reply = client.call(f"{OTHER}?pretty=true", method=method)
    assert reply.document == {"issuer": "https://as.example"}
    request = authlete.requests[-1]
    assert (request.method, request.document) == (method, None)
    assert request.path == f"/api/715948317{OTHER}?pretty=true"


def test_a_response_without_a_body_has_no_document(client: Client, authlete: Authlete) -> None:
    authlete.status, authlete.body = 204, b""
    reply = client.call(OTHER, method="DELETE")
    assert (reply.status, reply.outcome, reply.http_status) == (Status.OK, Outcome.OTHER_API, 204)
    assert (reply.json, reply.document, reply.response) == ("", None, None)


@pytest.mark.parametrize("request_", [None, {}])
def test_a_request_belongs_to_a_post(
    client: Client, authlete: Authlete, request_: Optional[dict[str, object]]
) -> None:
    with pytest.raises(InvalidRequest, match=r"^request: "):
        client.call(OTHER, request_, method="POST" if request_ is None else "GET")
    assert authlete.connections == 0


@pytest.mark.parametrize(
    "path",
    [
        "",
        "auth/token",
        "/auth/token/",
        "/auth/../token",
        "/auth/tok\u00e9n",
        "/auth/%74oken/fail",
        "/auth/token%2Ffail",
        "/auth/token/fail?x",
        "/auth/token#fail",
        "/api/1/auth/token",
        "/auth/token\0",
        "/auth/token?a\0",
        "\0/auth/token",
        "/auth/token/fail\0",
        "/auth/\udc80",
        "/" + 512 * "a",
    ],
)
def test_the_library_rejects_paths(client: Client, authlete: Authlete, path: str) -> None:
    with pytest.raises(InvalidArgument, match=r'^argument: "path" ') as caught:
        client.call(path, {"ticket": TICKET, "reason": "UNKNOWN"})
    assert caught.value.reply.ticket_state is TicketState.UNTOUCHED
    assert authlete.connections == 0


@pytest.mark.parametrize(
    ("path", "request_", "message"),
    [
        (b"/auth/token", {}, "path must be a str, not bytes"),
        (None, {}, "path must be a str, not NoneType"),
        (PATH, '{"parameters":""}', "request must be a mapping, not str"),
        (PATH, b"{}", "request must be a mapping, not bytes"),
        (PATH, [], "request must be a mapping, not list"),
        (PATH, {"ticket": b"t"}, "bytes is not JSON serializable"),
    ],
)
def test_wrong_types(
    client: Client, authlete: Authlete, path: Any, request_: Any, message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        client.call(path, request_)
    assert authlete.connections == 0


def test_a_closed_client_rejects_calls(client: Client, authlete: Authlete) -> None:
    client.close()
    for request, state in (({"ticket": TICKET}, TicketState.UNTOUCHED), ({}, TicketState.NONE)):
        with pytest.raises(Shutdown) as caught:
            client.call(PATH, request)
        reply = caught.value.reply
        assert (reply.ticket_state, reply.may_repeat) == (state, False)
        assert reply.response.status == 500
    assert authlete.connections == 0
