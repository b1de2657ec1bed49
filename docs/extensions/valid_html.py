"""Corrects what Breathe and Sphinx's C++ domain would make invalid HTML of."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.add_transform(Ids)
    app.add_transform(Paragraphs)
    return {"parallel_read_safe": True}


class Ids(SphinxTransform):
    """Removes IDs that contain a space, and those of titles inside classes, which repeat."""

    default_priority = 400

    def apply(self, **_kwargs: Any) -> None:
        """Correct one page."""
        for node in self.document.findall(nodes.Element):
            node["ids"] = [
                name
                for name in node["ids"]
                if " " not in name and not name.startswith("breathe-section-title")
            ]


class Paragraphs(SphinxTransform):
    """Splits paragraphs that contain a list or a block of code, which HTML does not allow."""

    default_priority = 400

    def apply(self, **_kwargs: Any) -> None:
        """Correct one page."""
        for paragraph in list(self.document.findall(nodes.paragraph)):
            if not any(is_block(child) for child in paragraph):
                continue
            parts: list[nodes.Element] = []
            for child in list(paragraph):
                if is_block(child):
                    parts.append(child)
                elif parts and isinstance(parts[-1], nodes.paragraph):
                    parts[-1].append(child)
                else:
                    parts.append(nodes.paragraph("", "", child))
            paragraph.replace_self([part for part in parts if part.astext().strip()])


def is_block(node: nodes.Node) -> bool:
    """Whether a node is a block, such as a list, and not text."""
    return isinstance(node, nodes.Body) and not isinstance(node, nodes.Inline)
