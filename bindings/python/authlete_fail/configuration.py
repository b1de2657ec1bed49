"""The keywords of a client, and the names that error messages use for them."""

from __future__ import annotations

import json
import os
import re
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


def camel_case(name: str) -> str:
    """Return the library's key for a keyword."""
    return re.sub("_([a-z])", lambda match: match[1].upper(), name)


KEYWORDS = {camel_case(name): name for name in Configuration.__annotations__}
"""The keyword for each of the library's keys."""


def with_keywords(message: str, keywords: Mapping[str, str]) -> str:
    """Replace the library's names that `message` quotes with the keywords that the caller uses."""
    return re.sub('"([A-Za-z_]+)"', lambda match: f'"{keywords.get(match[1], match[1])}"', message)


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
