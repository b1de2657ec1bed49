"""Tests of the Flask server."""

import re
from typing import Any

import pytest
from authlete_fail import Client
from authlete_fail_sandbox import Service
from flask.testing import FlaskClient

HTTPS = "https://localhost"  # the cookie is sent only over https


@pytest.fixture
def browser(authlete_sandbox: Service, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Give each test its own Authlete service. The first import creates a client."""
    for name, value in authlete_sandbox.environment.items():
        monkeypatch.setenv(name, value)
    import flask_server

    monkeypatch.setattr(flask_server, "client", Client())
    return flask_server.app.test_client()


def deny(browser: FlaskClient, service: Service) -> Any:
    """Open the page, and submit its form."""
    query = {"response_type": "code", "client_id": service.client_id}
    page = browser.get("/authorize", query_string=query, base_url=HTTPS).text
    key = re.findall('name="key" value="(.*?)"', page)[0]
    return browser.post("/deny", data={"key": key}, base_url=HTTPS)


def test_the_oauth_client_is_told(browser: FlaskClient, authlete_sandbox: Service) -> None:
    """The redirect contains the error."""
    response = deny(browser, authlete_sandbox)
    assert "error=access_denied" in response.headers["Location"]


def test_authlete_is_unavailable(browser: FlaskClient, authlete_sandbox: Service) -> None:
    """The user gets the error page."""
    authlete_sandbox.fail_next("/auth/authorization/fail", status=503)
    response = deny(browser, authlete_sandbox)
    assert (response.status_code, response.headers["Content-Type"][:9]) == (500, "text/html")
