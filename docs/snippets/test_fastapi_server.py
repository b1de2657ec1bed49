"""Tests of the FastAPI server."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from authlete_fail_sandbox import Service
from fastapi.testclient import TestClient
from fastapi_server import app


@pytest.fixture
def browser(authlete_sandbox: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """Run the lifespan, which creates the client. The cookie is sent only over https."""
    for name, value in authlete_sandbox.environment.items():
        monkeypatch.setenv(name, value)
    with TestClient(app, base_url="https://testserver", follow_redirects=False) as browser:
        yield browser


def deny(browser: TestClient, service: Service) -> Any:
    """Open the page, and submit its form."""
    query = {"response_type": "code", "client_id": service.client_id}
    page = browser.get("/authorize", params=query).text
    return browser.post("/deny", data={"key": re.findall('name="key" value="(.*?)"', page)[0]})


def test_the_oauth_client_is_told(browser: TestClient, authlete_sandbox: Service) -> None:
    """The redirect contains the error."""
    response = deny(browser, authlete_sandbox)
    assert "error=access_denied" in response.headers["Location"]


def test_authlete_is_unavailable(browser: TestClient, authlete_sandbox: Service) -> None:
    """The user gets the error page."""
    authlete_sandbox.fail_next("/auth/authorization/fail", status=503)
    response = deny(browser, authlete_sandbox)
    assert (response.status_code, response.headers["Content-Type"][:9]) == (500, "text/html")
