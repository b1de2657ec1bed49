"""Authlete's own Python client, for calls to a sandbox."""

from __future__ import annotations

from typing import Any

import pytest
import sandbox
from authlete.api.authlete_api_impl import AuthleteApiImpl
from authlete.conf import AuthleteEnvConfiguration


def of_sandbox(url: str, version: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the client for API `version` of the sandbox at `url`."""
    monkeypatch.setenv("AUTHLETE_BASE_URL", url)
    monkeypatch.setenv("AUTHLETE_API_VERSION", version.upper())
    monkeypatch.setenv("AUTHLETE_SERVICE_APIKEY", sandbox.SERVICE)
    if version == "v3":
        monkeypatch.setenv("AUTHLETE_SERVICE_ACCESSTOKEN", sandbox.TOKEN)
    else:
        monkeypatch.setenv("AUTHLETE_SERVICE_APISECRET", "sandbox-api-secret")
    return AuthleteApiImpl(AuthleteEnvConfiguration())
