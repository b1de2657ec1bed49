"""Real OAuth client libraries, Authlib and oauthlib, as clients of the example servers."""

from __future__ import annotations

import time
from typing import Any, Callable
from urllib.parse import urlsplit

import oauth_client
import pytest
import requests
from authlib.integrations.flask_client import OAuth, OAuthError
from browser import Browser, Response
from expected import RIGHT_PASSWORD, allow, fail_login
from flask import Flask, request
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey, KeySet
from oauth_client import OAuthClient
from oauthlib.oauth2 import AccessDeniedError, InvalidClientError, InvalidGrantError
from programs import TEST_TIMEOUT
from requests_oauthlib import OAuth2Session as OAuthlibSession

ISSUER = "https://as.example.com"
SCOPE = "openid profile"
CIBA_GRANT = "urn:openid:params:grant-type:ciba"

User = Callable[[Browser, Response], Response]


def deny(browser: Browser, page: Response) -> Response:
    return browser.submit(browser.submit(page, **RIGHT_PASSWORD), decision="deny")


@pytest.fixture(autouse=True)
def _allow_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.fixture
def keys(authlete: str) -> Any:
    """The keys that Authlete publishes for the service."""
    return requests.get(
        f"{authlete}/api/21653835348762/service/jwks/get",
        headers={"Authorization": "Bearer sandbox-access-token"},
        timeout=TEST_TIMEOUT,
    ).json()


class AuthlibClient:
    """A web application with Authlib's Flask client: state, nonce, PKCE and ID tokens."""

    def __init__(self, url: str, client: OAuthClient, keys: Any, **options: str) -> None:
        self.url = url
        self.token: Any = None
        application = Flask("client")
        application.secret_key = "secret"
        application.testing = True  # exceptions reach the test
        registry: Any = OAuth(application)
        server = registry.register(
            "server",
            authorize_url=url + "/authorize",
            access_token_url=url + "/token",
            issuer=ISSUER,
            jwks=keys,
            client_kwargs={"scope": SCOPE, "code_challenge_method": "S256"},
            client_id=oauth_client.ID,
            **({"client_secret": oauth_client.SECRET} | options),
        )

        @application.get("/login")
        def login() -> Any:
            return server.authorize_redirect(client.redirect_uri, **request.args)

        @application.get("/cb")
        def callback() -> str:
            self.token = server.authorize_access_token()
            return ""

        self.application = application.test_client()

    def visit(self, user: User, **parameters: str) -> str:
        """Send the user to the server, and return the URL to which the user returns."""
        location = self.application.get("/login", query_string=parameters).location
        browser = Browser(self.url)
        return user(browser, browser.get(location)).headers["location"]

    def finish(self, returned: str) -> Any:
        """Let the user return; Authlib exchanges the code and validates the ID token."""
        self.application.get(f"/cb?{urlsplit(returned).query}")
        return self.token


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_authlib(url: str, client: OAuthClient, keys: Any, method: str) -> None:
    oauth = AuthlibClient(url, client, keys, token_endpoint_auth_method=method)
    returned = oauth.visit(allow)
    token = oauth.finish(returned)
    assert token["access_token"]
    assert token["userinfo"]["sub"] == "john"
    assert token["userinfo"]["iss"] == ISSUER
    assert 0 <= time.time() - token["userinfo"]["auth_time"] < TEST_TIMEOUT


def test_authlib_checks_the_id_token(url: str, client: OAuthClient, keys: Any) -> None:
    """The test above would notice another key."""
    other = ECKey.generate_key("P-256", {"kid": keys["keys"][0]["kid"]}).as_dict(private=False)
    oauth = AuthlibClient(url, client, {"keys": [other]})
    with pytest.raises(BadSignatureError):
        oauth.finish(oauth.visit(allow))


@pytest.mark.parametrize(
    ("user", "parameters", "error"),
    [
        (deny, {}, "access_denied"),
        (fail_login, {}, "login_required"),
        (lambda _, response: response, {"prompt": "none"}, "login_required"),
    ],
    ids=["denied", "login failed", "prompt=none"],
)
def test_authlib_sees_a_rejection(
    url: str, client: OAuthClient, keys: Any, user: User, parameters: dict[str, str], error: str
) -> None:
    oauth = AuthlibClient(url, client, keys)
    returned = oauth.visit(user, **parameters)
    with pytest.raises(OAuthError) as raised:
        oauth.finish(returned)
    assert raised.value.error == error


def test_authlib_sees_invalid_client(url: str, client: OAuthClient, keys: Any) -> None:
    oauth = AuthlibClient(url, client, keys, client_secret="another")
    returned = oauth.visit(allow)
    with pytest.raises(OAuthError) as raised:
        oauth.finish(returned)
    assert raised.value.error == "invalid_client"


class OauthlibClient:
    """requests-oauthlib with PKCE; the functions of AuthlibClient."""

    def __init__(self, url: str, client: OAuthClient) -> None:
        self.url = url
        self.session = OAuthlibSession(
            oauth_client.ID, redirect_uri=client.redirect_uri, scope=SCOPE.split(), pkce="S256"
        )

    def visit(self, user: User) -> str:
        request, _ = self.session.authorization_url(self.url + "/authorize")
        browser = Browser(self.url)
        return user(browser, browser.get(request)).headers["location"]

    def finish(self, returned: str, secret: str = oauth_client.SECRET) -> Any:
        return self.session.fetch_token(
            self.url + "/token",
            authorization_response=returned,
            client_secret=secret,
            timeout=TEST_TIMEOUT,
        )


def test_oauthlib(url: str, client: OAuthClient) -> None:
    oauth = OauthlibClient(url, client)
    returned = oauth.visit(allow)
    assert oauth.finish(returned)["access_token"]
    with pytest.raises(InvalidGrantError):
        oauth.finish(returned)


def test_oauthlib_sees_a_denial(url: str, client: OAuthClient) -> None:
    oauth = OauthlibClient(url, client)
    returned = oauth.visit(deny)
    with pytest.raises(AccessDeniedError):
        oauth.finish(returned)


def test_oauthlib_sees_invalid_client(url: str, client: OAuthClient) -> None:
    oauth = OauthlibClient(url, client)
    returned = oauth.visit(allow)
    with pytest.raises(InvalidClientError):
        oauth.finish(returned, secret="another")


@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_ciba_with_requests(url: str, keys: Any, decision: str) -> None:
    """Neither library supports CIBA."""
    basic = (oauth_client.ID, oauth_client.SECRET)
    form = {"scope": "openid", "login_hint": "john"}
    started = requests.post(
        f"{url}/backchannel/authentication", form, auth=basic, timeout=TEST_TIMEOUT
    ).json()
    grant = {"grant_type": CIBA_GRANT, "auth_req_id": started["auth_req_id"]}
    pending = requests.post(f"{url}/token", grant, auth=basic, timeout=TEST_TIMEOUT)
    assert (pending.status_code, pending.json()["error"]) == (400, "authorization_pending")
    user = Browser(url)
    user.submit(user.get("/ciba"), decision=decision, **RIGHT_PASSWORD)
    finished = requests.post(f"{url}/token", grant, auth=basic, timeout=TEST_TIMEOUT)
    if decision == "allow":
        token = jwt.decode(finished.json()["id_token"], KeySet.import_key_set(keys), ["ES256"])
        assert (token.claims["sub"], token.claims["iss"]) == ("john", ISSUER)
    else:
        assert (finished.status_code, finished.json()["error"]) == (400, "access_denied")
