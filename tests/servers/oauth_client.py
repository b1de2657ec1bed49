"""The OAuth client: its requests, and its redirect URI, which records what it receives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

from serving import Handler, serving, url_of

ID = "26478243745571"
SECRET = "sandbox-client-secret"
# The script reads the fragment, which browsers do not send. The empty icon avoids a request.
PAGE = b"""<!DOCTYPE html><link rel="icon" href="data:,">
<script>document.title = location.hash</script>"""
STATE = "a\"b<c>&amp;'d +%00é"
"""Characters that are often escaped incorrectly."""


class OAuthClient(ThreadingHTTPServer):
    """The redirect endpoint; `arrived` records method and parameters of each request."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), RedirectEndpoint)
        self.arrived: list[tuple[str, dict[str, str]]] = []

    @property
    def redirect_uri(self) -> str:
        """The redirect URI; it has a query, which must be kept."""
        return f"{url_of(self)}/cb?tenant=1"

    def authorization_parameters(self, **parameters: str) -> dict[str, str]:
        """Return the parameters of an authorization request."""
        return {
            "response_type": "code",
            "client_id": ID,
            "redirect_uri": self.redirect_uri,
            "scope": "openid",
            "state": STATE,
        } | parameters

    def authorization_request(self, **parameters: str) -> str:
        """Return the path and query of an authorization request."""
        return "/authorize?" + urlencode(self.authorization_parameters(**parameters))


class RedirectEndpoint(Handler):
    server: OAuthClient

    def do_GET(self) -> None:
        self.record(urlsplit(self.path).query)

    def do_POST(self) -> None:
        self.record(self.body().decode())

    def record(self, parameters: str) -> None:
        self.server.arrived.append((self.command, dict(parse_qsl(parameters))))
        self.respond(200, "text/html", PAGE)


@contextmanager
def oauth_client() -> Iterator[OAuthClient]:
    """Run the redirect endpoint."""
    with serving(OAuthClient()) as client:
        yield client
