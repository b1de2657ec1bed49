"""No repr, error or log line shows a secret, and no Python object keeps a credential."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Union

import proofs
import pytest
from authlete_fail import Client, Connect, Error, InvalidConfig, InvalidRequest, Reply
from conftest import TICKET, TOKEN, Authlete, fail

PEM = Path(__file__).with_name("client.pem").read_text()
KEY = PEM.split("-----BEGIN PRIVATE KEY-----\n")[1]
DPOP_KEYS = {alg: proofs.make(alg) for alg in proofs.ALGORITHMS}
SECRETS = ["canary", *KEY.splitlines()[:-1]]
SECRETS += [secret for key in DPOP_KEYS.values() for secret in proofs.secrets(key)]

SERVICE = {"baseUrl": "https://127.0.0.1:1", "serviceId": "1"}
V2 = {"baseUrl": "https://127.0.0.1:1", "apiVersion": "v2", "apiKey": "canary-key"}
CREDENTIALS: dict[str, dict[str, Any]] = {
    "v3 token": {**SERVICE, "accessToken": TOKEN},
    "v2 secret": {**V2, "apiSecret": "canary-secret"},
    "proxy": {**SERVICE, "accessToken": TOKEN, "proxy": "http://canary:canary@127.0.0.1:1"},
    "client key": {**SERVICE, "accessToken": TOKEN, "clientCertPem": PEM, "clientKeyPem": PEM},
    **{
        f"key of {alg}": {**SERVICE, "accessToken": TOKEN, "dpopKey": key}
        for alg, key in DPOP_KEYS.items()
    },
}
INVALID: dict[str, dict[str, Any]] = {
    "v3 token": {**SERVICE, "accessToken": "canary \u00e9"},
    "v2 secret": {**V2, "apiSecret": "canary\n"},
    "proxy": {**SERVICE, "accessToken": TOKEN, "proxy": "http://canary:canary@127.0.0.1"},
    "client key": {**SERVICE, "accessToken": TOKEN, "clientCertPem": PEM, "clientKeyPem": TICKET},
    **{
        f"key of {alg}": {**SERVICE, "accessToken": TOKEN, "dpopKey": {**key, "alg": "canary"}}
        for alg, key in DPOP_KEYS.items()
    },
}


def shown(value: Union[Client, Error, Reply]) -> list[str]:
    """The texts that a log or a debugger would show."""
    texts = [repr(value), str(value)]
    if isinstance(value, Client):
        return [*texts, *(repr(vars(part)) for part in (value, value._handle, value._log))]
    if isinstance(value, Error):
        return [*texts, repr(value.args), repr(vars(value)), *shown(value.reply)]
    return [*texts, repr(value.response), value.error, value.error_json]


def assert_no_secret(texts: list[str]) -> None:
    for text in texts:
        assert not [secret for secret in SECRETS if secret in text], text


@pytest.mark.parametrize("config", CREDENTIALS.values(), ids=CREDENTIALS)
def test_no_credential_is_shown(caplog: pytest.LogCaptureFixture, config: dict[str, Any]) -> None:
    caplog.set_level(logging.DEBUG, "authlete_fail")
    with Client({**config, "logLevel": "debug"}) as client, pytest.raises(Connect) as caught:
        fail(client)
    assert_no_secret([*shown(client), *shown(caught.value), caplog.text])
    assert len(caplog.records) == 2


@pytest.mark.parametrize("config", INVALID.values(), ids=INVALID)
def test_no_invalid_credential_is_shown(config: dict[str, Any]) -> None:
    with pytest.raises(InvalidConfig) as caught:
        Client(config)
    assert_no_secret(shown(caught.value))


@pytest.mark.parametrize("status", [200, 403, 503])
def test_no_secret_of_a_general_call_is_shown(
    caplog: pytest.LogCaptureFixture, authlete: Authlete, status: int
) -> None:
    caplog.set_level(logging.DEBUG, "authlete_fail")
    service = {"baseUrl": authlete.url, "serviceId": "1", "accessToken": TOKEN}
    config = {**service, "dpopKey": DPOP_KEYS["ES256"]}
    authlete.status = status
    authlete.respond_with("canary-action", "canary-content")
    request = {"ticket": TICKET, "parameters": "canary"}
    headers = {"X-Canary": "canary-header"}
    with Client({**config, "logLevel": "debug"}) as client:
        try:
            reply = client.call(
                "/auth/canary?canary", request, access_token="canary-other", headers=headers
            )
            texts = [repr(reply), str(reply)]
        except Error as error:
            texts = shown(error)
        texts += shown(client)
        for options in ({"access_token": "canary\n"}, {"headers": {"X-A": "canary\n"}}):
            with pytest.raises(InvalidRequest) as caught:
                client.call("/auth/token", request, **options)
            texts += shown(caught.value)
    assert_no_secret([*texts, caplog.text])
    assert len(caplog.records) == 4


def test_no_secret_of_a_call_is_shown(caplog: pytest.LogCaptureFixture, authlete: Authlete) -> None:
    caplog.set_level(logging.DEBUG, "authlete_fail")
    config = {"baseUrl": authlete.url, "serviceId": "1", "accessToken": TOKEN}
    client = Client({**config, "logLevel": "debug"})
    authlete.respond_with("LOCATION", f"https://client.example/canary-content?{TICKET}")
    texts = shown(fail(client))
    authlete.body = f'{{"resultCode":"A001203","resultMessage":"{TOKEN} {TICKET}"}}'.encode()
    for status, body in ((403, authlete.body), (200, b"canary-content" + TICKET.encode())):
        authlete.status, authlete.body = status, body
        with pytest.raises(Error) as caught:
            fail(client)
        texts += shown(caught.value)
    client.close()
    assert_no_secret([*texts, *shown(client), caplog.text])
    assert len(caplog.records) == 4
