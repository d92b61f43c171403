"""Comments beside what a catalog's text says, for whoever reads it next."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from linkmgr.catalog.editing.spans import end_of, line_end, pair_of, root, start_of

Path = tuple[str, ...]
"""The keys that lead to an entry; the last one may be a text of a list."""


class _Edit(NamedTuple):
    start: int
    end: int
    text: str


def with_comments(text: str, comments: Mapping[Path, str]) -> str:
    """Return a catalog's text with comments at the ends of lines, and the same values.

    A comment on a key is at the end of the key's line. Where texts of a list in brackets have
    comments, each text gets a line, unless there is but one. Paths that are not there, and lines
    that have a comment already, stay as they are.
    """
    tree = root(text)
    lists: dict[Path, dict[str, str]] = {}
    edits: list[_Edit] = []
    for path, comment in comments.items():
        line = " ".join(comment.split())
        holder = _value_at(tree, path[:-1])
        if isinstance(holder, SequenceNode) and path[-1] in _texts(holder):
            lists.setdefault(path[:-1], {})[path[-1]] = line
        elif pair := pair_of(holder, path[-1]):
            edits += _at_line_end(text, end_of(text, pair[0]), line)
    for path, lines in lists.items():
        edits += _in_list(text, tree, path, lines)
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _value_at(tree: Node | None, path: Path) -> Node | None:
    node = tree
    for key in path:
        pair = pair_of(node, key)
        node = pair[1] if pair else None
    return node


def _in_list(text: str, tree: Node | None, path: Path, lines: Mapping[str, str]) -> Iterator[_Edit]:
    holder, node = _value_at(tree, path[:-1]), _value_at(tree, path)
    pair = pair_of(holder, path[-1])
    if pair is None or not isinstance(node, SequenceNode):
        return
    if not node.flow_style or len(node.value) == 1:
        for each in _scalars(node.value):
            if each.value in lines:
                yield from _at_line_end(text, end_of(text, each), lines[each.value])
    elif isinstance(holder, MappingNode) and not holder.flow_style:
        newline = "\r\n" if "\r\n" in text else "\n"
        indent = " " * (pair[0].start_mark.column + 2)
        words = ((each, text[start_of(text, each) : end_of(text, each)]) for each in node.value)
        written = [f"{newline}{indent}- {word}{_comment(lines, each)}" for each, word in words]
        yield _Edit(end_of(text, pair[0]) + 1, end_of(text, node), "".join(written))


def _texts(node: SequenceNode) -> set[str]:
    return {each.value for each in _scalars(node.value)}


def _scalars(nodes: Iterable[Node]) -> Iterator[ScalarNode]:
    return (node for node in nodes if isinstance(node, ScalarNode))


def _comment(lines: Mapping[str, str], node: Node) -> str:
    line = lines.get(node.value) if isinstance(node, ScalarNode) else None
    return f"  # {line}" if line else ""


def _at_line_end(text: str, at: int, comment: str) -> Iterator[_Edit]:
    rest = text[at : line_end(text, at)].rstrip("\r\n")
    if "#" not in rest:
        end = at + len(rest.rstrip())
        yield _Edit(end, end, f"  # {comment}")
