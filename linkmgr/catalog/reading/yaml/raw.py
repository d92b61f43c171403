"""The values of a catalog's text before they are checked: texts, lists and mappings."""

from collections.abc import Mapping
from typing import Any

from linkmgr.catalog.reading.yaml.nodes import BrokenNode, MappingNode, Node, ScalarNode, read_tree
from linkmgr.catalog.reading.yaml.problems import ProblemCollector

_BOM = "\ufeff"

FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
"""Every way to write one, in lower case."""

_FLAG_KEYS = {"retired", "pin", "exclude", "respect-gpc"}
_NUMBER_KEYS = {"weight", "minimum", "limit", "heading-level"}


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

    What is no flag or number in such a key's place stays, to be refused as the catalog's value.
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
