"""The sandbox accepts the library's DPoP proofs, each one once and only for its own request."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from typing import Any, NamedTuple, Optional

import proofs
import pytest
from authlete_fail import Client, Http, Outcome, Status
from conftest import TEST_TIMEOUT, Authlete, fail

PATH = "/auth/token"
OTHER_TOKEN = "canary-other-token"


class Received(NamedTuple):
    """A response of the sandbox."""

    status: int
    challenge: str
    document: Any


def send(method: str, url: str, headers: dict[str, str], document: object = None) -> Received:
    """Send a request without the library."""
    host, slash, path = url.partition("://")[2].partition("/")
    connection = http.client.HTTPConnection(host, timeout=TEST_TIMEOUT)
    body = None if document is None else json.dumps(document).encode()
    headers = {**headers, "Content-Type": "application/json"}
    with closing(connection):
        connection.request(method, slash + path, body, headers)
        response = connection.getresponse()
        challenge = response.getheader("WWW-Authenticate", "")
        return Received(response.status, challenge, json.load(response))


class Service(NamedTuple):
    """A service of the sandbox that requires DPoP."""

    url: str
    created: dict[str, str]

    def config(self, key: proofs.Jwk, url: Optional[str] = None) -> dict[str, Any]:
        credentials = {name: self.created[name] for name in ("serviceId", "accessToken")}
        return {"baseUrl": url or self.url, "dpopKey": key, **credentials}

    def send(self, path: str, proof: str, scheme: str = "DPoP", host: str = "") -> Received:
        headers = {"Authorization": f"{scheme} {self.created['accessToken']}", "DPoP": proof}
        if host:
            headers["Host"] = host
        return send("POST", f"{self.url}/api/{self.created['serviceId']}{path}", headers, {})

    def control(self, method: str, path: str, document: object = None) -> Any:
        received = send(method, f"{self.url}/sandbox/{path}", {}, document)
        assert received.status == 200
        return received.document


def new_service(url: str, nonce: str = "none") -> Service:
    received = send("POST", f"{url}/sandbox/services", {}, {"apiDpop": {"nonce": nonce}})
    assert received.status == 201
    return Service(url, received.document)


def check_refused(received: Received, problem: str) -> None:
    assert received.status == 401
    assert received.challenge.startswith("DPoP error=")
    assert problem in received.document["resultMessage"]


@pytest.mark.parametrize("alg", proofs.ALGORITHMS)
@pytest.mark.parametrize("nonce", ["none", "each-response", "single-use"])
def test_the_sandbox_accepts_every_call(sandbox_url: str, alg: str, nonce: str) -> None:
    service = new_service(sandbox_url, nonce)
    with Client(service.config(proofs.make(alg))) as client:

        def attempts() -> int:
            reply = fail(client)
            # The ticket is unknown, so the sandbox has processed the request.
            assert (reply.status, reply.outcome) == (Status.OK, Outcome.TICKET_INVALID)
            return reply.attempts

        with_challenge = 1 if nonce == "none" else 2
        assert [attempts() for _ in range(4)] == [with_challenge, 1, 1, 1]
        # The nonces expire.
        clock = {"serviceId": service.created["serviceId"], "advanceSeconds": 301}
        service.control("POST", "clock", clock)
        assert [attempts() for _ in range(2)] == [with_challenge, 1]


def test_a_captured_proof_cannot_be_replayed(sandbox_url: str) -> None:
    service = new_service(sandbox_url)
    with Client(service.config(proofs.make("ES256"))) as client:
        assert client.call(PATH, {}).status is Status.OK
    query = f"requests?serviceId={service.created['serviceId']}"
    [request] = service.control("GET", query)["requests"]
    assert (request["path"], request["status"]) == (PATH, 200)
    check_refused(service.send(PATH, request["headers"]["dpop"]), "jti")


@pytest.mark.parametrize(
    ("call", "sent", "problem"),
    [
        ({}, {}, None),
        ({}, {"path": "/auth/authorization"}, "htu"),
        ({"method": "GET"}, {}, "htm"),
        ({"access_token": OTHER_TOKEN}, {}, "ath"),
        ({}, {"host": "127.0.0.1"}, "htu"),
        ({}, {"scheme": "Bearer"}, "scheme"),
    ],
    ids=["unchanged", "another path", "another method", "another token", "another host", "Bearer"],
)
def test_a_proof_is_valid_for_one_request(
    sandbox_url: str,
    authlete: Authlete,
    call: dict[str, Any],
    sent: dict[str, str],
    problem: Optional[str],
) -> None:
    """Another server captures the proof, so that the sandbox has not seen it."""
    service = new_service(sandbox_url)
    with Client(service.config(proofs.make("EdDSA"), authlete.url)) as client:
        client.call(PATH, None if "method" in call else {}, **call)
    captured = {
        "path": PATH,
        "proof": authlete.requests[0].headers["DPoP"],
        "host": authlete.url.partition("://")[2],
    }
    received = service.send(**{**captured, **sent})
    if problem:
        check_refused(received, problem)
    else:
        assert received.status == 200
        check_refused(service.send(**captured), "jti")


def test_a_token_is_bound_to_its_key(sandbox_url: str) -> None:
    service = new_service(sandbox_url)
    with Client(service.config(proofs.make("ES256"))) as client:
        assert fail(client).status is Status.OK
    other = Client(service.config(proofs.make("ES256", "jwcrypto")))
    with other, pytest.raises(Http) as caught:
        fail(other)
    reply = caught.value.reply
    assert (reply.http_status, reply.result_code, reply.attempts) == (401, "A001302", 1)
