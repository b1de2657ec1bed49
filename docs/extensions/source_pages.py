"""Makes a page of each source file and folder that a page links to.

On a forge, such a link opens the file. Without this extension, it would be a download on the site.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Optional
from urllib.parse import quote

from docutils import nodes
from pygments.lexers import get_lexer_for_filename
from pygments.util import ClassNotFound
from sphinx.addnodes import download_reference, pending_xref
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

NO_SOURCE = {"__pycache__", "node_modules", "target"}


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.add_transform(LinkedFiles)
    app.connect("html-collect-pages", pages)
    return {"parallel_read_safe": False}


class LinkedFiles(SphinxTransform):
    """Makes the links to files and folders lead to their pages."""

    default_priority = 400
    paths: ClassVar[set[str]] = set()

    def apply(self, **_kwargs: Any) -> None:
        """Replace the links in one page."""
        for node in list(self.document.findall(is_link)):
            path = self.path(node)
            if path is not None:
                uri = self.app.builder.get_relative_uri(self.env.docname, self.page(path))
                link = nodes.reference("", "", *node.children, internal=True, refuri=uri)
                node.replace_self(link)

    def path(self, node: nodes.Element) -> Optional[str]:
        """Return the path of a linked text file or folder that is not a page."""
        target = node["reftarget"]
        if node["refdomain"] == "doc":
            return None if target in self.env.found_docs else f"{target}.md"
        path, absolute = self.env.relfn2path(target, self.env.docname)
        return Path(path).as_posix() if is_shown(Path(absolute)) else None

    def page(self, path: str) -> str:
        """Return the name of the page for a path."""
        if path == "README.md":
            return "docs/index"
        if f"{path}/README" in self.env.found_docs:
            return f"{path}/README"
        self.paths.add(path)
        return f"source/{path}"


def is_link(node: nodes.Node) -> bool:
    """Whether MyST made a node of a link."""
    return isinstance(node, (download_reference, pending_xref)) and node.get("reftype") == "myst"


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, str], str]]:
    """Generate the pages of the linked files and folders, and of what the folders contain."""
    waiting = sorted(LinkedFiles.paths)
    done = set()
    while waiting:
        path = waiting.pop()
        if path in done:
            continue
        done.add(path)
        source = Path(app.srcdir) / path
        if source.is_dir():
            names = [entry.name for entry in sorted(source.iterdir()) if is_shown(entry)]
            waiting += [f"{path}/{name}" for name in names]
            body = f"<ul>{''.join(item(source.name, name) for name in names)}</ul>"
        else:
            body = app.builder.highlighter.highlight_block(text(source) or "", language(source))
        heading = html.escape(path).replace("/", "/<wbr>")
        content = {"title": path, "body": f"<h1>{heading}</h1>{body}"}
        yield f"source/{path}", content, "page.html"


def item(folder: str, name: str) -> str:
    """Return the link to a file in the list of its folder."""
    return f'<li><a href="{quote(folder)}/{quote(name)}.html">{html.escape(name)}</a></li>'


def is_shown(path: Path) -> bool:
    """Whether a file or a folder has a page."""
    if path.name.startswith(".") or path.name in NO_SOURCE:
        return False
    return path.is_dir() or (path.is_file() and text(path) is not None)


def text(path: Path) -> Optional[str]:
    """Return the text of a file; None for an image, whose text would not help."""
    if path.suffix in (".svg", ".png"):
        return None
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def language(path: Path) -> str:
    """Return the language of a file, for its highlighting."""
    try:
        return str(get_lexer_for_filename(path.name).aliases[0])
    except ClassNotFound:
        return "text"
