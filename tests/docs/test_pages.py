"""The structure of the pages: headings, images, language."""

from __future__ import annotations

from pathlib import Path

import pytest
from page import Page

ROOT = Path(__file__).parents[2]


def test_headings_skip_no_level(written: dict[Path, Page]) -> None:
    for file, page in written.items():
        assert page.headings.count(1) == 1, f"{file}: not exactly one title"
        for above, heading in zip([0, *page.headings], page.headings):
            assert heading <= above + 1, f"{file}: h{heading} after h{above}"


def test_every_image_has_an_alternative_text(written: dict[Path, Page]) -> None:
    sources = " ".join(
        " ".join(file.read_text().split())
        for file in [*ROOT.glob("docs/**/*.md"), *ROOT.glob("tests/*/*.md")]
    )
    for file, page in written.items():
        for image in page.images:
            # Without a text, MyST takes the name of the file.
            assert f"![{image['alt']}](" in sources, f"{file}: {image['src']}"
            assert len(image["alt"].split()) > 3, f"{file}: {image['src']}"


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
