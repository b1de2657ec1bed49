"""Times consecutive calls; the Python counterpart of calls.c.

python client.py CLIENT BASE_URL WARM_UP CALLS [CA_FILE]
"""

from __future__ import annotations

import http.client
import io
import json
import ssl
import sys
import time
from collections.abc import Callable
from typing import Any, Optional
from urllib.parse import urlsplit

PATH = "/api/21653835348762/auth/authorization/fail"
TOKEN = "sandbox-access-token"  # noqa: S105
REQUEST = {
    "ticket": "pJxPbqwvhRYUMEaRjXmZz3Vb2wYH8N6kq0dTLsQe1Cg",
    "reason": "NOT_LOGGED_IN",
    "description": "The user has not logged in.",
}
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
TIMEOUT = 10

Call = Callable[[], tuple[str, str]]  # returns action and responseContent


def read(response: dict[str, str]) -> tuple[str, str]:
    """Return the members that are passed on."""
    return response["action"], response["responseContent"]


def authlete_fail(base_url: str, ca_file: Optional[str]) -> Call:
    """Use this library."""
    from authlete_fail import Client, Configuration

    roots: Configuration = {"ca_file": ca_file} if ca_file else {}
    service: Configuration = {
        "base_url": base_url,
        "service_id": "21653835348762",
        "access_token": TOKEN,
        "timeout_ms": TIMEOUT * 1000,
        **roots,
    }
    client = Client(**service)

    def call() -> tuple[str, str]:
        reply = client.authorization(REQUEST)
        return reply.action, reply.response.headers[0][1]

    return call


def requests(base_url: str, ca_file: Optional[str]) -> Call:
    """Use a session of requests, whose timeout applies to each read."""
    import requests

    session = requests.Session()
    session.headers.update(HEADERS)
    session.verify = ca_file or True

    def call() -> tuple[str, str]:
        response = session.post(base_url + PATH, json=REQUEST, timeout=TIMEOUT)
        response.raise_for_status()
        return read(response.json())

    return call


def httpx(base_url: str, ca_file: Optional[str]) -> Call:
    """Use a client of httpx, whose timeout applies to each step."""
    import httpx

    verify = ssl.create_default_context(cafile=ca_file) if ca_file else True
    client = httpx.Client(headers=HEADERS, timeout=TIMEOUT, verify=verify)

    def call() -> tuple[str, str]:
        response = client.post(base_url + PATH, json=REQUEST)
        response.raise_for_status()
        return read(response.json())

    return call


def urllib3(base_url: str, ca_file: Optional[str]) -> Call:
    """Use a pool of urllib3."""
    import urllib3

    timeout = urllib3.Timeout(total=TIMEOUT)
    pool = urllib3.PoolManager(headers=HEADERS, timeout=timeout, ca_certs=ca_file)

    def call() -> tuple[str, str]:
        response = pool.request("POST", base_url + PATH, json=REQUEST)
        assert response.status == 200, response.status
        return read(response.json())

    return call


def http_client(base_url: str, ca_file: Optional[str]) -> Call:
    """Use http.client, whose timeout applies to each read."""
    url = urlsplit(base_url)
    assert url.hostname
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=TIMEOUT)
    if ca_file:
        context = ssl.create_default_context(cafile=ca_file)
        connection = http.client.HTTPSConnection(
            url.hostname, url.port, timeout=TIMEOUT, context=context
        )

    def call() -> tuple[str, str]:
        connection.request("POST", PATH, json.dumps(REQUEST).encode(), HEADERS)
        response = connection.getresponse()
        assert response.status == 200, response.status
        return read(json.loads(response.read()))

    return call


def pycurl(base_url: str, ca_file: Optional[str]) -> Call:
    """Use one handle of pycurl."""
    import pycurl

    curl = pycurl.Curl()
    curl.setopt(pycurl.URL, base_url + PATH)
    curl.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in HEADERS.items()])
    curl.setopt(pycurl.TIMEOUT_MS, TIMEOUT * 1000)
    curl.setopt(pycurl.NOSIGNAL, 1)
    if ca_file:
        curl.setopt(pycurl.CAINFO, ca_file)

    def call() -> tuple[str, str]:
        body = io.BytesIO()
        curl.setopt(pycurl.POSTFIELDS, json.dumps(REQUEST))
        curl.setopt(pycurl.WRITEDATA, body)
        curl.perform()
        assert curl.getinfo(pycurl.RESPONSE_CODE) == 200
        return read(json.loads(body.getvalue()))

    return call


CLIENTS: dict[str, Callable[[str, Optional[str]], Call]] = {
    "authlete_fail": authlete_fail,
    "pycurl": pycurl,
    "http.client": http_client,
    "urllib3": urllib3,
    "httpx": httpx,
    "requests": requests,
}


def print_figures(seconds: list[float], cpu: float, **more: Any) -> None:
    """Print the percentiles of the calls and the CPU time of one."""
    seconds.sort()
    figures = {
        "cpu_us": cpu / len(seconds) * 1e6,
        "p50_us": seconds[len(seconds) // 2] * 1e6,
        "p99_us": seconds[len(seconds) * 99 // 100] * 1e6,
    }
    print(json.dumps({**figures, **more}))


def main() -> None:
    """Make the calls and print one line."""
    name, base_url, warm_up, calls, *ca_file = sys.argv[1:]
    call = CLIENTS[name](base_url, ca_file[0] if ca_file else None)
    for _ in range(int(warm_up)):
        action, content = call()
        assert action == "LOCATION"
        assert content.startswith("https://")

    took = []
    cpu = time.process_time()
    for _ in range(int(calls)):
        start = time.perf_counter()
        call()
        took.append(time.perf_counter() - start)
    print_figures(took, time.process_time() - cpu)


if __name__ == "__main__":
    main()
