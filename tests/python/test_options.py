"""The options of a call, by each of the four methods."""

from __future__ import annotations

import json
from collections import UserDict
from datetime import timedelta
from functools import partial
from typing import Any, Callable, Optional

import pytest
from authlete_fail import (
    Client,
    Connect,
    Http,
    InvalidRequest,
    Reply,
    Response,
    TicketState,
    Timeout,
)
from conftest import TICKET, TOKEN, Authlete, Handler, join, new_client, start_threads

PATH = "/auth/token"
OTHER = "/service/configuration"
PARAMETERS = {"parameters": "grant_type=password&username=john"}

Call = Callable[..., Reply[Optional[Response]]]
CALLS: dict[str, Callable[[Client], Call]] = {
    "call": lambda client: lambda **options: client.call(PATH, PARAMETERS, **options),
    "authorization": lambda client: (
        lambda **options: client.authorization(ticket=TICKET, reason="DENIED", **options)
    ),
    "token": lambda client: (
        lambda **options: client.token({"ticket": TICKET, "reason": "UNKNOWN"}, **options)
    ),
    "backchannel_authentication": lambda client: client.backchannel_authentication,
}


@pytest.fixture(params=CALLS)
def call(request: pytest.FixtureRequest, client: Client) -> Call:
    """One of the four methods that call Authlete; it takes only options."""
    return CALLS[request.param](client)


def test_a_token_and_headers_are_sent_once(call: Call, authlete: Authlete) -> None:
    call(access_token="canary-other", headers=UserDict({"traceparent": "00-1", "X-B": "a b"}))
    call()
    with_options, without = authlete.requests
    assert with_options.authorization == "Bearer canary-other"
    assert (with_options.headers["traceparent"], with_options.headers["X-B"]) == ("00-1", "a b")
    assert without.authorization == f"Bearer {TOKEN}"
    assert {"traceparent", "x-b"}.isdisjoint(name.lower() for name in without.headers)
    assert authlete.connections <= 2


def test_the_timeout_is_that_of_the_call(call: Call, authlete: Authlete) -> None:
    authlete.hold_responses()
    with pytest.raises(Timeout) as caught:
        call(timeout_ms=50)
    reply = caught.value.reply
    assert timedelta(milliseconds=45) <= reply.duration < timedelta(seconds=8), "not the client's"
    assert json.loads(reply.error_json)["durationUs"] == reply.duration / timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("options", "keyword"),
    [
        ({"timeout_ms": 0}, "timeout_ms"),
        ({"timeout_ms": 1.5}, "timeout_ms"),
        ({"timeout_ms": True}, "timeout_ms"),
        ({"timeout_ms": "50"}, "timeout_ms"),
        ({"timeout_ms": 600_001}, "timeout_ms"),
        ({"access_token": ""}, "access_token"),
        ({"access_token": "canary\r\nX-A: b"}, "access_token"),
        ({"access_token": 5}, "access_token"),
        ({"headers": {"Authorization": "canary"}}, "headers"),
        ({"headers": {"X-A": "b\r\nX-C: canary"}}, "headers"),
        ({"headers": {"X-A\r\nX-C": "canary"}}, "headers"),
        ({"headers": {"X-A": 1}}, "headers"),
        ({"headers": {"X-A": None}}, "headers"),
        ({"headers": {"X-A": "1", "x-a": "2"}}, "headers"),
        ({"headers": [("X-A", "canary")]}, "headers"),
        ({"headers": "X-A: canary"}, "headers"),
    ],
)
def test_the_library_rejects_options(
    call: Call, authlete: Authlete, options: dict[str, Any], keyword: str
) -> None:
    with pytest.raises(InvalidRequest, match=f'^options: "{keyword}" ') as caught:
        call(**options)
    assert "canary" not in str(caught.value)
    assert caught.value.reply.ticket_state in (TicketState.UNTOUCHED, TicketState.NONE)
    assert (authlete.connections, caught.value.reply.may_repeat) == (0, False)


def test_options_are_keywords(call: Call, client: Client, authlete: Authlete) -> None:
    with pytest.raises(TypeError, match="bytes is not JSON serializable"):
        call(access_token=b"t")
    for wrong in ({"timeout": 5}, {"timeoutMs": 5}):
        with pytest.raises(TypeError, match="unexpected keyword"):
            call(**wrong)
    with pytest.raises(TypeError, match="positional argument"):
        client.call(PATH, {}, "GET")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword"):
        client.authorization(method="GET")  # type: ignore[call-arg]
    assert authlete.connections == 0


@pytest.mark.parametrize("method", ["PUT", "get", "", None, 5])
def test_the_library_rejects_methods(client: Client, authlete: Authlete, method: Any) -> None:
    with pytest.raises(InvalidRequest, match=r'^options: "method" '):
        client.call(OTHER, method=method)
    assert authlete.connections == 0


@pytest.mark.parametrize(
    ("status", "may_repeat"), [(429, True), (400, False), (500, False), (503, False)]
)
def test_may_repeat_after_an_http_status(
    call: Call, authlete: Authlete, status: int, may_repeat: bool
) -> None:
    authlete.status = status
    with pytest.raises(Http) as caught:
        call()
    assert caught.value.reply.may_repeat is may_repeat
    assert caught.value.reply.response.status == 500


def test_may_repeat_after_a_refused_connection() -> None:
    with Client(base_url="http://127.0.0.1:1", service_id="1", access_token=TOKEN) as client:
        for make in CALLS.values():
            with pytest.raises(Connect) as caught:
                make(client)()
            assert caught.value.reply.may_repeat is True


def test_threads_with_tokens_share_a_client(
    authlete: Authlete, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Handler, "protocol_version", "HTTP/1.1")
    with new_client(authlete) as client:

        def run(number: int) -> None:
            for _ in range(25):
                token = f"token-{number}" if number % 2 else None
                headers = {"X-Number": str(number)} if number % 3 else None
                client.call(PATH, {"number": number}, access_token=token, headers=headers)

        join([thread for n in range(8) for thread in start_threads(1, partial(run, n))])
    assert len(authlete.requests) == 8 * 25
    for request in authlete.requests:
        number = request.document["number"]
        assert request.authorization == f"Bearer {f'token-{number}' if number % 2 else TOKEN}"
        assert request.headers["X-Number"] == (str(number) if number % 3 else None)
    assert authlete.connections <= 8
