"""One page of the site, as far as the tests look at it."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Optional

# The attributes with which an element loads a resource.
LOADS = {"audio": "src", "iframe": "src", "img": "src", "link": "href", "script": "src"}


class Page(HTMLParser):
    """The IDs, links, resources, headings and images of a page."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.resources: list[str] = []
        self.headings: list[int] = []
        self.images: list[dict[str, str]] = []
        self.language = ""
        self.text = ""
        self.feed(file.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Optional[str]]]) -> None:
        """Record an element."""
        attributes = {name: value or "" for name, value in attrs}
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])
        if attributes.get(LOADS.get(tag, "")):
            self.resources.append(attributes[LOADS[tag]])
        if tag == "img":
            self.images.append(attributes)
        if tag == "html":
            self.language = attributes.get("lang", "")
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.headings.append(int(tag[1]))

    def handle_data(self, data: str) -> None:
        """Record text."""
        self.text += data
