"""The configuration of a client: its keywords, and what the package itself reads from it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Literal, TypedDict, Union


class Configuration(TypedDict, total=False):
    """The keywords of `Client`: the library's configuration keys in snake_case.

    For the values and defaults, see the table in the reference of the configuration. Annotate
    settings that you pass as `Client(**settings)` with this type, so that type checkers check them.
    """

    base_url: str
    api_version: Literal["v3", "v2"]
    service_id: str
    access_token: str
    api_key: str
    api_secret: str
    dpop_key: Union[str, Mapping[str, object]]
    timeout_ms: int
    connect_timeout_ms: int
    max_idle_connections: int
    idle_timeout_ms: int
    roots: Literal["bundled", "system"]
    ca_file: Union[str, os.PathLike[str]]
    ca_pem: str
    client_cert_file: Union[str, os.PathLike[str]]
    client_cert_pem: str
    client_key_file: Union[str, os.PathLike[str]]
    client_key_pem: str
    proxy: str
    user_agent: str
    location_status: Literal[302, 303]
    retry: Literal["safe", "none"]
    log_level: Literal["error", "warn", "info", "debug"]
    allow_unknown_reasons: bool
    allow_insecure_http: bool


def settings(config: bytes) -> dict[str, Any]:
    """Parse the JSON configuration of a client.

    If it is empty, return what the package itself needs from the environment.
    """
    if config:
        document: dict[str, Any] = json.loads(config)
        return document
    in_json: dict[str, Any] = json.loads(os.environ.get("AUTHLETE_FAIL_CONFIG_JSON", "{}"))
    base_url = os.environ.get("AUTHLETE_BASE_URL")
    return {**in_json, "baseUrl": base_url} if base_url else in_json
