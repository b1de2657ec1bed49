"""Configuration of Sphinx, which builds the documentation site (`make docs`).

The source folder is the root of the repository, so that relative links work on the site and on a
forge.
"""

import re
import sys
from pathlib import Path

from authlete_fail import __version__
from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).with_name("extensions")))

project = "authlete-fail"
author = "the authors of authlete-fail"
project_copyright = author
version = release = __version__

extensions = [
    "breathe",
    "myst_parser",
    "preamble",
    "source_pages",
    "sphinx.ext.autodoc",
    "valid_html",
]
root_doc = "docs/index"
include_patterns = [
    "docs/**.md",
    "bindings/**/README.md",
    "tests/bench/README.md",
    "tests/consumers/README.md",
    "tests/sandbox/README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
]
exclude_patterns = ["**/.*", "**/node_modules", "src", "target", "docs/snippets"]

html_theme = "furo"
html_title = f"authlete-fail {version}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_extra_path = ["entry"]
html_favicon = "static/icon.svg"
html_domain_indices = False
html_show_copyright = False
html_show_sourcelink = False
html_search_scorer = str(Path(__file__).with_name("scorer.js"))

myst_heading_anchors = 3
nitpicky = True
# Ignore names of the standard libraries, whose inventories are not loaded, and C names in C++.
nitpick_ignore_regex = [
    ("py:.*", r"(?!authlete_fail\.).*"),
    ("py:class", r".*\.AnyResponse"),
    ("c:identifier", r"u?int\d+_t|size_t"),
    ("cpp:identifier", r"authlete_fail|authlete_fail_\w+|AUTHLETE_FAIL_\w+"),
]

# Code in docstrings and comments often has straight quotes.
smartquotes = False
# Docstrings use single backticks for code, like Markdown.
default_role = "literal"
autodoc_member_order = "bysource"
autodoc_typehints = "description"

# docs.mk sets the folder of the project's XML.
breathe_default_project = "authlete-fail"
breathe_domain_by_extension = {"h": "c"}
breathe_show_define_initializer = True
breathe_show_enumvalue_initializer = True


def setup(app: Sphinx) -> None:
    """Join the lines of alternative texts; MyST would join them without a space."""

    def join(_app: Sphinx, _docname: str, source: list[str]) -> None:
        source[0] = re.sub(r"!\[[^\]]*\]", lambda text: text[0].replace("\n", " "), source[0])

    app.connect("source-read", join)
