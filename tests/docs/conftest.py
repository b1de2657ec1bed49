"""The built site, its pages, and a Chromium that reads them without network."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from page import Page
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

SITE = Path(os.environ["AUTHLETE_FAIL_SITE"])

SWITCHES = (
    "--headless",
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--no-first-run",
    "--hide-scrollbars",  # as on a phone
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


@pytest.fixture(scope="session")
def site() -> Path:
    """Return the folder of the site."""
    return SITE


@pytest.fixture(scope="session")
def pages() -> dict[Path, Page]:
    """Return all pages of the site by their files."""
    return {file: Page(file) for file in sorted(SITE.rglob("*.html"))}


@pytest.fixture(scope="session")
def written(pages: dict[Path, Page]) -> dict[Path, Page]:
    """Return the pages that somebody wrote: no index, and no copies of source files."""
    return {
        file: page
        for file, page in pages.items()
        if file.parent != SITE and file.relative_to(SITE).parts[0] != "source"
    } | {SITE / name: pages[SITE / name] for name in ("CHANGELOG.html", "SECURITY.html")}


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Return a browser without network."""
    options = ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for switch in (*SWITCHES, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with Chrome(options, ChromeService("/usr/bin/chromedriver")) as chromium:
        yield chromium
