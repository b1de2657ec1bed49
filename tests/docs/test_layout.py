"""The pages fit the windows of a phone and of a desktop; writes screenshots next to the site."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from page import Page
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

PHONE, DESKTOP = 390, 1280

# The content is a box that scrolls. Tables and code scroll inside smaller boxes.
IS_WIDE = """
    return [document.documentElement, ...document.querySelectorAll(".content")]
        .some(element => element.scrollWidth > element.clientWidth)
"""


def open_page(chromium: Chrome, file: Path, width: int, scheme: str = "light") -> None:
    """Open a page in a window of a width."""
    window = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width == PHONE}
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", window)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    chromium.get(file.as_uri())


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_no_page_scrolls_sideways(chromium: Chrome, pages: dict[Path, Page], width: int) -> None:
    wide = []
    for file in pages:
        open_page(chromium, file, width)
        if chromium.execute_script(IS_WIDE):
            wide.append(str(file))
    assert wide == []


def test_pictures_are_shown(chromium: Chrome, written: dict[Path, Page]) -> None:
    for file, page in written.items():
        if page.images:
            open_page(chromium, file, DESKTOP)
            for image in chromium.find_elements(By.TAG_NAME, "img"):
                width = chromium.execute_script("return arguments[0].naturalWidth", image)
                assert width > 0, f"{file}: {image.get_attribute('src')}"


def test_the_landing_page_tells_on_one_screen_what_it_is(chromium: Chrome, site: Path) -> None:
    open_page(chromium, site / "docs" / "index.html", DESKTOP)
    # Everything before the map: the text, the picture, the code, the doors and the cost.
    first = chromium.find_elements(By.CSS_SELECTOR, "article > section > :not(section)")
    assert len(first) >= 6
    for element in first:
        assert element.rect["y"] + element.rect["height"] <= 800, element.text


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("name", ["index", "guide/errors", "reference/c"])
def test_screenshots(chromium: Chrome, site: Path, name: str, width: int, scheme: str) -> None:
    open_page(chromium, site / "docs" / f"{name}.html", width, scheme)
    picture = chromium.execute_cdp_cmd(
        "Page.captureScreenshot",
        {
            "captureBeyondViewport": True,
            "clip": {"x": 0, "y": 0, "width": width, "height": 3000, "scale": 1},
        },
    )
    folder = site.parent / "screenshots"
    folder.mkdir(exist_ok=True)
    file = folder / f"{name.replace('/', '-')}-{width}-{scheme}.png"
    file.write_bytes(base64.b64decode(picture["data"]))
    assert file.stat().st_size > 10_000
