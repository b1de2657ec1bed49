"""The sandbox works with Authlete's own Python client, which is independent of this library."""

from __future__ import annotations

import json
from typing import Any

import authlete_client
import pytest
import sandbox
from authlete import dto
from authlete.api.authlete_api_exception import AuthleteApiException
from authlete.api.authlete_api_impl import AuthleteApiImpl
from authlete.conf import AuthleteEnvConfiguration


@pytest.fixture
def api(sandbox_url: str, version: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    return authlete_client.of_sandbox(sandbox_url, version, monkeypatch)


def new(kind: Any, **members: object) -> Any:
    request = kind()
    for name, value in members.items():
        setattr(request, name, value)
    return request


def result(response: Any) -> tuple[str, str]:
    return response.action.name, response.resultCode


def test_authorization(api: Any) -> None:
    parameters = "response_type=code&client_id=26478243745571&scope=openid&state=x"
    issued = api.authorization(new(dto.AuthorizationRequest, parameters=parameters))
    assert result(issued) == ("INTERACTION", "A004001")
    reason = dto.AuthorizationFailReason.DENIED
    request = new(dto.AuthorizationFailRequest, ticket=issued.ticket, reason=reason)
    failed = api.authorizationFail(request)
    assert result(failed) == ("LOCATION", "A060306")
    assert "error=access_denied" in failed.responseContent
    assert result(api.authorizationFail(request)) == ("BAD_REQUEST", "A059202")


def test_token(api: Any) -> None:
    parameters = "grant_type=password&username=john&password=wrong"
    issued = api.token(new(dto.TokenRequest, parameters=parameters, **sandbox.CLIENT))
    assert result(issued) == ("PASSWORD", "A051001")
    assert (issued.username, issued.password) == ("john", "wrong")
    reason = dto.TokenFailReason.INVALID_RESOURCE_OWNER_CREDENTIALS
    request = new(dto.TokenFailRequest, ticket=issued.ticket, reason=reason)
    assert result(api.tokenFail(request)) == ("BAD_REQUEST", "A067301")
    assert result(api.tokenFail(request)) == ("INTERNAL_SERVER_ERROR", "A063202")


def test_backchannel_authentication(api: Any) -> None:
    parameters = "login_hint=john&scope=openid"
    request = new(dto.BackchannelAuthenticationRequest, parameters=parameters, **sandbox.CLIENT)
    issued = api.backchannelAuthentication(request)
    assert result(issued) == ("USER_IDENTIFICATION", "A179001")
    reason = dto.BackchannelAuthenticationFailReason.ACCESS_DENIED
    kind = dto.BackchannelAuthenticationFailRequest
    for request in [new(kind, ticket=issued.ticket, reason=reason)] * 2:
        failed = api.backchannelAuthenticationFail(request)
        assert result(failed) == ("FORBIDDEN", "A185001")
    assert result(api.backchannelAuthenticationFail(kind())) == ("INTERNAL_SERVER_ERROR", "A185001")


def test_a_login(api: Any) -> None:
    parameters = "response_type=code&client_id=26478243745571&scope=openid&state=x"
    issued = api.authorization(new(dto.AuthorizationRequest, parameters=parameters))
    assert [scope.name for scope in issued.scopes] == ["openid"]
    info = new(dto.AuthorizationTicketInfoRequest, ticket=issued.ticket)
    assert api.authorizationTicketInfo(info).action.name == "OK"
    request = new(
        dto.AuthorizationIssueRequest, ticket=issued.ticket, subject="john", scopes=["openid", "a"]
    )
    response = api.authorizationIssue(request)
    assert result(response) == ("LOCATION", "A040001")
    assert f"code={response.authorizationCode}" in response.responseContent
    assert result(api.authorizationIssue(request)) == ("BAD_REQUEST", "A041202")
    assert api.authorizationTicketInfo(info).action.name == "NOT_FOUND"

    parameters = f"grant_type=authorization_code&code={response.authorizationCode}"
    request = new(dto.TokenRequest, parameters=parameters, **sandbox.CLIENT)
    tokens = api.token(request)
    assert result(tokens) == ("OK", "A050001")
    assert (tokens.grantType.name, tokens.subject) == ("AUTHORIZATION_CODE", "john")
    assert tokens.scopes == ["openid", "a"]
    assert tokens.accessToken in tokens.responseContent
    assert tokens.idToken in tokens.responseContent
    assert result(api.token(request)) == ("BAD_REQUEST", "A050305")


def test_a_password(api: Any) -> None:
    parameters = "grant_type=password&username=john&password=right"
    issued = api.token(new(dto.TokenRequest, parameters=parameters, **sandbox.CLIENT))
    request = new(dto.TokenIssueRequest, ticket=issued.ticket, subject="john")
    tokens = api.tokenIssue(request)
    assert result(tokens) == ("OK", "A054001")
    assert tokens.accessToken in tokens.responseContent
    assert result(api.tokenIssue(request)) == ("INTERNAL_SERVER_ERROR", "A055202")


def test_a_decision_of_the_user(api: Any) -> None:
    parameters = "login_hint=john&scope=openid"
    request = new(dto.BackchannelAuthenticationRequest, parameters=parameters, **sandbox.CLIENT)
    ticket = api.backchannelAuthentication(request).ticket
    request = new(dto.BackchannelAuthenticationIssueRequest, ticket=ticket)
    issued = api.backchannelAuthenticationIssue(request)
    assert result(issued) == ("OK", "A183001")
    assert result(api.backchannelAuthenticationIssue(request)) == ("INVALID_TICKET", "A181205")
    parameters = f"grant_type=urn:openid:params:grant-type:ciba&auth_req_id={issued.authReqId}"
    poll = new(dto.TokenRequest, parameters=parameters, **sandbox.CLIENT)
    assert result(api.token(poll)) == ("BAD_REQUEST", "A200308")

    authorized = dto.BackchannelAuthenticationCompleteResult.AUTHORIZED
    kind = dto.BackchannelAuthenticationCompleteRequest
    request = new(kind, ticket=ticket, result=authorized, subject="john")
    completed = api.backchannelAuthenticationComplete(request)
    assert result(completed) == ("NO_ACTION", "A198001")
    assert completed.deliveryMode.name == "POLL"
    assert result(api.backchannelAuthenticationComplete(request)) == ("SERVER_ERROR", "A196203")
    tokens = api.token(poll)
    assert (result(tokens), tokens.grantType.name) == (("OK", "A200002"), "CIBA")


def test_the_metadata(api: Any) -> None:
    configuration = json.loads(api.getServiceConfiguration())
    assert configuration["issuer"] == "https://as.example.com"
    [key] = json.loads(api.getServiceJwks())["keys"]
    assert key["alg"] in configuration["id_token_signing_alg_values_supported"]


def test_a_wrong_token_raises_and_a_wrong_ticket_does_not(
    api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    reason = dto.TokenFailReason.UNKNOWN
    request = new(dto.TokenFailRequest, ticket="x", reason=reason)
    assert result(api.tokenFail(request)) == ("INTERNAL_SERVER_ERROR", "A063202")
    for credential in ("ACCESSTOKEN", "APISECRET"):
        monkeypatch.setenv(f"AUTHLETE_SERVICE_{credential}", "wrong")
    with pytest.raises(AuthleteApiException):
        AuthleteApiImpl(AuthleteEnvConfiguration()).tokenFail(request)
