"""Texts and keys out of nodes, with the problems that they have whatever they mean."""

import re
from collections.abc import Iterator

from linkmgr.catalog.reading.yaml.nodes import (
    BrokenNode,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
)
from linkmgr.catalog.reading.yaml.problems import ProblemCollector
from linkmgr.catalog.reading.yaml.typos import line_problem
from linkmgr.messages.message import Message, message

MAX_TEXT = 500
"""Characters of a title, heading, label, name or term; a shop's longest titles have some 300."""

MAX_LONG_TEXT = 2000
"""Characters of what may be sentences: a blurb, the text of a CTA, the disclosure; and of addresses
and other texts with a form of their own."""

MAX_CODE = 5000
"""Characters of issued code; Rakuten's with a picture have some 2,000."""

EMPTY = message("catalog.empty")
"""The problem of a key without a value."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # tab and line feed are text


def without_control_characters(text: str) -> str:
    """Return a text that a catalog takes, with spaces in the place of control characters."""
    return _CONTROL.sub(" ", text)


def plain_text_problem(node: Node) -> Message | None:
    """Return the typo because of which a mapping or a list was read as a text."""
    return line_problem(node.text) if isinstance(node, ScalarNode) and node.plain else None


def unique_pairs(
    problems: ProblemCollector, key: str, node: MappingNode
) -> Iterator[tuple[ScalarNode, Node]]:
    """Yield the keys and values of a mapping; a key's second appearance is a problem."""
    lines: dict[str, int] = {}
    for name, value in node.pairs:
        if name.text in lines:
            repeated = message("catalog.repeated-key", line=lines[name.text])
            problems.add(name.line, joined(key, name.text), repeated)
        else:
            lines[name.text] = name.line
            yield name, value


def joined(key: str, name: str) -> str:
    """Return the dotted path of `name` under `key`."""
    return f"{key}.{name}" if key else name


def length_problem(text: str, most: int) -> Message | None:
    """Return the problem of a text that is longer than `most` characters."""
    if len(text) <= most:
        return None
    return message("catalog.text-length", length=len(text), most=most)


def node_text(
    problems: ProblemCollector, key: str, node: Node, *, may_be_empty: bool = False
) -> str | None:
    """Return the text of a node at the path `key`, `None` after a problem."""
    if isinstance(node, BrokenNode):
        return None
    if not isinstance(node, ScalarNode):
        is_list = isinstance(node, SequenceNode)
        code = "catalog.list-for-text" if is_list else "catalog.mapping-for-text"
        problems.add(node.line, key, message(code))
    elif node.missing or not (may_be_empty or node.text.strip()):
        problems.add(node.line, key, EMPTY)
    elif not node.text.isprintable() and (control := _CONTROL.search(node.text)):
        character = f"U+{ord(control[0]):04X}"
        problems.add(node.line, key, message("catalog.control-character", character=character))
    else:
        return node.text
    return None
