"""The structure of the pages: headings, images, language."""

from __future__ import annotations

from pathlib import Path

import pytest
from page import Page


def test_headings_skip_no_level(written: dict[Path, Page]) -> None:
    for file, page in written.items():
        assert page.headings.count(1) == 1, f"{file}: not exactly one title"
        for above, heading in zip([0, *page.headings], page.headings):
            assert heading <= above + 1, f"{file}: h{heading} after h{above}"


def test_every_image_has_an_alternative_text(pages: dict[Path, Page]) -> None:
    for file, page in pages.items():
        for image in page.images:
            text = image.get("alt", "")
            # MyST and Sphinx take the name of the file if there is no text.
            assert len(text.split()) > 3, f"{file}: {image['src']}: {text}"


def test_every_page_has_a_language(pages: dict[Path, Page]) -> None:
    for file, page in pages.items():
        assert page.language == "en", file


def test_the_map_is_complete(site: Path, written: dict[Path, Page]) -> None:
    landing = site / "docs" / "index.html"
    linked = {(landing.parent / link.split("#")[0]).resolve() for link in written[landing].links}
    assert {file.resolve() for file in written} - linked == {landing.resolve()}


@pytest.mark.parametrize("name", ["docs/guide/calls", "tests/bench/README", "SECURITY"])
def test_pages_are_written(site: Path, written: dict[Path, Page], name: str) -> None:
    assert site / f"{name}.html" in written
