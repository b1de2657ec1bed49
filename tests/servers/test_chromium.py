"""A user with Chromium allows or denies access: the scripts, forms and policies of the pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest
from oauth_client import STATE, OAuthClient
from programs import TEST_TIMEOUT
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

pytestmark = pytest.mark.chromium

SWITCHES = (
    "--headless",
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for switch in (*SWITCHES, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with Chrome(options, ChromeService("/usr/bin/chromedriver")) as chromium:
        yield chromium


def decide(chromium: Chrome, url: str, decision: str) -> None:
    """Log in and decide."""
    chromium.get(url)
    chromium.find_element(By.NAME, "username").send_keys("john")
    chromium.find_element(By.NAME, "password").send_keys("secret")
    chromium.find_element(By.NAME, "password").submit()
    wait_until(chromium, lambda: chromium.find_elements(By.NAME, "decision") != [])
    chromium.find_element(By.CSS_SELECTOR, f"[name=decision][value={decision}]").click()


def console(chromium: Chrome) -> list[str]:
    """Return and clear the console messages, such as policy violations."""
    log = chromium.get_log("browser")
    return [line["message"] for line in log]


def wait_until(chromium: Chrome, condition: Callable[[], bool]) -> None:
    WebDriverWait(chromium, TEST_TIMEOUT, 0.05).until(lambda _: condition(), chromium.page_source)


@pytest.mark.parametrize("decision", ["allow", "deny"])
@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
def test_the_browser_arrives_at_the_oauth_client(
    chromium: Chrome, url: str, client: OAuthClient, mode: str, decision: str
) -> None:
    console(chromium)  # discards messages of earlier pages
    client.arrived.clear()
    decide(chromium, url + client.authorization_request(response_mode=mode), decision)
    wait_until(chromium, lambda: chromium.current_url.startswith(client.redirect_uri))
    # The browser sent one request, and no policy blocked it.
    assert console(chromium) == []
    [(method, parameters)] = client.arrived
    assert method == ("POST" if mode == "form_post" else "GET")
    if mode == "fragment":
        wait_until(chromium, lambda: chromium.title != "")
        assert parameters == {"tenant": "1"}
        parameters = dict(parse_qsl(chromium.title.removeprefix("#")))
    if decision == "allow":
        assert parameters["code"]
    else:
        assert parameters["error"] == "access_denied"
    assert parameters["state"] == STATE
    # A form or fragment keeps the parameters out of the URL, which servers log.
    if mode != "query":
        assert urlsplit(chromium.current_url).query == "tenant=1"
