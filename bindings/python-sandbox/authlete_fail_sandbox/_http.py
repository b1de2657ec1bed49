"""HTTP requests to the sandbox."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Callable, Optional
from urllib.parse import urlsplit

REQUEST_TIMEOUT = 60.0


class SandboxError(Exception):
    """The sandbox did not start, has exited, or rejected a request."""


class Http:
    """Makes requests to the sandbox. Any thread may use it.

    `exit_reason` returns the reason why the sandbox has exited, or None.
    """

    def __init__(
        self, base_url: str, ca_file: Optional[str], exit_reason: Callable[[], Optional[str]]
    ) -> None:
        self.base_url = base_url
        self.ca_file = ca_file
        self._exit_reason = exit_reason
        self._context = ssl.create_default_context(cafile=ca_file) if ca_file else None

    def control(self, method: str, path: str, document: Optional[object] = None) -> dict[str, Any]:
        """Make a request to the control API."""
        return self.request(method, f"/sandbox/{path}", document)

    def request(
        self,
        method: str,
        path: str,
        document: Optional[object] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> dict[str, Any]:
        """Make a request, and return the JSON object in the response; empty if it has no body."""
        body = None if document is None else json.dumps(document)
        all_headers = {"Content-Type": "application/json", **(headers or {})}
        connection = self._connection()
        try:
            connection.request(method, path, body, all_headers)
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
        except (OSError, HTTPException) as error:
            problem = self._exit_reason() or str(error) or type(error).__name__
            raise SandboxError(f"{method} {path} failed: {problem}") from error
        finally:
            connection.close()
        if not 200 <= response.status < 300:
            raise SandboxError(f"{method} {path} failed with status {response.status}: {text}")
        return parsed(text, f"{method} {path}") if text else {}

    def _connection(self) -> HTTPConnection:
        """Return a new connection. Unlike urllib.request, http.client ignores `http_proxy`."""
        url = urlsplit(self.base_url)
        host = url.hostname or ""
        if self._context:
            return HTTPSConnection(host, url.port, timeout=REQUEST_TIMEOUT, context=self._context)
        return HTTPConnection(host, url.port, timeout=REQUEST_TIMEOUT)


def parsed(text: str, request: str) -> dict[str, Any]:
    """Parse a JSON object."""
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise SandboxError(f"{request} failed: the response is not a JSON object: {text}")
    return document
