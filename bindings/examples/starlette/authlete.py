"""The calls to Authlete that issue tickets."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from typing import Any

import httpx

BASE_URL = os.environ["AUTHLETE_BASE_URL"]
SERVICE_ID = os.environ["AUTHLETE_SERVICE_APIKEY"]
ACCESS_TOKEN = os.environ["AUTHLETE_SERVICE_ACCESSTOKEN"]

TIMEOUT = 10  # seconds
MAX_API_RESPONSE = 1024 * 1024

logger = logging.getLogger(__name__)


class NoApiResponseError(Exception):
    """No usable API response was received."""


def http_client() -> httpx.AsyncClient:
    """Return the HTTP client that all requests share."""
    return httpx.AsyncClient(
        base_url=f"{BASE_URL}/api/{SERVICE_ID}",
        headers={
            "Authorization": f"Bearer {ACCESS_TOKEN}",
            "Accept-Encoding": "identity",  # avoids decompression bombs
        },
        timeout=None,  # noqa: S113 - call_authlete() has one for the whole call
        trust_env=False,  # no .netrc, no proxy
    )


async def call_authlete(
    http: httpx.AsyncClient, path: str, document: dict[str, str]
) -> dict[str, Any]:
    """Call an API that issues tickets, and return the API response."""
    try:
        content = await asyncio.wait_for(post(http, path, document), TIMEOUT)
        api_response = json.loads(content)
    except (httpx.HTTPError, asyncio.TimeoutError, ValueError, RecursionError) as error:
        logger.warning("%s: %s", path, type(error).__name__)
        raise NoApiResponseError from error
    text(api_response, "action")
    return dict(api_response)


async def post(http: httpx.AsyncClient, path: str, document: dict[str, str]) -> bytes:
    """Return the body, up to a limit."""
    content = b""
    async with http.stream("POST", path, json=document) as api_response:
        if api_response.status_code != 200:
            raise ValueError
        async for chunk in api_response.aiter_raw():
            content += chunk
            if len(content) > MAX_API_RESPONSE:
                raise ValueError
    return content


def text(api_response: Any, name: str) -> str:
    """Return a required string member."""
    value = api_response.get(name) if isinstance(api_response, dict) else None
    if not isinstance(value, str):
        raise NoApiResponseError
    return value
