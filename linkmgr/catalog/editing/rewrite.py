"""The text of a catalog with one entry changed, as a person would write it.

What comes out is not read again here: `edit` does that.
"""

from collections.abc import Mapping
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from linkmgr.catalog.editing.spans import (
    BOM,
    Pair,
    end_of,
    line_end,
    lines_of_pair,
    pair_at,
    pair_end,
    pair_of,
    root,
    start_of,
)
from linkmgr.catalog.reading.yaml.emit import flow, lines_of, scalar
from linkmgr.catalog.reading.yaml.raw import scalar_text
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message

# How far the entries of a section are indented that has none yet.
_INDENT = 2


def with_entry(text: str, section: str, name: str, value: Any) -> str:
    """Return a text with a new entry at the end of a section, or with the section itself."""
    if pair_at(text, (section, name)):
        raise LinkmgrError(message("catalog.entry-exists", key=f"{section}.{name}"))
    pair = pair_of(root(text), section)
    if pair is None:
        return _appended(text, {section: {name: value}})
    node = pair[1]
    if isinstance(node, MappingNode) and node.value:
        return _added(text, node, name, value, spaced=len(node.value) > 1)
    # Nothing under it yet: `books:` or `books: {}`.
    after = pair_end(text, pair)
    colon = text.index(":", end_of(text, pair[0])) + 1
    head = text[:colon] + text[after:]
    return _inserted(head, line_end(head, colon), {name: value}, _INDENT)


def with_value(text: str, section: str, name: str, value: Any) -> str:
    """Return a text with another value for an entry; keys of it that stay the same stay as is."""
    return _replaced(text, _pair(text, section, name), value, (section, name))


def without_entry(text: str, section: str, name: str) -> str:
    """Return a text without an entry, and without one of two empty lines around it."""
    _pair(text, section, name)
    return _removed(text, (section, name))


def _pair(text: str, section: str, name: str) -> Pair:
    found = pair_at(text, (section, name))
    if found is None:
        raise LinkmgrError(message("catalog.no-entry", key=f"{section}.{name}"))
    return found[1]


def _appended(text: str, value: Mapping[str, Any]) -> str:
    gap = _newline(text) if text.strip() else ""
    return _inserted(text, len(text), value, 0, gap)


def _added(text: str, node: MappingNode, name: str, value: Any, *, spaced: bool = False) -> str:
    """Add a pair to a mapping; `spaced`: after an empty line, if one is before the last pair."""
    last = node.value[-1]
    if node.flow_style:
        end = pair_end(text, last)
        return f"{text[:end]}, {flow({name: value})[1:-1]}{text[end:]}"
    start, end = lines_of_pair(text, last)
    gap = _newline(text) if spaced and _is_blank(text, start) else ""
    return _inserted(text, end, {name: value}, last[0].start_mark.column, gap)


def _inserted(
    text: str, position: int, value: Mapping[str, Any], indent: int, gap: str = ""
) -> str:
    newline = _newline(text)
    head = text[:position]
    if head and not head.endswith("\n") and head != BOM:
        head += newline
    lines = "".join(f"{' ' * indent}{line}{newline}" for line in lines_of(value))
    return head + gap + lines + text[position:]


def _replaced(text: str, pair: Pair, value: Any, path: tuple[str, ...]) -> str:
    node = pair[1]
    if isinstance(node, MappingNode) and isinstance(value, dict) and value and not node.flow_style:
        return _merged(text, value, path)
    if _same(node, value):
        return text
    start, end = start_of(text, node), end_of(text, node)
    plain = isinstance(node, ScalarNode) and node.style not in ("|", ">") and end > start
    if plain and not isinstance(value, dict | list):
        return text[:start] + scalar(value) + text[end:]
    if isinstance(node, MappingNode | SequenceNode) and node.flow_style and value:
        return text[:start] + flow(value) + text[end:]
    column = pair[0].start_mark.column
    first, last = lines_of_pair(text, pair)
    return _inserted(text[:first] + text[last:], first, {path[-1]: value}, column)


def _merged(text: str, value: Mapping[str, Any], path: tuple[str, ...]) -> str:
    """Change the keys of a mapping in block style that differ from those of `value`."""
    node = _mapping_at(text, path)
    names = [key.value for key, _ in node.value]
    for name, own in value.items():
        pair = pair_of(node, name)
        if pair:
            changed = _replaced(text, pair, own, (*path, name))
        else:
            changed = _added(text, node, name, own)
        if changed != text:
            text, node = changed, _mapping_at(changed, path)
    for name in names:
        if name not in value:
            text = _removed(text, (*path, name))
    return text


def _mapping_at(text: str, path: tuple[str, ...]) -> MappingNode:
    found = pair_at(text, path)
    if found is None or not isinstance(found[1][1], MappingNode):
        raise LinkmgrError(message("catalog.edit-by-hand", key=".".join(path)))
    return found[1][1]


def _removed(text: str, path: tuple[str, ...]) -> str:
    found = pair_at(text, path)
    if found is None:
        return text
    holder, pair = found
    if not holder.flow_style:
        start, end = lines_of_pair(text, pair)
        if _is_blank(text, start) and not text[end : line_end(text, end)].strip():
            start = text.rfind("\n", 0, start - 1) + 1
        return text[:start] + text[end:]
    number = holder.value.index(pair)
    if number:
        return text[: pair_end(text, holder.value[number - 1])] + text[pair_end(text, pair) :]
    following = holder.value[1:]
    end = start_of(text, following[0][0]) if following else end_of(text, holder) - 1
    return text[: start_of(text, pair[0])] + text[end:]


def _is_blank(text: str, start: int) -> bool:
    """Whether the line before the one that begins at `start` is empty."""
    return text[:start].endswith(("\n\n", "\n\r\n"))


def _newline(text: str) -> str:
    first, found, _ = text.partition("\n")
    return "\r\n" if found and first.endswith("\r") else "\n"


def _same(node: Node, value: Any) -> bool:
    """Whether a node has just this value already."""
    if isinstance(node, ScalarNode):
        return not isinstance(value, dict | list) and node.value == scalar_text(value)
    if isinstance(node, MappingNode):
        return isinstance(value, dict) and (
            [key.value for key, _ in node.value] == [*map(scalar_text, value)]
            and all(map(_same, (own for _, own in node.value), value.values()))
        )
    return (
        isinstance(value, list)
        and len(value) == len(node.value)
        and all(map(_same, node.value, value))
    )
