"""Tests of the Django server."""

import re
from typing import Any

import pytest
from authlete_fail import Client
from authlete_fail_sandbox import Service
from django.test import Client as Browser


@pytest.fixture
def browser(authlete_sandbox: Service, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """Give each test its own Authlete service. The first import creates a client."""
    for name, value in authlete_sandbox.environment.items():
        monkeypatch.setenv(name, value)
    import django_server

    monkeypatch.setattr(django_server, "client", Client())
    return Browser(SERVER_NAME="localhost")  # in ALLOWED_HOSTS


def deny(browser: Browser, service: Service) -> Any:
    """Open the page, and submit its form. Django's test client skips the CSRF check."""
    query = {"response_type": "code", "client_id": service.client_id}
    page = browser.get("/authorize", query).content.decode()
    return browser.post("/deny", {"key": re.findall('name="key" value="(.*?)"', page)[0]})


def test_the_oauth_client_is_told(browser: Browser, authlete_sandbox: Service) -> None:
    """The redirect contains the error."""
    response = deny(browser, authlete_sandbox)
    assert "error=access_denied" in response.headers["Location"]


def test_authlete_is_unavailable(browser: Browser, authlete_sandbox: Service) -> None:
    """The user gets the error page."""
    authlete_sandbox.fail_next("/auth/authorization/fail", status=503)
    response = deny(browser, authlete_sandbox)
    assert (response.status_code, response.headers["Content-Type"][:9]) == (500, "text/html")
