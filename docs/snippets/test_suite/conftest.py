"""The configuration of the server in all tests."""

import pytest
from authlete_fail_sandbox import Service


@pytest.fixture(autouse=True)
def _authlete(authlete_sandbox: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in authlete_sandbox.environment.items():
        monkeypatch.setenv(name, value)
