"""How Sphinx builds these pages: ``tox -e docs``."""

import sys
from pathlib import Path

from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent))

import generated_pages

project = "chaim-conformance"
copyright = "the authors of chaim-conformance; Apache-2.0"
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "chaim-conformance"
html_copy_source = False
nitpicky = True


def setup(app: Sphinx) -> None:
    """Fills the pages that are made from the contract's data."""
    app.connect("source-read", _fill)


def _fill(app: Sphinx, page: str, source: list[str]) -> None:
    make = generated_pages.PAGES.get(page)
    if make is not None:
        for file in generated_pages.SOURCES:
            app.env.note_dependency(str(file))
        source[0] += "\n" + make()
