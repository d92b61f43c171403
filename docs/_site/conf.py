"""The documentation site, for Sphinx: English from docs/, Japanese (`--tag ja`) from docs/ja/."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.util.tags import Tags

tags: Tags  # Sphinx has put them here

SITE = Path(__file__).parent

project = "linkmgr"
language = "ja" if tags.has("ja") else "en"  # noqa: F821
extensions = ["myst_parser", "docs._site.extension"]
exclude_patterns = ["_*"] if language == "ja" else ["_*", "ja"]
locale_dirs = [str(SITE / "locale")]  # what the theme says, which has no languages of its own
templates_path = [str(SITE / "templates")]

myst_heading_anchors = 4  # named as the code host names them, so that links work there, too

html_theme = "furo"
html_title = "linkmgr"
html_copy_source = False
html_show_copyright = False
html_static_path = [str(SITE / "static")]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
html_favicon = str(SITE.parents[1] / "linkmgr" / "admin" / "static" / "icon.svg")
html_search_scorer = str(SITE / "scorer.js")
html_domain_indices = False
html_use_index = False
html_sidebars = {
    "**": [
        *("sidebar/scroll-start.html", "sidebar/brand.html", "sidebar/language.html"),
        *("sidebar/search.html", "sidebar/navigation.html", "sidebar/scroll-end.html"),
    ]
}

# `make docs` takes it from npm. Without it a diagram is shown as its text.
MERMAID = Path(sys.prefix) / "mermaid.min.js"
if MERMAID.exists():
    html_static_path.append(str(MERMAID))
