"""A minimal browser over http.client: cookies, forms and redirects."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Optional
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from programs import TEST_TIMEOUT


@dataclass(frozen=True)
class Response:
    """A response; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: str

    @property
    def redirect_parameters(self) -> dict[str, str]:
        """The query parameters of the redirect."""
        return dict(parse_qsl(urlsplit(self.headers["location"]).query))


class Browser:
    """The browser of one user; does not follow redirects by itself."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.cookies: SimpleCookie = SimpleCookie()

    def get(self, url: str) -> Response:
        return self.request("GET", url)

    def post(self, url: str, form: dict[str, str], **headers: str) -> Response:
        return self.request("POST", url, urlencode(form), headers)

    def request(
        self,
        method: str,
        url: str,
        body: Optional[str] = None,
        headers: Optional[dict[str, str]] = None,
    ) -> Response:
        """Send one request, with the cookies if it goes to the server that set them."""
        split = urlsplit(urljoin(self.base_url, url))
        sent = {} if body is None else {"Content-Type": "application/x-www-form-urlencoded"}
        sent.update(headers or {})
        is_own = split.netloc == urlsplit(self.base_url).netloc
        if is_own and self.cookies:
            sent["Cookie"] = "; ".join(f"{c.key}={c.value}" for c in self.cookies.values())
        assert split.netloc
        connection = http.client.HTTPConnection(split.netloc, timeout=TEST_TIMEOUT)
        try:
            target = split._replace(scheme="", netloc="", fragment="").geturl()
            connection.request(method, target, body, sent)
            received = connection.getresponse()
            names = [name.lower() for name, _ in received.getheaders()]
            assert len(set(names)) == len(names), f"duplicate header: {names}"
            response = Response(
                received.status,
                {name.lower(): value for name, value in received.getheaders()},
                received.read().decode(),
            )
        finally:
            connection.close()
        if is_own and "set-cookie" in response.headers:
            self.cookies.load(response.headers["set-cookie"])
        return response

    def submit(self, page: Response, **fields: str) -> Response:
        """Fill in and submit the only form of a page."""
        form = Form(page.body)
        assert form.method == "post"
        assert fields.keys() <= form.names
        return self.post(form.action, form.fields | fields)


class Form(HTMLParser):
    """The only form of a page: its method, its action and the values of its fields."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.method = ""
        self.action = ""
        self.names: set[str] = set()
        self.fields: dict[str, str] = {}
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Optional[str]]]) -> None:
        """Record a form or a field."""
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            assert not self.action, "more than one form"
            self.method, self.action = attributes["method"].lower(), attributes["action"]
        elif tag in ("input", "button") and "name" in attributes:
            self.names.add(attributes["name"])
            if tag == "input" and "value" in attributes:
                self.fields[attributes["name"]] = attributes["value"]
