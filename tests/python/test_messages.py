"""The section "Python" of docs/reference/messages.md lists every message of the package, no other.

`tests/messages` does the same for the messages of the library.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import authlete_fail

ROOT = Path(__file__).parents[2]
NO_MESSAGES = {
    "<Reply …, …, ticket …, HTTP status …>": "a representation",
    "<Response …>": "a representation",
    "… Unknown": "the status line of a response",
    "… object has no attribute …": "Python's own message",
    "Call `Client.…` in the thread pool, and wait for the reply.": "documentation",
}
"""Texts with a space that are not messages, each with the reason."""


def _texts(node: ast.AST) -> Iterator[str]:
    """Find the strings in `node` except for docstrings."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else "…" for part in node.values]
        yield "".join(map(str, parts))
    else:
        for child in ast.iter_child_nodes(node):
            yield from _texts(child)


def _messages() -> set[str]:
    folder = Path(authlete_fail.__file__).parent
    texts = [text for file in folder.glob("*.py") for text in _texts(ast.parse(file.read_text()))]
    assert set(NO_MESSAGES) <= set(texts)
    return {text for text in texts if re.search("[a-z]", text) and " " in text.strip()} - set(
        NO_MESSAGES
    )


def _entries() -> set[str]:
    page = (ROOT / "docs/reference/messages.md").read_text()
    placeholders = re.findall("(?m)^\\| `([A-Z]+)` \\|", page)
    section = page.partition("\n## Python\n")[2].partition("\n## ")[0]
    cells = re.findall("(?m)^\\| (`.*?) \\|", section)
    entries = [entry for cell in cells for entry in re.findall("`(.*?)`", cell)]
    pattern = "\\b(?:" + "|".join(placeholders) + ")\\b"
    return {re.sub(pattern, "…", entry) for entry in entries}


def test_the_page_lists_all_messages() -> None:
    assert _entries() == _messages()
