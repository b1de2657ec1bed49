"""Configuration of Sphinx, which builds the documentation site (`make docs`)."""

from authlete_fail import __version__

project = "authlete-fail"
author = "the authors of authlete-fail"
project_copyright = author
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["snippets"]
html_theme = "furo"
html_title = f"authlete-fail {version}"
html_static_path = ["static"]
html_css_files = ["side-by-side.css"]
html_show_copyright = False
html_show_sourcelink = False

myst_heading_anchors = 3
nitpicky = True
# Ignore names of the standard library, whose inventory is not loaded.
nitpick_ignore_regex = [("py:.*", r"(?!authlete_fail\.).*"), ("py:class", r".*\.AnyResponse")]

# Docstrings use single backticks for code, like Markdown.
default_role = "literal"
autodoc_member_order = "bysource"
autodoc_typehints = "description"
