"""Every link inside the site leads to a page, and its anchor to a place on that page."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from page import Page


def broken(pages: dict[Path, Page]) -> list[str]:
    """Return the links that lead nowhere."""
    found = []
    for file, page in pages.items():
        for link in page.links + page.resources:
            url = urlsplit(link)
            if url.scheme or url.netloc:
                continue
            target = (file.parent / unquote(url.path)).resolve() if url.path else file
            anchor = unquote(url.fragment)
            # Sphinx's scripts use "#" alone: the top of the page.
            if not target.is_file() or (
                anchor and target in pages and anchor not in pages[target].ids
            ):
                found.append(f"{file}: {link}")
    return found


def test_links_work(pages: dict[Path, Page]) -> None:
    assert broken({file.resolve(): page for file, page in pages.items()}) == []


def test_a_missing_page_and_a_missing_anchor_are_found(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_text('<p id="p"><a href="a.html#p">1</a><a href="#q">2</a><a href="b.html">3</a>')
    assert broken({file.resolve(): Page(file)}) == [f"{file}: #q", f"{file}: b.html"]


def test_nothing_is_loaded_from_the_network(pages: dict[Path, Page]) -> None:
    for file, page in pages.items():
        for resource in page.resources:
            url = urlsplit(resource)
            assert (not url.scheme and not url.netloc) or url.scheme == "data", (
                f"{file}: {resource}"
            )


def test_no_style_is_loaded_from_the_network(site: Path) -> None:
    styles = list(site.rglob("*.css"))
    assert styles
    for file in styles:
        assert not re.search(r"""(url\(|@import) *["']?(https?:)?//""", file.read_text()), file


def test_the_entry_leads_to_the_landing_page(site: Path, pages: dict[Path, Page]) -> None:
    assert pages[site / "index.html"].links == ["docs/index.html"]
    assert 'url=docs/index.html"' in (site / "index.html").read_text()
