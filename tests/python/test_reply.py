"""Replies, their responses, and the exceptions that carry them."""

from __future__ import annotations

import copy
import dataclasses
import gc
import pickle
from datetime import timedelta

import authlete_fail
import pytest
from authlete_fail import (
    Client,
    Connect,
    Error,
    Http,
    InvalidConfig,
    InvalidRequest,
    Network,
    Outcome,
    Resource,
    Status,
    TicketState,
    Timeout,
    Tls,
    _ffi,
    errors,
)
from authlete_fail.reply import read
from conftest import Authlete, fail, new_client

NO_REPLY = read(_ffi.OwnedReply())


def test_a_null_reply_reads_as_the_header_says() -> None:
    assert dataclasses.asdict(NO_REPLY) == {
        "status": Status.INVALID_ARGUMENT,
        "outcome": Outcome.NO_API_RESPONSE,
        "ticket_state": TicketState.UNKNOWN,
        "may_repeat": False,
        "attempts": 0,
        "duration": timedelta(0),
        "http_status": None,
        "retry_after_ms": None,
        "error": "no reply",
        "error_json": "",
        "json": "",
        "action": "",
        "result_code": "",
        "request_id": "",
        "diagnostics_json": "",
        "response": {
            "status": 500,
            "headers": (
                ("Content-Type", "application/json"),
                ("Cache-Control", "no-store"),
                ("Pragma", "no-cache"),
            ),
            "body": b'{"error":"server_error"}',
        },
    }


def test_a_reply_outlives_its_client(authlete: Authlete) -> None:
    client = new_client(authlete)
    reply = fail(client)
    client.close()
    del client
    gc.collect()
    assert reply.json.encode() == authlete.body


def test_replies_are_immutable_values() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        NO_REPLY.response.status = 200
    assert hash(NO_REPLY) == hash(copy.deepcopy(NO_REPLY))
    assert pickle.loads(pickle.dumps(NO_REPLY)) == NO_REPLY  # noqa: S301


def test_a_document_is_parsed_once(client: Client, authlete: Authlete) -> None:
    authlete.body = '{"ticket":"t","n":[1,2.5,null,true],"client":{"名":"\\ud83d\\ude00"}}'.encode()
    reply = client.call("/auth/authorization", {"parameters": ""})
    assert reply.document == {"ticket": "t", "n": [1, 2.5, None, True], "client": {"名": "😀"}}
    assert reply.document is reply.document
    for duplicate in (copy.deepcopy(reply), pickle.loads(pickle.dumps(reply))):  # noqa: S301
        assert (duplicate, hash(duplicate)) == (reply, hash(reply))
        assert duplicate.document == reply.document
    assert NO_REPLY.document is None


def test_the_document_of_an_error(client: Client, authlete: Authlete) -> None:
    authlete.status, authlete.body = 403, b'{"resultCode":"A001203"}'
    with pytest.raises(Http) as caught:
        client.call("/auth/token", {})
    assert caught.value.reply.document == {"resultCode": "A001203"}
    authlete.body = b"<p>"
    with pytest.raises(Http) as caught:
        client.call("/auth/token", {})
    assert caught.value.reply.document is None


def test_a_document_that_python_rejects_is_a_valid_reply(
    client: Client, authlete: Authlete
) -> None:
    authlete.body = b'{"a":' + 100_000 * b"[" + 100_000 * b"]" + b"}"
    reply = client.call("/service/get", {})
    for _ in range(2):
        with pytest.raises(RecursionError):
            reply.document  # noqa: B018
    assert reply.json.encode() == authlete.body


def test_reprs_show_statuses(client: Client, authlete: Authlete) -> None:
    authlete.respond_with("LOCATION", "https://client.example/cb")
    reply = fail(client)
    assert repr(reply) == "<Reply OK, DELIVERED, ticket CONSUMED, HTTP status 200>"
    assert repr(reply.response) == "<Response 302 Found>"


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.OK])
def test_every_status_has_its_exception(status: Status) -> None:
    reply = dataclasses.replace(NO_REPLY, status=status, error="what: went wrong")
    name = status.name.title().replace("_", "")
    with pytest.raises(Error) as caught:
        errors.checked(reply)
    error = caught.value
    assert type(error) is getattr(authlete_fail, name)
    assert str(error) == "what: went wrong"
    assert repr(error) == f"{name}('what: went wrong')"
    assert error.reply is reply
    error.add_note("kept") if hasattr(error, "add_note") else None
    for duplicate in (pickle.loads(pickle.dumps(error)), copy.copy(error)):  # noqa: S301
        assert type(duplicate) is type(error)
        assert (str(duplicate), duplicate.reply) == (str(error), reply)
        assert getattr(duplicate, "__notes__", None) == getattr(error, "__notes__", None)


def test_ok_raises_nothing_and_an_unknown_status_raises_error() -> None:
    reply = dataclasses.replace(NO_REPLY, status=Status.OK)
    assert errors.checked(reply) is reply
    with pytest.raises(Error) as caught:
        errors.checked(dataclasses.replace(NO_REPLY, status=Status(99)))
    assert type(caught.value) is Error


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (InvalidConfig, ValueError),
        (InvalidRequest, ValueError),
        (Connect, ConnectionError),
        (Tls, ConnectionError),
        (Network, ConnectionError),
        (Resource, OSError),
        (Timeout, TimeoutError),
    ],
)
def test_exceptions_derive_from_builtin_ones(error: type[Error], builtin: type[Exception]) -> None:
    assert issubclass(error, builtin)
