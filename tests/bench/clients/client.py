"""Times calls one after the other, and prints the figures; latency.c in Python.

python client.py RIVAL BASE_URL CALLS [CA_FILE]
"""

from __future__ import annotations

import http.client
import io
import json
import ssl
import sys
import time
from typing import Optional, Protocol
from urllib.parse import urlsplit

PATH = "/api/21653835348762/auth/authorization/fail"
TOKEN = "sandbox-access-token"  # noqa: S105
TICKET = "pJxPbqwvhRYUMEaRjXmZz3Vb2wYH8N6kq0dTLsQe1Cg"
REQUEST = {
    "ticket": TICKET,
    "reason": "NOT_LOGGED_IN",
    "description": "The user has not logged in.",
}
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
TIMEOUT = 10
WARM_UP = 300

Handed = tuple[str, str]  # action and responseContent


class Rival(Protocol):
    """A client with an open connection, after its first call."""

    def __init__(self, base_url: str, ca_file: Optional[str]) -> None: ...

    def call(self) -> Handed:
        """Make one call."""


class AuthleteFail:
    """The package of this library."""

    def __init__(self, base_url: str, ca_file: Optional[str]) -> None:
        from authlete_fail import Client

        self.client = Client(
            base_url=base_url,
            service_id="21653835348762",
            access_token=TOKEN,
            timeout_ms=TIMEOUT * 1000,
            **({"ca_file": ca_file} if ca_file else {}),
        )

    def call(self) -> Handed:
        """Make one call."""
        reply = self.client.authorization(REQUEST)
        assert reply.action is not None
        return reply.action, reply.response.headers[0][1]


class Requests:
    """A session of requests. It has a timeout for each read only."""

    def __init__(self, base_url: str, ca_file: Optional[str]) -> None:
        import requests

        self.url = base_url + PATH
        self.session = requests.Session()
        self.session.headers.update(HEADERS)
        self.session.verify = ca_file or True

    def call(self) -> Handed:
        """Make one call."""
        response = self.session.post(self.url, json=REQUEST, timeout=TIMEOUT)
        response.raise_for_status()
        return _read(response.json())


class Httpx:
    """A client of httpx. It has a timeout for each step only."""

    def __init__(self, base_url: str, ca_file: Optional[str]) -> None:
        import httpx

        verify = ssl.create_default_context(cafile=ca_file) if ca_file else True
        self.url = base_url + PATH
        self.client = httpx.Client(headers=HEADERS, timeout=TIMEOUT, verify=verify)

    def call(self) -> Handed:
        """Make one call."""
        response = self.client.post(self.url, json=REQUEST)
        response.raise_for_status()
        return _read(response.json())


class Urllib3:
    """A pool of urllib3."""

    def __init__(self, base_url: str, ca_file: Optional[str]) -> None:
        import urllib3

        self.url = base_url + PATH
        self.pool = urllib3.PoolManager(
            headers=HEADERS, timeout=urllib3.Timeout(total=TIMEOUT), ca_certs=ca_file
        )

    def call(self) -> Handed:
        """Make one call."""
        response = self.pool.request("POST", self.url, json=REQUEST)
        assert response.status == 200, response.status
        return _read(response.json())


class HttpClient:
    """http.client. It has a timeout for each read only."""

    def __init__(self, base_url: str, ca_file: Optional[str]) -> None:
        url = urlsplit(base_url)
        assert url.hostname is not None
        if ca_file:
            context = ssl.create_default_context(cafile=ca_file)
            self.connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                url.hostname, url.port, timeout=TIMEOUT, context=context
            )
        else:
            self.connection = http.client.HTTPConnection(url.hostname, url.port, timeout=TIMEOUT)

    def call(self) -> Handed:
        """Make one call."""
        self.connection.request("POST", PATH, json.dumps(REQUEST).encode(), HEADERS)
        response = self.connection.getresponse()
        assert response.status == 200, response.status
        return _read(json.loads(response.read()))


class Pycurl:
    """One handle of pycurl."""

    def __init__(self, base_url: str, ca_file: Optional[str]) -> None:
        import pycurl

        self.curl = curl = pycurl.Curl()
        self.fields, self.status = pycurl.POSTFIELDS, pycurl.RESPONSE_CODE
        self.write = pycurl.WRITEDATA
        curl.setopt(pycurl.URL, base_url + PATH)
        curl.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in HEADERS.items()])
        curl.setopt(pycurl.TIMEOUT_MS, TIMEOUT * 1000)
        curl.setopt(pycurl.NOSIGNAL, 1)
        if ca_file:
            curl.setopt(pycurl.CAINFO, ca_file)

    def call(self) -> Handed:
        """Make one call."""
        document = io.BytesIO()
        self.curl.setopt(self.fields, json.dumps(REQUEST))
        self.curl.setopt(self.write, document)
        self.curl.perform()
        assert self.curl.getinfo(self.status) == 200
        return _read(json.loads(document.getvalue()))


def _read(document: dict[str, str]) -> Handed:
    return document["action"], document["responseContent"]


RIVALS: dict[str, type[Rival]] = {
    "authlete_fail": AuthleteFail,
    "pycurl": Pycurl,
    "http.client": HttpClient,
    "urllib3": Urllib3,
    "httpx": Httpx,
    "requests": Requests,
}


def main() -> None:
    """Make the calls and print one line."""
    rival, base_url, calls = sys.argv[1], sys.argv[2], int(sys.argv[3])
    ca_file = sys.argv[4] if len(sys.argv) > 4 else None
    client = RIVALS[rival](base_url, ca_file)
    for _ in range(WARM_UP):
        action, content = client.call()
        assert action == "LOCATION"
        assert content.startswith("https://")

    took = []
    cpu = time.process_time_ns()
    for _ in range(calls):
        start = time.perf_counter_ns()
        client.call()
        took.append(time.perf_counter_ns() - start)
    cpu = time.process_time_ns() - cpu

    took.sort()
    print(
        json.dumps(
            {
                "calls": calls,
                "median_ns": took[calls // 2],
                "p99_ns": took[calls * 99 // 100],
                "cpu_ns": cpu // calls,
            }
        )
    )


if __name__ == "__main__":
    main()
