"""Authlete's APIs that issue tickets, over plain HTTP."""

from __future__ import annotations

import json
import logging
import os
import time
from typing import Any

import requests
import urllib3

BASE_URL = os.environ["AUTHLETE_BASE_URL"]
SERVICE_ID = os.environ["AUTHLETE_SERVICE_APIKEY"]
ACCESS_TOKEN = os.environ["AUTHLETE_SERVICE_ACCESSTOKEN"]

TIMEOUT = 10  # seconds
MAX_ANSWER = 1024 * 1024

logger = logging.getLogger(__name__)


class NoApiResponseError(Exception):
    """Authlete's answer did not come, or is none."""


def ask(path: str, document: dict[str, str]) -> dict[str, Any]:
    """Call an API that issues tickets."""
    try:
        answer = json.loads(post(f"{BASE_URL}/api/{SERVICE_ID}{path}", document))
    except (
        requests.RequestException,
        urllib3.exceptions.HTTPError,
        ValueError,
        RecursionError,
    ) as error:
        logger.warning("%s: %s", path, type(error).__name__)
        raise NoApiResponseError from error
    text(answer, "action")
    return dict(answer)


def post(url: str, document: dict[str, str]) -> bytes:
    """Return what comes within limits; those of requests are for each packet only."""
    end = time.monotonic() + TIMEOUT
    content = b""
    with requests.Session() as http:
        http.trust_env = False  # no .netrc, no proxy
        # What is not compressed cannot be a bomb.
        http.headers["Accept-Encoding"] = "identity"
        http.headers["Authorization"] = f"Bearer {ACCESS_TOKEN}"
        with http.post(
            url, json=document, timeout=TIMEOUT, allow_redirects=False, stream=True
        ) as answer:
            if answer.status_code != 200:
                raise ValueError
            while chunk := answer.raw.read1(64 * 1024, decode_content=False):
                content += chunk
                if len(content) > MAX_ANSWER or time.monotonic() > end:
                    raise ValueError
    return content


def text(answer: Any, name: str) -> str:
    """Return a member that must be there."""
    value = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(value, str):
        raise NoApiResponseError
    return value
