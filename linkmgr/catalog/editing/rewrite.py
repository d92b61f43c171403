"""A catalog's text with one entry changed, as a person would write it, or with comments added.

What comes out is not read again here: `edit` does that.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from linkmgr.catalog.reading.yaml.emit import flow, lines_of, scalar
from linkmgr.catalog.reading.yaml.texts import raw_values, scalar_text
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message

# Where the entries of a catalog are in its text.

Pair = tuple[Node, Node]
"""A key and its value."""

Path = tuple[str, ...]
"""The keys that lead to an entry; the last one may be a text of a list."""

BOM = "\ufeff"


def root(text: str) -> Node | None:
    """Return the nodes of a catalog's text. Raise LinkmgrError for bad syntax."""
    try:
        return yaml.compose(text.removeprefix(BOM), Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raw_values(text)  # raises what is wrong
        # The one thing that PyYAML's composer rejects and YAML and our reader allow.
        raise LinkmgrError(message("catalog.anchor-twice")) from error


def _pair_of(node: Node | None, key: str) -> Pair | None:
    """Return the pair of a key, `None` where it is not there or the node is no mapping."""
    if not isinstance(node, MappingNode):
        return None
    return next((pair for pair in node.value if pair[0].value == key), None)


def pair_at(text: str, path: Path) -> tuple[MappingNode, Pair] | None:
    """Return the pair at a path of keys, and the mapping that has it."""
    holder = root(text)
    pair = _pair_of(holder, path[0])
    for key in path[1:]:
        if pair is None:
            return None
        holder, pair = pair[1], _pair_of(pair[1], key)
    return (holder, pair) if pair and isinstance(holder, MappingNode) else None


def start_of(text: str, node: Node) -> int:
    """Return the start of a node."""
    return int(node.start_mark.index) + text.startswith(BOM)


def _end_of(text: str, node: Node) -> int:
    """Return the end of a node's own text, without the comments after it."""
    if not isinstance(node, CollectionNode) or node.flow_style:
        end = int(node.end_mark.index) + text.startswith(BOM)
        # A text after | or > ends at the beginning of a later line.
        return len(text[:end].rstrip("\r\n")) if text[:end].endswith("\n") else end
    last = node.value[-1]
    return _end_of(text, last[1] if isinstance(node, MappingNode) else last)


def _pair_end(text: str, pair: Pair) -> int:
    """Return the end of a pair's own text, without the comments after it."""
    end = _end_of(text, pair[1])
    return max(end, text.index(":", _end_of(text, pair[0])) + 1)


def lines_of_pair(text: str, pair: Pair) -> tuple[int, int]:
    """Return the span of a pair's lines, with the comments below it that are indented deeper."""
    start = text.rfind("\n", 0, start_of(text, pair[0])) + 1
    end = line_end(text, _pair_end(text, pair))
    column = pair[0].start_mark.column
    while line := text[end : line_end(text, end)]:
        content = line.lstrip(" ")
        if not content.startswith("#") or len(line) - len(content) <= column:
            break
        end += len(line)
    return start, end


def line_end(text: str, position: int) -> int:
    """Return the start of the line after a position."""
    return text.find("\n", position) + 1 or len(text)


# The few lines around an entry, cut out so that they can be read alone.

_CONTENT = re.compile(r"^(?P<indent> *)[^ \t\r\n#]", re.MULTILINE)
_TOP = re.compile(r"^[^ \t\r\n#]", re.MULTILINE)
# Replaces what follows, so that the slice ends as it does in the catalog.
_SENTINEL = "end:\n"


@dataclass(frozen=True, slots=True)
class CatalogSlice:
    """A catalog's text from `start` to `end`, which is whole entries of one section.

    It begins after the section's own line or at the key of an entry, and ends at the key of
    another, at the next section or at the end of the file: YAML reads it alone as it does there.
    `names` are those of its entries.
    """

    catalog: str
    header: str
    start: int
    end: int
    names: list[str]

    @property
    def text(self) -> str:
        """The slice as a catalog with this section alone."""
        return self.header + self.catalog[self.start : self.end] + self._sentinel

    def put_back(self, text: str) -> str | None:
        """Return the catalog with a changed slice, `None` where the change went beyond it."""
        if not (text.startswith(self.header) and text.endswith(self._sentinel)):
            return None
        lines = text[len(self.header) : len(text) - len(self._sentinel)]
        return self.catalog[: self.start] + lines + self.catalog[self.end :]

    def line_in_catalog(self, line: int) -> int:
        """Return the line of the catalog that a line of the slice is, both counted from 1."""
        return self.catalog.count("\n", 0, self.start) + line - 1

    @property
    def _sentinel(self) -> str:
        return _SENTINEL if self.end < len(self.catalog) else ""


def slice_around(text: str, section: str, name: str | None) -> CatalogSlice | None:
    """Return an entry with its neighbours or, for `None`, the last two entries of a section.

    This is a guess by the form of the lines, which may be part of a longer text; `None` where
    nothing in block style looks like the entry.
    """
    header = re.search(rf"^{BOM}?{re.escape(section)}:[ \t]*(?:#.*)?\r?\n", text, re.MULTILINE)
    if header is None or _newline(header[0]) != _newline(text):
        return None
    begin = header.end()
    top = _TOP.search(text, begin)
    end = top.start() if top else len(text)
    first = _CONTENT.search(text, begin, end)
    if first is None:
        return None
    key = re.compile(rf"^{first['indent']}(?P<name>[\w-]+):(?=[ \r\n])", re.MULTILINE | re.ASCII)
    keys = [*key.finditer(text, begin, end)]
    if not keys or keys[0].start() != first.start():
        return None
    names = [match["name"] for match in keys]
    if name is None:
        first_own, after = max(len(keys) - 2, 0), len(keys)
    elif name in names:
        first_own, after = max(names.index(name) - 1, 0), names.index(name) + 2
    else:
        return None
    return CatalogSlice(
        text,
        header[0],
        keys[first_own].start() if first_own else begin,
        keys[after].start() if after < len(keys) else end,
        names[first_own:after],
    )


# Comments beside what a catalog's text says, for whoever reads it next.


class _TextEdit(NamedTuple):
    start: int
    end: int
    text: str


def with_comments(text: str, comments: Mapping[Path, str]) -> str:
    """Return a catalog's text with comments at the ends of lines, and the same values.

    A comment on a key is at the end of the key's line. Where texts of a list in brackets have
    comments, each text gets a line unless it is alone. Paths that are not there, and lines
    that have a comment already, stay as they are.
    """
    tree = root(text)
    lists: dict[Path, dict[str, str]] = {}
    edits: list[_TextEdit] = []
    for path, comment in comments.items():
        line = " ".join(comment.split())
        holder = _value_at(tree, path[:-1])
        if isinstance(holder, SequenceNode) and path[-1] in _texts(holder):
            lists.setdefault(path[:-1], {})[path[-1]] = line
        elif pair := _pair_of(holder, path[-1]):
            edits += _at_line_end(text, _end_of(text, pair[0]), line)
    for path, lines in lists.items():
        edits += _in_list(text, tree, path, lines)
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _value_at(tree: Node | None, path: Path) -> Node | None:
    node = tree
    for key in path:
        pair = _pair_of(node, key)
        node = pair[1] if pair else None
    return node


def _in_list(
    text: str, tree: Node | None, path: Path, lines: Mapping[str, str]
) -> Iterator[_TextEdit]:
    holder, node = _value_at(tree, path[:-1]), _value_at(tree, path)
    pair = _pair_of(holder, path[-1])
    if pair is None or not isinstance(node, SequenceNode):
        return
    if not node.flow_style or len(node.value) == 1:
        for item in _scalars(node.value):
            if item.value in lines:
                yield from _at_line_end(text, _end_of(text, item), lines[item.value])
    elif isinstance(holder, MappingNode) and not holder.flow_style:
        newline = "\r\n" if "\r\n" in text else "\n"
        indent = " " * (pair[0].start_mark.column + 2)
        words = ((item, text[start_of(text, item) : _end_of(text, item)]) for item in node.value)
        written = [f"{newline}{indent}- {word}{_comment(lines, item)}" for item, word in words]
        yield _TextEdit(_end_of(text, pair[0]) + 1, _end_of(text, node), "".join(written))


def _texts(node: SequenceNode) -> set[str]:
    return {item.value for item in _scalars(node.value)}


def _scalars(nodes: Iterable[Node]) -> Iterator[ScalarNode]:
    return (node for node in nodes if isinstance(node, ScalarNode))


def _comment(lines: Mapping[str, str], node: Node) -> str:
    line = lines.get(node.value) if isinstance(node, ScalarNode) else None
    return f"  # {line}" if line else ""


def _at_line_end(text: str, at: int, comment: str) -> Iterator[_TextEdit]:
    rest = text[at : line_end(text, at)].rstrip("\r\n")
    if "#" not in rest:
        end = at + len(rest.rstrip())
        yield _TextEdit(end, end, f"  # {comment}")


# One entry added, changed or removed.

# How far to indent the entries of a section that has none yet.
_INDENT = 2


def with_entry(text: str, section: str, name: str, value: Any) -> str:
    """Return a text with a new entry at the end of a section, or with the section itself."""
    if pair_at(text, (section, name)):
        raise LinkmgrError(message("catalog.entry-exists", key=f"{section}.{name}"))
    pair = _pair_of(root(text), section)
    if pair is None:
        return _appended(text, {section: {name: value}})
    node = pair[1]
    if isinstance(node, MappingNode) and node.value:
        return _added(text, node, name, value, spaced=len(node.value) > 1)
    # Nothing under it yet: `books:` or `books: {}`.
    after = _pair_end(text, pair)
    colon = text.index(":", _end_of(text, pair[0])) + 1
    head = text[:colon] + text[after:]
    return _inserted(head, line_end(head, colon), {name: value}, _INDENT)


def with_value(text: str, section: str, name: str, value: Any) -> str:
    """Return a text with another value for an entry; its unchanged keys stay as is."""
    return _replaced(text, _pair(text, section, name), value, (section, name))


def without_entry(text: str, section: str, name: str) -> str:
    """Return a text without an entry, and without one of two empty lines around it."""
    _pair(text, section, name)
    return _removed(text, (section, name))


def _pair(text: str, section: str, name: str) -> Pair:
    place = pair_at(text, (section, name))
    if place is None:
        raise LinkmgrError(message("catalog.no-entry", key=f"{section}.{name}"))
    return place[1]


def _appended(text: str, value: Mapping[str, Any]) -> str:
    gap = _newline(text) if text.strip() else ""
    return _inserted(text, len(text), value, 0, gap=gap)


def _added(text: str, node: MappingNode, name: str, value: Any, *, spaced: bool = False) -> str:
    """Add a pair to a mapping; `spaced`: after an empty line, if one is before the last pair."""
    last = node.value[-1]
    if node.flow_style:
        end = _pair_end(text, last)
        return f"{text[:end]}, {flow({name: value})[1:-1]}{text[end:]}"
    start, end = lines_of_pair(text, last)
    gap = _newline(text) if spaced and _is_blank(text, start) else ""
    return _inserted(text, end, {name: value}, last[0].start_mark.column, gap=gap)


def _inserted(
    text: str, position: int, value: Mapping[str, Any], indent: int, *, gap: str = ""
) -> str:
    newline = _newline(text)
    head = text[:position]
    if head and not head.endswith("\n") and head != BOM:
        head += newline
    lines = "".join(f"{' ' * indent}{line}{newline}" for line in lines_of(value))
    return head + gap + lines + text[position:]


def _replaced(text: str, pair: Pair, value: Any, path: Path) -> str:
    node = pair[1]
    if isinstance(node, MappingNode) and isinstance(value, dict) and value and not node.flow_style:
        return _merged(text, value, path)
    if _same(node, value):
        return text
    start, end = start_of(text, node), _end_of(text, node)
    plain = isinstance(node, ScalarNode) and node.style not in ("|", ">") and end > start
    if plain and not isinstance(value, dict | list):
        return text[:start] + scalar(value) + text[end:]
    if isinstance(node, MappingNode | SequenceNode) and node.flow_style and value:
        return text[:start] + flow(value) + text[end:]
    column = pair[0].start_mark.column
    first, last = lines_of_pair(text, pair)
    return _inserted(text[:first] + text[last:], first, {path[-1]: value}, column)


def _merged(text: str, value: Mapping[str, Any], path: Path) -> str:
    """Change the keys of a mapping in block style that differ from those of `value`."""
    node = _mapping_at(text, path)
    names = [key.value for key, _ in node.value]
    for name, own in value.items():
        pair = _pair_of(node, name)
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


def _mapping_at(text: str, path: Path) -> MappingNode:
    place = pair_at(text, path)
    if place is None or not isinstance(place[1][1], MappingNode):
        raise LinkmgrError(message("catalog.edit-by-hand", key=".".join(path)))
    return place[1][1]


def _removed(text: str, path: Path) -> str:
    place = pair_at(text, path)
    if place is None:
        return text
    holder, pair = place
    if not holder.flow_style:
        start, end = lines_of_pair(text, pair)
        if _is_blank(text, start) and not text[end : line_end(text, end)].strip():
            start = text.rfind("\n", 0, start - 1) + 1
        return text[:start] + text[end:]
    number = holder.value.index(pair)
    if number:
        return text[: _pair_end(text, holder.value[number - 1])] + text[_pair_end(text, pair) :]
    following = holder.value[1:]
    end = start_of(text, following[0][0]) if following else _end_of(text, holder) - 1
    return text[: start_of(text, pair[0])] + text[end:]


def _is_blank(text: str, start: int) -> bool:
    """Whether the line before the one that begins at `start` is empty."""
    return text[:start].endswith(("\n\n", "\n\r\n"))


def _newline(text: str) -> str:
    first, newline, _ = text.partition("\n")
    return "\r\n" if newline and first.endswith("\r") else "\n"


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
