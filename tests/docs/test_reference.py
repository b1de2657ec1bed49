"""The C and C++ reference is complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from page import Page

ROOT = Path(__file__).parents[2]
HEADER = (ROOT / "include" / "authlete_fail.h").read_text()
CODE = re.sub(r"//.*", "", HEADER)
WRAPPER = "".join(
    re.sub(r"//.*", "", file.read_text())
    for file in sorted((ROOT / "bindings" / "cpp").rglob("*.hpp"))
)


def declared(pattern: str, code: str = CODE) -> list[str]:
    """Return the names that a pattern finds in a header."""
    names = re.findall(pattern, code, re.MULTILINE)
    assert names, pattern
    return [str(name) for name in names]


@pytest.mark.parametrize(
    "pattern",
    [
        r"\b(authlete_fail_\w+)\(",  # functions
        r"^(?:\} |typedef struct \w+ )(authlete_fail_\w+);",  # enumerations, structures
        r"\(\*(authlete_fail_\w+)\)",  # callbacks
        r"^ +(AUTHLETE_FAIL_\w+) = ",  # enumerators
        r"^#define (AUTHLETE_FAIL_\w+) ",
    ],
)
def test_c(site: Path, pages: dict[Path, Page], pattern: str) -> None:
    # The ID of an enumerator is c.ENUM.ENUMERATOR.
    names = {name.rpartition(".")[2] for name in pages[site / "docs" / "reference" / "c.html"].ids}
    assert set(declared(pattern)) - names == set()


def words(text: str) -> list[str]:
    """Return the words of a text, as headings and sentences alike write them."""
    return re.findall(r"\w+", text.lower())


def test_the_rules_of_the_header_are_on_the_page(site: Path, pages: dict[Path, Page]) -> None:
    page = words(pages[site / "docs" / "reference" / "c.html"].text)
    rules = HEADER[HEADER.index("// TERMS") : HEADER.index("#ifndef")]
    # The page has two headings that the header has not.
    on_page = [word for word in page[page.index("terms") :] if word not in ("term", "meaning")]
    assert words(rules) == on_page[: len(words(rules))]


@pytest.mark.parametrize("pattern", [r"^class (\w+)", r"^enum class (\w+)", r"^using (\w+) ="])
def test_cpp(site: Path, pages: dict[Path, Page], pattern: str) -> None:
    ids = pages[site / "docs" / "reference" / "cpp.html"].ids
    for name in declared(pattern, WRAPPER):
        assert f"_CPPv4N13authlete_fail{len(name)}{name}E" in ids, name


def test_the_functions_of_cpp(site: Path, pages: dict[Path, Page]) -> None:
    ids = " ".join(pages[site / "docs" / "reference" / "cpp.html"].ids)
    public = re.sub(r"^private:.*?^\};", "", WRAPPER, flags=re.MULTILINE | re.DOTALL)
    function = (
        r"^(?:    )?(?:\[\[nodiscard\]\] )?(?!return|template)\w[\w:<>, &]*\s(?<!operator )(\w+)\("
    )
    for name in declared(function, public):
        assert f"{len(name)}{name}E" in ids, name
