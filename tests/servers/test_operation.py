"""What operators of a server need: request IDs, Secure cookies and connections opened early."""

from __future__ import annotations

import json
import re
import threading
from http.cookies import SimpleCookie
from http.server import ThreadingHTTPServer
from typing import Any

import pytest
from browser import Browser
from expected import LOGIN, allow, assert_is_error_page, assert_is_page
from oauth_client import OAuthClient
from programs import TEST_TIMEOUT, sandbox, secure_server, server
from serving import Handler, serving, url_of


def request_id(page: str) -> str:
    """Return the request ID on an error page."""
    found = re.search(r"Request ID: ([\w-]{8,})", page)
    assert found, page
    return found[1]


def test_an_error_page_has_the_request_id_of_the_log(
    name: str, client: OAuthClient, capfd: pytest.CaptureFixture[str]
) -> None:
    with sandbox() as authlete:
        pass
    with server(name, authlete) as url:
        pages = [Browser(url).get(client.authorization_request()) for _ in range(2)]
    ids = []
    for page in pages:
        assert_is_error_page(page, 500)
        # Only the log has the cause.
        assert "refused" not in page.body
        ids.append(request_id(page.body))
    assert ids[0] != ids[1]
    lines = capfd.readouterr().err.splitlines()
    for number in ids:
        assert any(number in line and "refused the connection" in line for line in lines)


def test_an_error_page_for_a_rejected_request(
    name: str, client: OAuthClient, capfd: pytest.CaptureFixture[str]
) -> None:
    """Authlete's action is in the log, and the access token is not."""
    with sandbox() as authlete, server(name, authlete) as url:
        browser = Browser(url)
        page = browser.get(client.authorization_request())
        headers = {"Content-Type": "application/json"}
        Browser(authlete).request("POST", "/sandbox/clock", '{"advanceSeconds":86400}', headers)
        page = allow(browser, page)
    assert_is_error_page(page, 400)
    log = capfd.readouterr().err
    lines = [line for line in log.splitlines() if request_id(page.body) in line]
    assert any("/auth/authorization/issue" in line and "BAD_REQUEST" in line for line in lines)
    assert "sandbox-access-token" not in log


@pytest.mark.parametrize("is_secure", [False, True])
def test_secure_cookies(name: str, authlete: str, client: OAuthClient, is_secure: bool) -> None:
    with (secure_server if is_secure else server)(name, authlete) as url:
        browser = Browser(url)
        page = browser.get(client.authorization_request())
        assert_is_page(page, LOGIN)
        [cookie] = SimpleCookie(page.headers["set-cookie"]).values()
        assert bool(cookie["secure"]) == is_secure
        assert cookie.key.startswith("__Host-") == is_secure
        assert allow(browser, page).redirect_parameters["code"]


class Authlete(ThreadingHTTPServer):
    """Closes each connection after its request, and counts connections."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), AuthleteHandler)
        self.connections = threading.Semaphore(0)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Count a connection, even if no request arrives."""
        self.connections.release()
        super().process_request(request, client_address)


class AuthleteHandler(Handler):
    def do_POST(self) -> None:
        self.body()
        content = {"action": "INTERACTION", "ticket": "a-ticket", "client": {"clientName": "x"}}
        self.respond(200, "application/json", json.dumps(content).encode())


def test_a_page_opens_a_connection(name: str, client: OAuthClient) -> None:
    """The form of a page calls Authlete, so the server connects while the user reads."""
    with serving(Authlete()) as authlete, server(name, url_of(authlete)) as url:
        browser = Browser(url)
        page = browser.get(client.authorization_request())
        assert_is_page(page, LOGIN)
        for _ in ("the call", "the page"):
            assert authlete.connections.acquire(timeout=TEST_TIMEOUT)
