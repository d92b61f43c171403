"""Texts and keys from nodes, with the problems they have whatever they mean.

Also all values of a catalog before that, for code that changes its text.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from linkmgr.catalog.declaration import Flag, is_number, keys_within
from linkmgr.catalog.keys.site import CATALOG
from linkmgr.catalog.reading.yaml.nodes import (
    BrokenNode,
    MappingNode,
    Node,
    ProblemCollector,
    ScalarNode,
    SequenceNode,
    read_tree,
)
from linkmgr.catalog.reading.yaml.typos import line_problem
from linkmgr.messages.message import Message, message

EMPTY = message("catalog.empty")
"""The problem of a key without a value."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # tab and line feed are text


def without_control_characters(text: str) -> str:
    """Return a text that a catalog accepts, with spaces for control characters."""
    return _CONTROL.sub(" ", text)


def plain_text_problem(node: Node) -> Message | None:
    """Return the typo that made a mapping or a list read as a text."""
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


# Values before they are checked: texts, lists and mappings.

_BOM = "\ufeff"

FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
"""Every way to write one, in lower case."""

_FLAG_KEYS = frozenset(key.name for key in keys_within(CATALOG) if isinstance(key.type, Flag))
_NUMBER_KEYS = frozenset(key.name for key in keys_within(CATALOG) if is_number(key.type))


def raw_entry(text: str, section: str, name: str) -> Any:
    """Return the value of an entry, all its scalars as text; `None` where there is none."""
    node = _tree(text)
    for key in (section, name):
        pairs = node.pairs if isinstance(node, MappingNode) else []
        node = next((value for own, value in reversed(pairs) if own.text == key), None)
    return _raw(node)


def raw_values(text: str) -> dict[str, Any]:
    """Return the sections of a catalog's text, all scalars as text."""
    values = _raw(_tree(text))
    return values if isinstance(values, dict) else {}


def _tree(text: str) -> Node | None:
    problems = ProblemCollector("catalog.yaml")
    tree = read_tree(text.removeprefix(_BOM), problems)
    problems.finish()
    return tree


def _raw(node: Node | None) -> Any:
    """Return a tree as texts, lists and dictionaries."""
    if node is None or isinstance(node, BrokenNode):
        return None
    if isinstance(node, ScalarNode):
        return node.text
    if isinstance(node, MappingNode):
        return {key.text: _raw(value) for key, value in node.pairs}
    return [_raw(value) for value in node.values]


def typed(value: Any, key: str = "") -> Any:
    """Return a raw value as JSON has it: the flags and the numbers of a catalog are no texts.

    What should be a flag or a number and is not stays, to be refused in the catalog.
    """
    if isinstance(value, dict):
        return {own: typed(inner, own) for own, inner in value.items()}
    if isinstance(value, list):
        return [typed(inner) for inner in value]
    if isinstance(value, str) and key in _FLAG_KEYS:
        return FLAGS.get(value.lower(), value)
    return _number(value) if isinstance(value, str) and key in _NUMBER_KEYS else value


def _number(text: str) -> float | str:
    try:
        return int(text) if text.isdigit() else float(text)
    except ValueError:
        return text


def as_raw(value: Any) -> Any:
    """Return a value as `raw_values` returns it once it is written."""
    if isinstance(value, Mapping):
        return {key: as_raw(own) for key, own in value.items()}
    if isinstance(value, list | tuple):
        return [as_raw(own) for own in value]
    return scalar_text(value)


def scalar_text(value: Any) -> str:
    """Return a scalar as YAML has it, without quotes."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
