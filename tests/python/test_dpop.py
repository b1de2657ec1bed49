"""DPoP, with keys from other libraries, which also verify the proofs."""

from __future__ import annotations

import json
import time
from typing import Any, Optional

import proofs
import pytest
from authlete_fail import Client, Http, Status, TicketState
from conftest import TOKEN, Authlete, fail
from joserfc.errors import BadSignatureError
from jwcrypto.jws import InvalidJWSSignature
from proofs import Jwk, Proof

CHALLENGE = 'DPoP error="use_dpop_nonce", error_description="Authlete requires a nonce."'


def config(authlete: Authlete, key: object) -> dict[str, Any]:
    service = {"baseUrl": authlete.url, "serviceId": "1", "accessToken": TOKEN}
    return {**service, "dpopKey": key, "logLevel": "debug"}


def received(authlete: Authlete, key: Jwk, number: int = -1) -> Proof:
    """Return the verified proof of a request."""
    headers = authlete.requests[number].headers
    assert len(headers.get_all("DPoP", [])) == len(headers.get_all("Authorization", [])) == 1
    assert not [secret for secret in proofs.secrets(key) if secret in str(headers)]
    return proofs.verified(headers["DPoP"], key)


def check(
    authlete: Authlete, key: Jwk, token: str = TOKEN, number: int = -1, nonce: Optional[str] = None
) -> str:
    """Check the proof and the token of a request. Returns the `jti`."""
    request = authlete.requests[number]
    assert request.authorization == f"DPoP {token}"
    url = authlete.url + request.path.partition("?")[0]
    proof = received(authlete, key, number)
    assert proof.header["alg"] == key["alg"]
    return proofs.check(proof, request.method, url, token, time.time(), nonce)


@pytest.fixture(params=proofs.ALGORITHMS)
def alg(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=proofs.MAKERS)
def key(request: pytest.FixtureRequest, alg: str) -> Jwk:
    """A key of each algorithm, made by each library."""
    return proofs.make(alg, request.param)


def test_other_libraries_verify_the_proof_of_every_call(authlete: Authlete, key: Jwk) -> None:
    jtis = set()
    with Client(config(authlete, key)) as client:
        authlete.respond_with("LOCATION", "https://client.example/cb")
        fail(client)
        jtis.add(check(authlete, key))
        client.token(ticket="t", reason="UNKNOWN")
        jtis.add(check(authlete, key))
        client.backchannel_authentication(ticket="t", reason="UNKNOWN_USER_ID")
        jtis.add(check(authlete, key))
        client.call("/auth/token", {"parameters": "grant_type=password"})
        jtis.add(check(authlete, key))
        client.call("/auth/token", {"parameters": "x"}, access_token="canary-other")
        jtis.add(check(authlete, key, token="canary-other"))
        client.call("/client/get/list?start=0&end=5", method="GET")
        assert authlete.requests[-1].path.endswith("/client/get/list?start=0&end=5")
        jtis.add(check(authlete, key))
        client.call("/client/delete/1", method="DELETE", access_token="canary-other")
        jtis.add(check(authlete, key, token="canary-other"))
    assert len(jtis) == len(authlete.requests) == 7


def test_no_jti_is_used_twice(authlete: Authlete) -> None:
    key = proofs.make("EdDSA")
    clients = [Client(config(authlete, key)) for _ in range(2)]
    for _ in range(100):
        for client in clients:
            client.call("/service/get/1", method="GET")
    jtis = {check(authlete, key, number=number) for number in range(200)}
    assert len(jtis) == 200
    for client in clients:
        client.close()


@pytest.mark.parametrize("form", ["object", "string", "pretty string", "keyword", "environment"])
def test_the_key_can_be_passed_in_every_form(
    authlete: Authlete, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    key = {**proofs.make("ES256"), "kid": "my-key", "use": "sig", "key_ops": ["sign"], "x-own": {}}
    if form == "environment":
        monkeypatch.setenv("AUTHLETE_BASE_URL", authlete.url)
        monkeypatch.setenv("AUTHLETE_SERVICE_APIKEY", "1")
        monkeypatch.setenv("AUTHLETE_SERVICE_ACCESSTOKEN", TOKEN)
        monkeypatch.setenv("AUTHLETE_DPOP_KEY", json.dumps(key))
        client = Client()
    elif form == "keyword":
        client = Client(base_url=authlete.url, service_id="1", access_token=TOKEN, dpop_key=key)
    else:
        indent = 2 if form == "pretty string" else None
        client = Client(
            config(authlete, key if form == "object" else json.dumps(key, indent=indent))
        )
    with client:
        client.call("/service/get/1", method="GET")
    check(authlete, key)
    public = {name: key[name] for name in ("kty", "crv", "x", "y", "kid")}
    assert received(authlete, key).header["jwk"] == public


def test_a_nonce_that_is_required_is_in_the_extra_attempt(authlete: Authlete, key: Jwk) -> None:
    challenge(authlete, attempts=1)
    with Client(config(authlete, key)) as client:
        reply = client.call("/client/get/list?start=0", method="GET")
        assert (reply.attempts, reply.status) == (2, Status.OK)
        client.call("/client/create", {})
    jtis = {
        check(authlete, key, number=number, nonce=nonce)
        for number, nonce in enumerate([None, "nonce-1", "nonce-2"])
    }
    assert len(jtis) == 3


def challenge(authlete: Authlete, attempts: int) -> None:
    """Require a nonce in the first responses. Every response has a new one."""

    def respond() -> None:
        count = len(authlete.requests)
        is_refused = count <= attempts
        authlete.status = 401 if is_refused else 200
        authlete.headers = {"DPoP-Nonce": f"nonce-{count}"}
        if is_refused:
            authlete.headers["WWW-Authenticate"] = CHALLENGE

    authlete.before_response = respond


def test_a_nonce_that_is_required_again_ends_the_call(authlete: Authlete) -> None:
    key = proofs.make("ES256")
    challenge(authlete, attempts=2)
    with Client(config(authlete, key)) as client, pytest.raises(Http) as caught:
        fail(client)
    reply = caught.value.reply
    assert (reply.http_status, reply.attempts) == (401, 2)
    assert (reply.ticket_state, reply.may_repeat) == (TicketState.UNTOUCHED, False)
    assert len(authlete.requests) == 2
    check(authlete, key, nonce="nonce-1")


@pytest.mark.parametrize("part", [1, 2])
def test_other_libraries_refuse_a_changed_proof(authlete: Authlete, part: int) -> None:
    """Without this test, the others would pass if the libraries verified nothing."""
    key = proofs.make("ES256")
    with Client(config(authlete, key)) as client:
        client.call("/service/get/1", method="GET")
    parts = authlete.requests[0].headers["DPoP"].split(".")
    changed = bytearray(proofs.decoded(parts[part]))
    changed[-3] ^= 1
    parts[part] = proofs.base64url(bytes(changed))
    for verify, refused in (
        (proofs.verified_by_joserfc, BadSignatureError),
        (proofs.verified_by_jwcrypto, InvalidJWSSignature),
    ):
        with pytest.raises(refused):
            verify(".".join(parts), key)
