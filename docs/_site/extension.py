"""What Sphinx lacks for this site: navigation by the front page, two languages, diagrams."""

from __future__ import annotations

import html
import os
import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes

from docs._site.japanese_search import PairsOfCharacters
from docs._site.reference_rows import ReferenceRows

if TYPE_CHECKING:
    from sphinx.application import Sphinx

DOCS = Path(__file__).parents[1]
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
ENTRY = re.compile(r"^- \[(.+?)\]\(([\w/-]+)\.md\)", re.MULTILINE)
TOCTREE = """
```{{toctree}}
:hidden:
:caption: {caption}

{pages}
```
"""
LANGUAGES = {"en": "English", "ja": "日本語"}


def navigation(page: str) -> str:
    """Return the navigation that the sections and lists of the front page amount to."""
    _, *parts = HEADING.split(page)
    trees = []
    for caption, text in zip(parts[::2], parts[1::2], strict=True):
        pages = "\n".join(f"{title} <{path}>" for title, path in ENTRY.findall(text))
        if pages:
            trees.append(TOCTREE.format(caption=caption, pages=pages))
    return "".join(trees)


def add_navigation(app: Sphinx, page: str, source: list[str]) -> None:
    """Give the front page its navigation; on the code host its lists are all there is."""
    if page == app.config.root_doc:
        source[0] += navigation(source[0])


def draw_diagrams(app: Sphinx, doctree: nodes.document) -> None:
    """Turn code for mermaid into what its script draws, and leave its text where there is none."""
    drawn = any(Path(path).name == "mermaid.min.js" for path in app.config.html_static_path)
    for block in list(doctree.findall(nodes.literal_block)):
        if block.get("language") != "mermaid":
            continue
        if drawn:
            text = f'<pre class="mermaid">{html.escape(block.astext())}</pre>'
            block.replace_self(nodes.raw("", text, format="html"))
        else:
            block["language"] = "text"


def offer_files(app: Sphinx, doctree: nodes.document) -> None:
    """Let links to the project's other files lead to copies of them, and those to folders nowhere.

    Pages of Markdown outside of the site are files, too: README, CONTRIBUTING.
    """
    folder = Path(app.srcdir, posixpath.dirname(app.env.docname))
    for link in list(doctree.findall(addnodes.pending_xref)):
        target = folder / link["reftarget"]
        page = target.with_name(f"{target.name}.md")
        if target.is_dir():
            link.replace_self(link.children)
        elif link["refdomain"] == "doc" and page.is_file() and not page.is_relative_to(app.srcdir):
            name = os.path.relpath(page, folder)
            copy = addnodes.download_reference(
                "", "", *link.children, reftarget=name, refdoc=app.env.docname
            )
            link.replace_self(copy)


def add_scripts(
    app: Sphinx,
    _page: str,
    _template: str,
    _context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Load mermaid on pages with diagrams alone; it weighs three megabytes."""
    if doctree and any('class="mermaid"' in raw.astext() for raw in doctree.findall(nodes.raw)):
        app.add_js_file("mermaid.min.js")
        app.add_js_file("diagrams.js")


def add_other_language(
    app: Sphinx, page: str, _name: str, context: dict[str, Any], _doctree: nodes.document | None
) -> None:
    """Say where the page is in the other language, or the front page if it is not there."""
    here = app.config.language
    other = "en" if here == "ja" else "ja"
    folder = DOCS if other == "en" else DOCS / "ja"
    there = page if (folder / f"{page}.md").exists() or page == "search" else app.config.root_doc
    site = {"en": "", "ja": "ja"}
    context["other_language"] = {
        "code": other,
        "name": LANGUAGES[other],
        "url": posixpath.relpath(
            posixpath.join(site[other], f"{there}.html"),
            posixpath.dirname(posixpath.join(site[here], page)) or ".",
        ),
    }


def setup(app: Sphinx) -> dict[str, bool]:
    """Add all of this to Sphinx."""
    app.add_search_language(PairsOfCharacters)
    app.add_transform(ReferenceRows)
    app.connect("source-read", add_navigation)
    app.connect("doctree-read", offer_files, priority=100)  # before Sphinx collects what to copy
    app.connect("doctree-read", draw_diagrams)
    app.connect("html-page-context", add_scripts)
    app.connect("html-page-context", add_other_language)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
