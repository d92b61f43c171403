"""A page of the docs as its parts: headings, links, code, tables."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt

DOCS = Path(__file__).parents[2] / "docs"
_PARSER = MarkdownIt("commonmark").enable("table")


def english_pages():
    """Return the English pages, as paths from docs/."""
    found = (path.relative_to(DOCS) for path in DOCS.rglob("*.md"))
    return sorted(path for path in found if path.parts[0] not in {"ja", "_site", "_reference"})


@dataclass(frozen=True)
class Page:
    """What a page is made of, in its order."""

    path: Path
    headings: list[tuple[int, str]]  # level, anchor
    links: list[str]
    pictures: list[str]
    code: list[tuple[str, str]]  # language, text
    tables: list[tuple[int, int]]  # rows, columns

    def anchor(self, name):
        """Return which heading an anchor leads to, None where there is none."""
        return next((at for at, (_, each) in enumerate(self.headings) if each == name), None)


@cache
def read_page(path):
    """Take a page apart."""
    tokens = _PARSER.parse(path.read_text(encoding="utf-8"))
    headings, links, pictures, code, tables = [], [], [], [], []
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            headings.append((int(token.tag[1]), _anchor(tokens[at + 1], headings)))
        elif token.type in {"fence", "code_block"}:
            code.append((token.info, token.content))
        elif token.type == "table_open":
            tables.append([0, 0])
        elif token.type == "tr_open":
            tables[-1][0] += 1
        elif token.type == "th_open":
            tables[-1][1] += 1
        for child in token.children or ():
            if child.type == "link_open":
                links.append(child.attrs["href"])
            elif child.type == "image":
                pictures.append(child.attrs["src"])
    return Page(path, headings, links, pictures, code, [(rows, cols) for rows, cols in tables])


def _anchor(inline, before):
    """Name a heading as the code host and the site do."""
    text = "".join(child.content for child in inline.children)
    name = re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-")
    taken = [each for _, each in before if re.fullmatch(rf"{re.escape(name)}(-\d+)?", each)]
    return f"{name}-{len(taken)}" if taken else name
