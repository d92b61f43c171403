"""The old choice of a post as what its front matter says, added without changing a byte of it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from yaml.nodes import MappingNode, Node

from linkmgr.adopt.deciding.model import Placed
from linkmgr.adopt.proposing.measure import Missed
from linkmgr.builder.setup.edits import line_ending
from linkmgr.catalog.items import ItemKind
from linkmgr.posts.document import BOM, split_front_matter
from linkmgr.posts.model import Override, Post
from linkmgr.posts.override import parse_override
from linkmgr.posts.ruby.jekyll import Package
from linkmgr.posts.ruby.yaml_tree import YamlError
from linkmgr.posts.ruby.yaml_values import load

_KEY = "linkmgr"
# An id that YAML reads as text without quotes.
_PLAIN_ID = re.compile(r"(?!(?:true|false|yes|no|on|off|null)\Z)[a-z][a-z0-9-]*")


class Choice(NamedTuple):
    """What a post's front matter is to choose under `linkmgr`, by key; `cta` is one item."""

    books: tuple[str, ...] = ()
    cta: str = ""
    products: tuple[str, ...] = ()

    def values(self) -> dict[str, Any]:
        """Return the keys and their values as YAML reads them."""
        values = {"books": [*self.books], "cta": self.cta, "products": [*self.products]}
        return {key: value for key, value in values.items() if value}

    def lines(self) -> list[str]:
        """Return the keys as they are written, each on a line of its own."""
        return [
            f"{key}: {_written(value) if isinstance(value, str) else _listed(value)}"
            for key, value in self.values().items()
        ]

    def applied(self, post: Post) -> Post:
        """Return a post as it is once its front matter says this."""
        override = post.override
        return replace(
            post,
            override=replace(
                override,
                books=self.books or override.books,
                products=self.products or override.products,
                cta=self.cta or override.cta,
            ),
        )


def choices(
    missed: Iterable[Missed], placed: Mapping[str, Placed], posts: Iterable[Post]
) -> dict[str, Choice]:
    """Return the choices to keep, by the post's path: of a kind of which an item would be missed.

    Of posts that are not published, such as drafts, nobody knows what they would show: they keep
    all. A post's own word stays; of several CTAs, of which it can name one, the first is taken.
    """
    overrides = {post.path: post.override for post in posts}
    wanted = {(each.path, each.kind) for each in missed}
    wanted |= {(path, kind) for path in placed.keys() - overrides for kind in ItemKind}
    found = {}
    for path, old in placed.items():
        own = overrides.get(path, Override())
        books, products, ctas = (
            old.at_end(kind) if (path, kind) in wanted and own.items(kind.value) is None else ()
            for kind in (ItemKind.BOOKS, ItemKind.PRODUCTS, ItemKind.CTA)
        )
        if (books or products or ctas) and not own.disabled:
            found[path] = Choice(books, ctas[0] if ctas else "", products)
    return found


def with_choice(data: bytes, choice: Choice, package: Package) -> bytes | None:
    """Return a post's file with a choice in its front matter, `None` where there is no way.

    Bytes are only added, on lines of their own or within the braces of `linkmgr: {…}`. The new
    front matter says the same as before and the choice to the Jekyll of `package`: else nothing is
    returned.
    """
    mark = BOM if data.startswith(BOM) else b""
    front, _ = split_front_matter(data.removeprefix(mark))
    if not front:
        return None
    try:
        before, root = load(front, package)
        at, added = _insertion(front, root, choice)
        after, _ = load(front[:at] + added + front[at:], package)
    except (YamlError, UnicodeDecodeError):
        return None
    values = before if isinstance(before, dict) else {}
    own = values.get(_KEY)
    if own is not None and not isinstance(own, dict):
        return None
    expected = {**values, _KEY: {**(own or {}), **choice.values()}}
    if after != expected or list(after) != list(expected) or parse_override(after[_KEY])[1]:
        return None
    at += len(mark)
    return data[:at] + added + data[at:]


def _insertion(front: bytes, root: Node | None, choice: Choice) -> tuple[int, bytes]:
    """Return where in the front matter what is added."""
    end = line_ending(front)
    pair = _pair(root)
    if pair is None:
        lines = [f"{_KEY}:", *(f"  {line}" for line in choice.lines())]
        return len(front), b"".join(line.encode() + end for line in lines)
    key, value = pair
    if isinstance(value, MappingNode) and value.value:
        first = value.value[0][0]
        at = _offset(front, first.start_mark.line, first.start_mark.column)
        if value.flow_style:
            return at, "".join(f"{line}, " for line in choice.lines()).encode()
        indent = " " * first.start_mark.column
        return at, b"".join(line.encode() + end + indent.encode() for line in choice.lines())
    if isinstance(value, MappingNode):  # {}
        at = _offset(front, value.start_mark.line, value.start_mark.column) + 1
        return at, ", ".join(choice.lines()).encode()
    at = _offset(front, key.start_mark.line + 1, 0)
    return at, b"".join(f"  {line}".encode() + end for line in choice.lines())


def _pair(root: Node | None) -> tuple[Node, Node] | None:
    pairs = root.value if isinstance(root, MappingNode) else []
    return next(((key, value) for key, value in pairs if key.value == _KEY), None)


def _offset(front: bytes, line: int, column: int) -> int:
    """Return the position of a mark in bytes: YAML's columns count characters."""
    lines = front.splitlines(keepends=True)
    return sum(map(len, lines[:line])) + len(
        b"".join(lines[line : line + 1]).decode()[:column].encode()
    )


def _listed(items: Iterable[str]) -> str:
    return f"[{', '.join(map(_written, items))}]"


def _written(item: str) -> str:
    return item if _PLAIN_ID.fullmatch(item) else f"'{item}'"
