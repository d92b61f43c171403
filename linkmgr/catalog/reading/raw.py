"""What a catalog's text says, before it is checked: texts, lists and mappings."""

from collections.abc import Mapping
from typing import Any

from linkmgr.catalog.reading.nodes import BrokenNode, MappingNode, Node, ScalarNode, read_tree
from linkmgr.catalog.reading.problems import ProblemCollector

_BOM = "\ufeff"


def raw_entry(text: str, section: str, name: str) -> Any:
    """Return what an entry says, all its scalars as text; `None` where it is not there."""
    node = _tree(text)
    for key in (section, name):
        pairs = node.pairs if isinstance(node, MappingNode) else []
        node = next((value for own, value in reversed(pairs) if own.text == key), None)
    return _plain(node)


def raw_values(text: str) -> dict[str, Any]:
    """Return what a catalog's text says: its sections, all scalars as text."""
    said = _plain(_tree(text))
    return said if isinstance(said, dict) else {}


def _tree(text: str) -> Node | None:
    problems = ProblemCollector("catalog.yaml")
    tree = read_tree(text.removeprefix(_BOM), problems)
    problems.finish()
    return tree


def _plain(node: Node | None) -> Any:
    """Return a tree as texts, lists and dictionaries."""
    if node is None or isinstance(node, BrokenNode):
        return None
    if isinstance(node, ScalarNode):
        return node.text
    if isinstance(node, MappingNode):
        return {key.text: _plain(value) for key, value in node.pairs}
    return [_plain(value) for value in node.values]


def as_raw(value: Any) -> Any:
    """Return a value as `raw_values` returns it once it is written."""
    if isinstance(value, Mapping):
        return {key: as_raw(own) for key, own in value.items()}
    if isinstance(value, list | tuple):
        return [as_raw(own) for own in value]
    return scalar_text(value)


def scalar_text(value: Any) -> str:
    """Return a scalar as YAML holds it, without quotes."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
