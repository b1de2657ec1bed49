"""Authlete's APIs that issue tickets, over plain HTTP."""

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
MAX_ANSWER = 1024 * 1024

logger = logging.getLogger(__name__)


class NoApiResponseError(Exception):
    """Authlete's answer did not come, or is none."""


def http_client() -> httpx.AsyncClient:
    """Return what all requests share."""
    return httpx.AsyncClient(
        base_url=f"{BASE_URL}/api/{SERVICE_ID}",
        headers={
            "Authorization": f"Bearer {ACCESS_TOKEN}",
            "Accept-Encoding": "identity",  # what is not compressed cannot be a bomb
        },
        timeout=None,  # noqa: S113 - ask() has one for all of a call
        trust_env=False,  # no .netrc, no proxy
    )


async def ask(http: httpx.AsyncClient, path: str, document: dict[str, str]) -> dict[str, Any]:
    """Call an API that issues tickets."""
    try:
        content = await asyncio.wait_for(post(http, path, document), TIMEOUT)
        answer = json.loads(content)
    except (httpx.HTTPError, asyncio.TimeoutError, ValueError, RecursionError) as error:
        logger.warning("%s: %s", path, type(error).__name__)
        raise NoApiResponseError from error
    text(answer, "action")
    return dict(answer)


async def post(http: httpx.AsyncClient, path: str, document: dict[str, str]) -> bytes:
    """Return what Authlete answers, up to a limit."""
    content = b""
    async with http.stream("POST", path, json=document) as answer:
        if answer.status_code != 200:
            raise ValueError
        async for chunk in answer.aiter_raw():
            content += chunk
            if len(content) > MAX_ANSWER:
                raise ValueError
    return content


def text(answer: Any, name: str) -> str:
    """Return a member that must be there."""
    value = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(value, str):
        raise NoApiResponseError
    return value
