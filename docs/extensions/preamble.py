"""Shows the rules at the top of a header as sections of a page.

In the page, a comment names the header: <!-- rules of include/authlete_fail.h -->
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from sphinx.application import Sphinx

MARKER = re.compile(r"^<!-- rules of (\S+) -->$", re.MULTILINE)
HEADING = re.compile(r"// ([A-Z][A-Z ]+?)(?:  +(.*))?")
# The headers are filled to this width: a sentence ends a paragraph if the next word would fit.
WIDTH = 100
CODE = re.compile(
    r"`[^`]*`|\{\"[^}]*\}|\b(?:authlete|AUTHLETE)_\w+|\b\w+\(\)|\bstd::\w+|(?<= )/auth/\w+"
)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.connect("source-read", insert)
    return {"parallel_read_safe": True}


def insert(app: Sphinx, _docname: str, source: list[str]) -> None:
    """Replace the comment by the sections."""

    def sections(marker: re.Match[str]) -> str:
        return rules((Path(app.srcdir) / marker[1]).read_text(encoding="utf-8"))

    source[0] = MARKER.sub(sections, source[0])


def rules(header: str) -> str:
    """Return the comment at the top of a header as Markdown, without its first paragraph."""
    sections: dict[str, list[str]] = {}
    lines: list[str] = []  # of the first paragraph
    for line in header.split("\n#", 1)[0].splitlines():
        heading = HEADING.fullmatch(line)
        if heading:
            lines = sections[heading[1].capitalize()] = [f"   {heading[2]}"] if heading[2] else []
        else:
            lines.append(line.removeprefix("//"))
    return "\n\n".join(f"## {title}\n\n{section(lines)}" for title, lines in sections.items())


def section(lines: list[str]) -> str:
    """Return the lines below a heading as Markdown."""
    first, *rest = lines  # may be on the line of the heading
    dedented = textwrap.dedent("\n".join(rest))
    indentation = max(map(len, rest)) - max(map(len, dedented.splitlines()))
    width = WIDTH - len("//") - indentation
    blocks = f"{first.strip()}\n{dedented}".strip("\n").split("\n\n")
    return "\n\n".join(block(text, width) for text in blocks)


def block(text: str, width: int) -> str:
    """Return one block as Markdown: code, a table, or paragraphs."""
    lines = text.splitlines()
    if all(line.startswith("    ") for line in lines):
        return f"```c\n{textwrap.dedent(text)}\n```"
    columns = re.match(r"\S+(?: \S+)*  +", text)
    if columns:
        return table(lines, columns.end())
    return "\n\n".join(code(paragraph) for paragraph in paragraphs(lines, width))


def table(lines: list[str], column: int) -> str:
    """Return lines of two columns as a table; without a first column, a line continues a row."""
    rows: list[list[str]] = []
    for line in lines:
        name, text = line[:column].strip(), line[column:].strip()
        if name:
            rows.append([name, text])
        else:
            rows[-1][1] += f" {text}"
    if rows[0][0] != "created by":
        rows.insert(0, ["term", "meaning"])
    rows.insert(1, ["---", "---"])
    return "\n".join(f"| {code(name)} | {code(text)} |" for name, text in rows)


def paragraphs(lines: list[str], width: int) -> list[str]:
    """Join the lines of each paragraph."""
    joined = [lines[0]]
    for before, line in zip(lines, lines[1:]):
        if before.endswith((".", ":")) and len(f"{before} {line.split()[0]}") <= width:
            joined.append(line)
        else:
            joined[-1] += f" {line}"
    return joined


def code(text: str) -> str:
    """Mark names and JSON as code."""
    return CODE.sub(lambda match: match[0] if match[0].startswith("`") else f"`{match[0]}`", text)
