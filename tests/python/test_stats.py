"""The statistics of a client, and the diagnostics of its calls."""

from __future__ import annotations

import asyncio
import json
import os
import typing
from collections.abc import Iterator
from typing import Any

import authlete_fail
import pytest
from authlete_fail import (
    AsyncClient,
    Client,
    Connect,
    Diagnostics,
    InvalidConfig,
    InvalidRequest,
    Shutdown,
    Stats,
    Timeout,
    _ffi,
)
from conftest import ROOT, TOKEN, Authlete, Handler, fail, join, new_client, start_threads
from test_async import busy
from test_async import fail as fail_async
from test_async import new_client as new_async_client


def members(document: Any) -> Any:
    """The names of all members, or the type of a value."""
    if isinstance(document, dict):
        return {name: members(value) for name, value in document.items()}
    return type(document).__name__


def flattened(document: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """The names of all members, as in `connections.opened`."""
    for name, value in document.items():
        if isinstance(value, dict):
            yield from flattened(value, f"{prefix}{name}.")
        else:
            yield prefix + name


def annotated(kind: Any) -> Any:
    """The names of all members of a TypedDict, as `members` returns them."""
    if not typing.is_typeddict(kind):
        return getattr(kind, "__name__", None)
    return {name: annotated(value) for name, value in typing.get_type_hints(kind).items()}


def test_stats_count_calls_and_connections(authlete: Authlete, monkeypatch: Any) -> None:
    monkeypatch.setattr(Handler, "protocol_version", "HTTP/1.1")
    authlete.respond_with("LOCATION", "https://client.example/cb")
    with new_client(authlete) as client:
        fail(client)
        fail(client)
        with pytest.raises(InvalidRequest):
            client.token()
        stats = client.stats()
    assert stats["calls"] == {
        "OK": {"DELIVERED": 2},
        "INVALID_REQUEST": {"NO_API_RESPONSE": 1},
    }
    assert stats["retries"] == 0
    connections = stats["connections"]
    assert [connections[name] for name in ("opened", "reused", "idle", "inUse")] == [1, 1, 1, 0]
    assert set(connections["closed"].values()) == {0}
    assert stats["tlsHandshakes"] == {"full": 0, "resumed": 0}


@pytest.mark.skipif(not hasattr(typing, "is_typeddict"), reason="needs Python 3.10")
def test_the_types_match_the_library(client: Client) -> None:
    fail(client)
    stats = client.stats()
    assert members({**stats, "calls": {}}) == annotated(Stats) | {"calls": {}}
    diagnostics = fail(client).diagnostics
    assert list(diagnostics) == list(typing.get_type_hints(Diagnostics))
    [attempt] = diagnostics["attempts"]
    assert list(attempt) == list(typing.get_type_hints(authlete_fail.Attempt))
    header = (ROOT / "include/authlete_fail.h").read_text()
    for name in [*diagnostics, *attempt, *flattened({**stats, "calls": 0})]:
        assert f"`{name}`" in header, name


def test_stats_of_a_closed_client(client: Client) -> None:
    client.close()
    with pytest.raises(Shutdown, match="the client is closed"):
        client.stats()


def test_stats_of_a_forked_child_start_at_zero(client: Client, authlete: Authlete) -> None:
    fail(client)
    child = os.fork()
    if child == 0:
        os._exit(client.stats()["calls"] != {})
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert client.stats()["calls"] != {}
    assert len(authlete.requests) == 1


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_rejected_calls_are_added_to_those_of_the_library(authlete: Authlete) -> None:
    """The call on the only thread and the calls in the queue time out; a child starts at zero."""

    async def calls() -> None:
        client = new_async_client(authlete, max_threads=1)
        running = asyncio.create_task(fail_async(client, timeout_ms=300))
        authlete.hold_responses()
        queued = [fail_async(client, timeout_ms=50) for _ in range(3)]
        errors = await asyncio.gather(running, *queued, return_exceptions=True)
        assert [type(error) for error in errors] == [Timeout] * 4
        assert client.stats()["calls"] == {"TIMEOUT": {"NO_API_RESPONSE": 4}}
        child = os.fork()
        if child == 0:
            os._exit(client.stats()["calls"] != {})
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert client.stats()["calls"] == {"TIMEOUT": {"NO_API_RESPONSE": 4}}
        await client.aclose()

    asyncio.run(calls())


def test_rejected_calls_of_several_threads_are_counted(authlete: Authlete) -> None:
    async def occupy(client: AsyncClient) -> None:
        running = await busy(client, authlete)
        await asyncio.to_thread(join, start_threads(8, lambda: asyncio.run(expire(client))))
        assert client.stats()["calls"] == {"TIMEOUT": {"NO_API_RESPONSE": 32}}
        authlete.release_responses()
        await running
        await client.aclose()

    async def expire(client: AsyncClient) -> None:
        calls = (fail_async(client, timeout_ms=20) for _ in range(4))
        errors = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(error) for error in errors] == [Timeout] * 4

    asyncio.run(occupy(new_async_client(authlete, max_threads=1)))


