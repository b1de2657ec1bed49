"""Response.to_django, to_flask and to_starlette send the response unaltered."""

from __future__ import annotations

import asyncio
import importlib
import subprocess
import sys
from typing import Any, Callable

import django
import flask
import httpx
import oauth_client
import pytest
import starlette.responses
from authlete_fail import Client, Response
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.urls import path
from programs import ROOT
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

NO_STORE = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
JSON = (("Content-Type", "application/json"), *NO_STORE)
HTML = (("Content-Type", "text/html;charset=UTF-8"), *NO_STORE)
CHALLENGE = 'DPoP error="use_dpop_nonce", algs="ES256 EdDSA"'
URL = (
    "com.example.app:/callback?error=access_denied&error_description=%C3%BC+a%2Fb&state=a'b\"c<>|{}"
)

RESPONSES = {
    "a custom scheme": Response(302, (("Location", URL), *NO_STORE), b""),
    "a loopback URL": Response(303, (("Location", "http://127.0.0.1:5/a/../b//c"), *NO_STORE), b""),
    "a form": Response(200, HTML, "<p>ü</p>".encode()),
    "JSON": Response(400, JSON, b'{"error":"invalid_request"}\n'),
    "a challenge": Response(
        401,
        (*JSON, ("WWW-Authenticate", CHALLENGE), ("DPoP-Nonce", "n-1")),
        b'{"error":"use_dpop_nonce"}',
    ),
    "a failure": Response(500, JSON, b'{"error":"server_error"}'),
}

ADDED_BY_DJANGO = {
    *("cross-origin-opener-policy", "referrer-policy", "x-content-type-options", "x-frame-options")
}
"""The headers that the middleware adds to every response."""

response = RESPONSES["JSON"]
"""What the servers send."""


def django_view(_: HttpRequest) -> HttpResponse:
    return response.to_django()


urlpatterns = [path("", django_view)]


def send_with_django() -> httpx.Response:
    """Send the response through the middleware of a new Django project."""
    if not settings.configured:
        middleware = ("security.SecurityMiddleware", "common.CommonMiddleware")
        frames = "clickjacking.XFrameOptionsMiddleware"
        settings.configure(
            ALLOWED_HOSTS=["*"],
            ROOT_URLCONF=__name__,
            MIDDLEWARE=[f"django.middleware.{name}" for name in (*middleware, frames)],
        )
        django.setup()
    return get(httpx.WSGITransport(WSGIHandler()))


def send_with_flask() -> httpx.Response:
    app = flask.Flask(__name__)
    app.add_url_rule("/", view_func=lambda: response.to_flask())
    return get(httpx.WSGITransport(app))


def get(transport: httpx.WSGITransport) -> httpx.Response:
    with httpx.Client(transport=transport) as client:
        return client.get("http://as.example/")


def send_with_starlette() -> httpx.Response:
    async def endpoint(_: Request) -> starlette.responses.Response:
        return response.to_starlette()

    return asyncio.run(send(Starlette(routes=[Route("/", endpoint)]), "GET", "/"))


async def send(app: Any, method: str, path: str, **cookies: str) -> httpx.Response:
    """Send a request to an ASGI application."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, cookies=cookies) as client:
        return await client.request(method, f"http://as.example{path}")


@pytest.mark.parametrize("name", RESPONSES)
@pytest.mark.parametrize(
    "send_with", [send_with_django, send_with_flask, send_with_starlette], ids=lambda f: f.__name__
)
def test_the_response_is_unaltered(
    send_with: Callable[[], httpx.Response], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.response", RESPONSES[name])
    sent = send_with()
    assert (sent.status_code, sent.content) == (response.status, response.body)
    headers = {name.lower(): value for name, value in response.headers}
    headers["content-length"] = str(len(response.body))
    found = [pair for pair in sent.headers.multi_items() if pair[0] not in ADDED_BY_DJANGO]
    assert sorted(found) == sorted(headers.items())


def test_the_fastapi_snippet(authlete: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "docs/snippets"))
    monkeypatch.setenv("AUTHLETE_BASE_URL", authlete)
    monkeypatch.setenv("AUTHLETE_SERVICE_APIKEY", "21653835348762")
    monkeypatch.setenv("AUTHLETE_SERVICE_ACCESSTOKEN", "sandbox-access-token")
    snippet = importlib.import_module("deny_fastapi")
    parameters = f"response_type=code&client_id={oauth_client.ID}&state=s"
    with Client() as authlete_client:
        document = authlete_client.call("/auth/authorization", {"parameters": parameters}).document
    assert document
    snippet.tickets["1"] = document["ticket"]
    denied = asyncio.run(send(snippet.app, "POST", "/deny", session="1"))
    assert denied.status_code == 302
    assert "error=access_denied" in denied.headers["Location"]
    assert denied.headers["Cache-Control"] == "no-store"
    assert "Content-Type" not in denied.headers


def test_headers_of_the_same_name() -> None:
    """No action has repeated headers today. Django supports them only for cookies."""
    challenges = [("WWW-Authenticate", "Basic"), ("WWW-Authenticate", "DPoP")]
    twice = Response(401, tuple(challenges), b"")
    assert twice.to_flask().headers.getlist("WWW-Authenticate") == ["Basic", "DPoP"]
    assert twice.to_starlette().headers.getlist("WWW-Authenticate") == ["Basic", "DPoP"]


def test_the_package_imports_no_framework() -> None:
    program = (
        "import authlete_fail, sys; "
        "sys.exit(bool({'django', 'flask', 'starlette'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
