"""The OAuth client: what it asks for, and its redirect URI, which notes what arrives there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from serving import serving

ID = "26478243745571"
SECRET = "sandbox-client-secret"
# Its script reads what no server gets to see; and there is no icon to fetch.
PAGE = b"""<!DOCTYPE html><link rel="icon" href="data:,">
<script>document.title = location.hash</script>"""
STATE = "a\"b<c>&amp;'d +%00é"
"""Everything that an escape could get wrong."""


class OAuthClient(ThreadingHTTPServer):
    """Its redirect endpoint; `arrived` has method and parameters of what came."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), RedirectEndpoint)
        self.arrived: list[tuple[str, dict[str, str]]] = []

    @property
    def redirect_uri(self) -> str:
        """An own query stays, whatever is added to it."""
        return f"http://127.0.0.1:{self.server_port}/cb?tenant=1"

    def authorization_request(self, **parameters: str) -> str:
        """Return the path and query that the user's browser is sent to."""
        return "/authorize?" + urlencode(
            {
                "response_type": "code",
                "client_id": ID,
                "redirect_uri": self.redirect_uri,
                "scope": "openid",
                "state": STATE,
            }
            | parameters
        )


class RedirectEndpoint(BaseHTTPRequestHandler):
    server: OAuthClient

    def do_GET(self) -> None:
        self.note(urlsplit(self.path).query)

    def do_POST(self) -> None:
        self.note(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def note(self, parameters: str) -> None:
        self.server.arrived.append((self.command, dict(parse_qsl(parameters))))
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def oauth_client() -> Iterator[OAuthClient]:
    """Serve the redirect endpoint."""
    with serving(OAuthClient()) as client:
        yield client