def test_long_stats_fit(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = client.stats()
    monkeypatch.setattr(_ffi, "STATS_SIZE", 10)
    assert client.stats() == expected


def test_diagnostics_of_a_call(client: Client, authlete: Authlete) -> None:
    diagnostics = fail(client).diagnostics
    assert (diagnostics["endpoint"], diagnostics["method"]) == ("/auth/authorization/fail", "POST")
    assert diagnostics["serverAddress"] == "127.0.0.1"
    assert diagnostics["serverPort"] == authlete.server_port
    [attempt] = diagnostics["attempts"]
    assert (attempt["connection"], attempt["peerAddress"]) == ("new", "127.0.0.1")
    assert attempt["waitUs"] is not None
    assert 0 < attempt["waitUs"] <= diagnostics["durationUs"]
    assert client.connect().diagnostics["endpoint"] == "connect"
    assert client.call("/service/get", method="GET").diagnostics["method"] == "GET"


def test_diagnostics_are_parsed_once(client: Client) -> None:
    reply = fail(client)
    assert reply.diagnostics is reply.diagnostics
    assert json.loads(reply.diagnostics_json) == reply.diagnostics


@pytest.mark.parametrize(
    ("url", "address", "port"),
    [
        ("https://AS.Example/prefix", "as.example", 443),
        ("http://[::1]:1", "::1", 1),
        ("http://127.0.0.1", "127.0.0.1", 80),
    ],
)
def test_a_closed_client_has_the_diagnostics_of_the_library(
    url: str, address: str, port: int
) -> None:
    client = Client(base_url=url, service_id="1", access_token=TOKEN)
    requests: list[Any] = [lambda: client.token(), lambda: client.call("/x", method="DELETE")]
    refused = []
    for call in requests[:1]:
        with pytest.raises(InvalidRequest) as caught:
            call()
        refused.append(caught.value.reply.diagnostics)
    client.close()
    closed = []
    for call in [*requests, client.connect]:
        with pytest.raises(Shutdown) as caught_:
            call()
        closed.append(caught_.value.reply.diagnostics)
    assert {(d["serverAddress"], d["serverPort"]) for d in refused + closed} == {(address, port)}
    assert [(d["endpoint"], d["method"]) for d in closed] == [
        ("/auth/token/fail", "POST"),
        ("other", "DELETE"),
        ("connect", None),
    ]
    assert list(refused[0]) == list(closed[0])
    assert {str(d["attempts"]) for d in refused + closed} == {"[]"}


def test_only_a_client_that_was_not_created_has_no_diagnostics() -> None:
    with pytest.raises(InvalidConfig) as caught:
        Client(base_url="x")
    assert len(caught.value.reply.diagnostics) == 0
    client = Client(base_url="http://127.0.0.1:1", service_id="1", access_token=TOKEN)
    with client, pytest.raises(Connect) as refused:
        fail(client)
    [attempt] = refused.value.reply.diagnostics["attempts"]
    assert attempt["connection"] is None
