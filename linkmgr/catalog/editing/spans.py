"""Where the entries of a catalog are in its text."""

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node

from linkmgr.catalog.reading.yaml.raw import raw_values
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message

Pair = tuple[Node, Node]
"""A key and its value."""

BOM = "\ufeff"


def root(text: str) -> Node | None:
    """Return the nodes of a catalog's text. Raise LinkmgrError for bad syntax."""
    try:
        return yaml.compose(text.removeprefix(BOM), Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raw_values(text)  # raises what is wrong
        # The one thing that PyYAML's composer minds, and YAML and our reader do not.
        raise LinkmgrError(message("catalog.anchor-twice")) from error


def pair_of(node: Node | None, key: str) -> Pair | None:
    """Return the pair of a key, `None` where it is not there or the node is no mapping."""
    if not isinstance(node, MappingNode):
        return None
    return next((pair for pair in node.value if pair[0].value == key), None)


def pair_at(text: str, path: tuple[str, ...]) -> tuple[MappingNode, Pair] | None:
    """Return the pair at a path of keys, and the mapping that has it."""
    holder = root(text)
    pair = pair_of(holder, path[0])
    for key in path[1:]:
        if pair is None:
            return None
        holder, pair = pair[1], pair_of(pair[1], key)
    return (holder, pair) if pair and isinstance(holder, MappingNode) else None


def start_of(text: str, node: Node) -> int:
    """Return where a node begins."""
    return int(node.start_mark.index) + text.startswith(BOM)


def end_of(text: str, node: Node) -> int:
    """Return where a node's own text ends, without the comments after it."""
    if not isinstance(node, CollectionNode) or node.flow_style:
        end = int(node.end_mark.index) + text.startswith(BOM)
        # A text after | or > ends at the beginning of a later line.
        return len(text[:end].rstrip("\r\n")) if text[:end].endswith("\n") else end
    last = node.value[-1]
    return end_of(text, last[1] if isinstance(node, MappingNode) else last)


def pair_end(text: str, pair: Pair) -> int:
    """Return where a pair's own text ends, without the comments after it."""
    end = end_of(text, pair[1])
    return max(end, text.index(":", end_of(text, pair[0])) + 1)


def lines_of_pair(text: str, pair: Pair) -> tuple[int, int]:
    """Return the span of a pair's lines, with the comments below it that are indented deeper."""
    start = text.rfind("\n", 0, start_of(text, pair[0])) + 1
    end = line_end(text, pair_end(text, pair))
    column = pair[0].start_mark.column
    while line := text[end : line_end(text, end)]:
        content = line.lstrip(" ")
        if not content.startswith("#") or len(line) - len(content) <= column:
            break
        end += len(line)
    return start, end


def line_end(text: str, position: int) -> int:
    """Return where the line after a position's begins."""
    return text.find("\n", position) + 1 or len(text)
