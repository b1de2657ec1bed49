"""The calls to Authlete that issue tickets."""

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
MAX_API_RESPONSE = 1024 * 1024

logger = logging.getLogger(__name__)


class NoApiResponseError(Exception):
    """No usable API response was received."""


def call_authlete(path: str, document: dict[str, str]) -> dict[str, Any]:
    """Call an API that issues tickets, and return the API response."""
    try:
        api_response = json.loads(post(f"{BASE_URL}/api/{SERVICE_ID}{path}", document))
    except (
        requests.RequestException,
        urllib3.exceptions.HTTPError,
        ValueError,
        RecursionError,
    ) as error:
        logger.warning("%s: %s", path, type(error).__name__)
        raise NoApiResponseError from error
    text(api_response, "action")
    return dict(api_response)


def post(url: str, document: dict[str, str]) -> bytes:
    """Return the body, within size and time limits; requests' own timeout is per read."""
    end = time.monotonic() + TIMEOUT
    content = b""
    with requests.Session() as http:
        http.trust_env = False  # no .netrc, no proxy
        # Without compression, there are no decompression bombs.
        http.headers["Accept-Encoding"] = "identity"
        http.headers["Authorization"] = f"Bearer {ACCESS_TOKEN}"
        with http.post(
            url, json=document, timeout=TIMEOUT, allow_redirects=False, stream=True
        ) as api_response:
            if api_response.status_code != 200:
                raise ValueError
            while chunk := api_response.raw.read1(64 * 1024, decode_content=False):
                content += chunk
                if len(content) > MAX_API_RESPONSE or time.monotonic() > end:
                    raise ValueError
    return content


def text(api_response: Any, name: str) -> str:
    """Return a required string member."""
    value = api_response.get(name) if isinstance(api_response, dict) else None
    if not isinstance(value, str):
        raise NoApiResponseError
    return value
