"""The keywords of a client match the library's keys, and errors name what the caller wrote."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from authlete_fail import Client, InvalidConfig, InvalidRequest
from authlete_fail._keywords import CONFIGURATION
from conftest import ROOT, TOKEN

SERVICE = {"baseUrl": "http://127.0.0.1:1", "serviceId": "1", "accessToken": TOKEN}
URL = "https://as.example"
CREDENTIALS = {"base_url": URL, "service_id": "1", "access_token": TOKEN}
LONG = 1001 * "x"


def test_the_keywords_are_the_keys_of_the_library() -> None:
    source = (ROOT / "src/config/keys.rs").read_text()
    keys = source.split("pub const KEYS: &[&str] = &[")[1].split("]")[0]
    assert list(CONFIGURATION) == re.findall(r'"(\w+)"', keys)
    reference = (ROOT / "docs/reference/configuration.md").read_text()
    rows = [line.split("|")[1] for line in reference.splitlines() if line.startswith("| `")]
    documented = [key for row in rows for key in re.findall("`([a-z][A-Za-z]+)`", row)]
    assert sorted(documented) == sorted(CONFIGURATION)
    assert CONFIGURATION["clientCertFile"] == "client_cert_file"


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"timout_ms": 5}, 'unknown key "timout_ms"; did you mean "timeout_ms"?'),
        ({"base__url": "x"}, 'unknown key "base__url"'),
        ({**CREDENTIALS, "timeoutMs": 0}, '"timeoutMs" '),
        ({**CREDENTIALS, "timeout_ms": 0}, '"timeout_ms" '),
        ({"service_id": "1"}, '"base_url" is missing'),
        ({"base_url": "http://as.example"}, 'if "allow_insecure_http" is true'),
        ({"base_url": URL, "service_id": "1"}, '"access_token" is missing'),
        ({**CREDENTIALS, "ca_file": "/", "ca_pem": ""}, '"ca_pem"'),
        ({**CREDENTIALS, "client_cert_pem": ""}, '"client_key_file" or "client_key_pem"'),
    ],
)
def test_configuration_errors_name_the_keyword(keywords: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidConfig) as caught:
        Client(**keywords)
    reply = caught.value.reply
    assert message in str(caught.value)
    assert reply.error == str(caught.value)
    machine = json.loads(reply.error_json)["message"]
    assert "_" not in machine.replace("base_Url", ""), "unchanged"


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"error_description": LONG}, '"error_description" is 1001 bytes long'),
        ({"error_uri": LONG}, '"error_uri" is 1001 bytes long'),
        ({"reason": ""}, '"reason" is empty'),
    ],
)
def test_request_errors_name_the_keyword(request_: dict[str, Any], message: str) -> None:
    with Client(SERVICE) as client, pytest.raises(InvalidRequest, match=message):
        client.backchannel_authentication(**request_)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"errorUri": LONG}, '"errorUri" is 1001 bytes long'),
        ({"error_uri": ""}, 'unknown member "error_uri" .* did you mean "errorUri"'),
        ({"timeoutMs": ""}, 'unknown member "timeoutMs"'),
    ],
)
def test_request_errors_name_the_member_of_a_mapping(
    request_: dict[str, Any], message: str
) -> None:
    with Client(base_url="http://127.0.0.1:1", service_id="1", access_token=TOKEN) as client:
        with pytest.raises(InvalidRequest, match=message):
            client.backchannel_authentication(request_)
        with pytest.raises(InvalidRequest, match=message):
            client.call("/backchannel/authentication/fail", request_)
