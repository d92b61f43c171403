"""Texts of a catalog that end where YAML begins a comment, though they seem to go on."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from linkmgr.catalog.reading.parse import tree_of
from linkmgr.catalog.reading.yaml.nodes import (
    MappingNode,
    Node,
    ProblemCollector,
    ScalarNode,
    SequenceNode,
)

# Keys whose texts readers see. Elsewhere a comment without a space is one.
_TEXTS = frozenset({"title", "heading", "text", "label", "blurb", "author", "maker", "name"})

_COMMENT = r"\s+(?P<comment>#\w.*?)\s*$"
_HAS_COMMENT = re.compile(r"\s#\w")


class CutText(NamedTuple):
    """A text, what is kept of it, and the comment that would be the rest."""

    path: tuple[str, ...]
    line: int
    kept: str
    comment: str


def texts_before_comments(text: str, file: str) -> Iterator[CutText]:
    """Yield the unquoted texts after which a comment begins without a space, as in `Tea #1`."""
    if _HAS_COMMENT.search(text):  # most catalogs have none, and are not read again
        yield from _cut_texts(tree_of(text, ProblemCollector(file)), (), text.splitlines())


def _cut_texts(node: Node, path: tuple[str, ...], lines: list[str]) -> Iterator[CutText]:
    if isinstance(node, SequenceNode):
        for value in node.values:
            yield from _cut_texts(value, path, lines)
    if not isinstance(node, MappingNode):
        return
    for key, value in node.pairs:
        inside = (*path, key.text)
        if not isinstance(value, ScalarNode):
            yield from _cut_texts(value, inside, lines)
        elif key.text in _TEXTS and value.plain and value.text:
            comment = re.search(re.escape(value.text) + _COMMENT, lines[value.line - 1])
            if comment:
                yield CutText(inside, value.line, value.text, comment["comment"])
