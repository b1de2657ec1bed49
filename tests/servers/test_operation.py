"""What operators of a server need: Secure cookies and connections opened early."""

from __future__ import annotations

import json
import threading
from http.cookies import SimpleCookie
from http.server import ThreadingHTTPServer
from typing import Any

import pytest
from browser import Browser
from expected import LOGIN, allow, assert_is_page
from oauth_client import OAuthClient
from programs import TEST_TIMEOUT, secure_server, server
from serving import Handler, serving, url_of


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
