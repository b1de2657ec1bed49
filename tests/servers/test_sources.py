"""The sources of the examples: their size, and that only the library calls Authlete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from programs import EXAMPLES

SERVERS = {"microhttpd": 600, "httplib": 600, "flask": 250, "starlette": 250}
"""The number of lines that each server must stay below."""
REJECTION_LINES = 60
"""The maximum number of lines of each file that shows only a rejection."""

HTTP_CLIENT = re.compile(
    r"""
    \bcurl[_/] | httplib::(SSL)?Client
    | ^\s*(?:import|from)\s+(?:requests|httpx|aiohttp|http\.client|urllib\.request|urllib3)\b
    """,
    re.VERBOSE | re.MULTILINE,
)
JSON_LIBRARY = re.compile(r"cJSON|nlohmann")


def sources(folder: str = "") -> list[Path]:
    """Return the sources in a folder of the examples."""
    suffixes = {".c", ".h", ".cpp", ".hpp", ".py"}
    return [path for path in sorted((EXAMPLES / folder).rglob("*")) if path.suffix in suffixes]


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_is_small(name: str) -> None:
    found = sources(name)
    assert found
    assert sum(len(path.read_text().splitlines()) for path in found) < SERVERS[name]


@pytest.mark.parametrize("language", ["c", "cpp", "py"])
def test_a_rejection_is_small(language: str) -> None:
    lines = (EXAMPLES / f"reject.{language}").read_text().splitlines()
    assert 0 < len(lines) <= REJECTION_LINES


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.relative_to(EXAMPLES).as_posix())
def test_only_the_library_calls_authlete(path: Path) -> None:
    source = path.read_text()
    assert not HTTP_CLIENT.search(source)
    assert not JSON_LIBRARY.search(source)


def test_the_servers_link_no_other_client() -> None:
    makefile = (EXAMPLES / "servers.mk").read_text()
    assert not re.search(r"libcurl|libcjson|nlohmann", makefile)


def test_the_patterns_match() -> None:
    for source in (
        "#include <curl/curl.h>",
        "curl_easy_init()",
        "httplib::Client client",
        "import requests",
        "from urllib.request import urlopen",
        "  import http.client",
    ):
        assert HTTP_CLIENT.search(source)
    for source in (
        "#include <microhttpd.h>",
        "httplib::Server server",
        "from flask import request",
    ):
        assert not HTTP_CLIENT.search(source)
