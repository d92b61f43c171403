"""Items and tags that posts' front matter names, and whether the catalog has them."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from linkmgr.catalog.model import Catalog
from linkmgr.links.tags import tag_problem_at
from linkmgr.messages.errors import Problem
from linkmgr.messages.message import Message, excerpt, message
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.model import Post

_FRONT_MATTER_KEY = b"linkmgr:"


def unknown_items(
    root: Path, config: JekyllConfig, posts: Sequence[Post], catalog: Catalog
) -> Iterator[tuple[Post, str, Problem]]:
    """Yield the items that front matter names and the catalog lacks, each with its post.

    The problem's file is as Jekyll has it, from the site's source.
    """
    for post in posts:
        override = post.override
        for key, code, items, known in (
            ("books", "build.unknown-book", override.books or (), catalog.books.keys()),
            (
                "products",
                "build.unknown-product",
                override.products or (),
                catalog.products.keys(),
            ),
            ("cta", "build.unknown-cta", override.cta or (), catalog.ctas.keys()),
            ("exclude", "build.unknown-item", override.exclude, catalog.items.keys()),
        ):
            for item in (item for item in items if item not in known):
                file = config.file_of(post.path)
                line = _line_of(item, (root / config.source / file).read_bytes())
                yield post, item, Problem.at(file, line, f"linkmgr.{key}", message(code, item=item))


def unknown_tags(
    root: Path, config: JekyllConfig, posts: Sequence[Post], catalog: Catalog
) -> Iterator[Problem]:
    """Yield the tags that front matter names and the catalog lacks; files as in `unknown_items`."""
    for post in posts:
        for programme, tag in post.override.tags:
            if problem := _tag_problem(catalog, programme, tag):
                file = config.file_of(post.path)
                line = _line_of(tag, (root / config.source / file).read_bytes())
                yield Problem.at(file, line, "linkmgr.tag", problem)


def _tag_problem(catalog: Catalog, name: str, tag: str) -> Message | None:
    programme = catalog.programmes.get(name)
    if programme is None:
        return message("catalog.unknown-programme", name=excerpt(name))
    if tag in catalog.tags[name]:
        return None
    unknown = message("build.unknown-tag", tag=excerpt(tag), programme=name)
    return tag_problem_at(programme, tag) or unknown


def _line_of(item: str, raw: bytes) -> int:
    """Return the line that names an item or a tag, from `linkmgr:` on, or that of `linkmgr:`."""
    lines = raw.splitlines()
    start = next((n for n, line in enumerate(lines) if line.startswith(_FRONT_MATTER_KEY)), 0)
    named = re.compile(rb"(?<![\w-])" + re.escape(item.encode()) + rb"(?![\w-])")
    for number, line in enumerate(lines[start:], start + 1):
        if line.rstrip() in {b"---", b"..."}:
            break
        if named.search(line):
            return number
    return start + 1
