"""What a user's browser does, over http.client: cookies, forms, redirects, and nothing else."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Optional
from urllib.parse import urlencode, urljoin, urlsplit

from programs import PATIENCE


@dataclass(frozen=True)
class Answer:
    """A response; headers by lower-case name."""

    status: int
    headers: dict[str, str]
    body: str


class Browser:
    """One user; follows no redirect by itself."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.cookies: SimpleCookie = SimpleCookie()

    def get(self, url: str) -> Answer:
        return self.request("GET", url)

    def post(self, url: str, form: dict[str, str], **headers: str) -> Answer:
        return self.request("POST", url, urlencode(form), headers)

    def request(
        self,
        method: str,
        url: str,
        body: Optional[str] = None,
        headers: Optional[dict[str, str]] = None,
    ) -> Answer:
        """Send one request, with the cookies if it goes to the server they are from."""
        split = urlsplit(urljoin(self.base_url, url))
        sent = dict(headers or {})
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        is_own = split.netloc == urlsplit(self.base_url).netloc
        if is_own and self.cookies:
            sent["Cookie"] = "; ".join(f"{c.key}={c.value}" for c in self.cookies.values())
        assert split.netloc
        connection = http.client.HTTPConnection(split.netloc, timeout=PATIENCE)
        try:
            target = split._replace(scheme="", netloc="", fragment="").geturl()
            connection.request(method, target, body, sent)
            response = connection.getresponse()
            names = [name.lower() for name, _ in response.getheaders()]
            assert len(set(names)) == len(names), f"a header came twice: {names}"
            answer = Answer(
                response.status,
                {name.lower(): value for name, value in response.getheaders()},
                response.read().decode(),
            )
        finally:
            connection.close()
        if is_own and "set-cookie" in answer.headers:
            self.cookies.load(answer.headers["set-cookie"])
        return answer

    def submit(self, page: Answer, **fields: str) -> Answer:
        """Fill in the one form of a page, and send it."""
        form = Form(page.body)
        assert form.method == "post"
        assert fields.keys() <= form.names
        return self.post(form.action, form.fields | fields)


class Form(HTMLParser):
    """The one form of a page: where it goes, and the fields that it has filled in."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.method = ""
        self.action = ""
        self.names: set[str] = set()
        self.fields: dict[str, str] = {}
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Optional[str]]]) -> None:
        """Note a form or a field."""
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            assert not self.action, "a second form"
            self.method, self.action = attributes["method"].lower(), attributes["action"]
        elif tag in ("input", "button") and "name" in attributes:
            self.names.add(attributes["name"])
            if tag == "input" and "value" in attributes:
                self.fields[attributes["name"]] = attributes["value"]
