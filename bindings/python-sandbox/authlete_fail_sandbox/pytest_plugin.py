"""The pytest plugin."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from . import Sandbox, Service


@pytest.fixture(scope="session")
def authlete_sandbox_process() -> Iterator[Sandbox]:
    """Return the sandbox of the test session; override it to change its options."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def authlete_sandbox(authlete_sandbox_process: Sandbox) -> Iterator[Service]:
    """Return a new service of the sandbox, which no other test uses."""
    service = authlete_sandbox_process.new_service()
    yield service
    service.delete()
