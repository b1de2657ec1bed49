"""One sandbox and one redirect endpoint for all tests; the servers run one after the other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import Browser
from oauth_client import OAuthClient, oauth_client
from programs import SERVERS, sandbox, server


@pytest.fixture(scope="session")
def authlete() -> Iterator[str]:
    with sandbox() as url:
        yield url


@pytest.fixture(scope="session")
def client() -> Iterator[OAuthClient]:
    with oauth_client() as client:
        yield client


@pytest.fixture(scope="session", params=SERVERS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def url(name: str, authlete: str) -> Iterator[str]:
    with server(name, authlete) as url:
        yield url


@pytest.fixture
def browser(url: str) -> Browser:
    return Browser(url)
