"""The search of the site works without network: it runs in the browser."""

from __future__ import annotations

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlencode

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait


@pytest.mark.parametrize(
    ("words", "page"),
    [
        ("gunicorn", "docs/guide/flask.html"),
        ("authlete_fail_reply_may_repeat", "docs/reference/c.html"),
        ("refused the connection", "docs/reference/messages.html"),
        ("try_authorization", "docs/reference/cpp.html"),
    ],
)
def test_search(chromium: Chrome, site: Path, words: str, page: str) -> None:
    assert (site / page).as_uri() in found(chromium, site.as_uri(), words)


def test_search_on_a_server(chromium: Chrome, site: Path) -> None:
    """A server also shows excerpts, which a browser cannot load from files."""
    handler = partial(Quiet, directory=site)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever).start()
        base = f"http://127.0.0.1:{server.server_port}"
        chromium.get_log("browser")  # discards earlier messages
        assert f"{base}/docs/guide/flask.html" in found(chromium, base, "gunicorn")
        wait(chromium, "#search-results li p.context")
        server.shutdown()
    assert chromium.get_log("browser") == []


@pytest.mark.parametrize(
    ("words", "page"),
    [
        ("no complete API response within 1000 ms", "docs/reference/messages.html"),
        ("which only backchannel authentication supports", "docs/reference/messages.html"),
        ('"NOPE", which authorization does not support', "docs/reference/messages.html"),
        ("graceful shutdown", "docs/guide/operating.html"),
        ("private CA", "docs/guide/tls.html"),
        ("expired ticket", "docs/reference/messages.html"),
        ("SIGTERM", "docs/guide/operating.html"),
        ("slow call", "docs/guide/observe.html"),
        ("connections", "docs/guide/connect.html"),
    ],
)
def test_the_right_page_is_among_the_first(
    chromium: Chrome, site: Path, words: str, page: str
) -> None:
    pages = list(dict.fromkeys(found(chromium, site.as_uri(), words)))
    assert (site / page).as_uri() in pages[:3], pages


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and logs nothing."""

    def log_message(self, *_args: object) -> None:
        """Log nothing."""


def found(chromium: Chrome, base: str, words: str) -> list[str]:
    """Search, and return the addresses of the pages that were found."""
    chromium.get(f"{base}/search.html?{urlencode({'q': words})}")
    links = wait(chromium, "#search-results li a")
    return [str(link.get_attribute("href")).split("?")[0].split("#")[0] for link in links]


def wait(chromium: Chrome, selector: str) -> list[WebElement]:
    """Wait for elements and return them."""
    WebDriverWait(chromium, 20, 0.1).until(
        lambda _: chromium.find_elements(By.CSS_SELECTOR, selector), selector
    )
    return list(chromium.find_elements(By.CSS_SELECTOR, selector))
