"""A post's old choice in its front matter, added without changing a byte of it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from yaml.nodes import MappingNode, Node, ScalarNode

from linkmgr.adopt.deciding.model import Placed
from linkmgr.adopt.post.model import OldPost
from linkmgr.adopt.proposing.measure import InBlocks
from linkmgr.builder.setup.layouts import line_ending
from linkmgr.catalog.editing.new_ids import NO_NAMES, name_comment
from linkmgr.catalog.items import ItemKind
from linkmgr.posts.document import BOM, split_front_matter
from linkmgr.posts.document_reader import parse_override
from linkmgr.posts.model import Post
from linkmgr.posts.ruby.safe_yaml import load
from linkmgr.posts.ruby.values import Package
from linkmgr.posts.ruby.yaml_tree import YamlError

_KEY = "linkmgr"
# An id that YAML reads as text without quotes.
_PLAIN_ID = re.compile(r"(?!(?:true|false|yes|no|on|off|null)\Z)[a-z][a-z0-9-]*")

_NOTHING = Placed((), ())
_ITEM_KINDS = frozenset(map(str, ItemKind))


class FrontMatterChoice(NamedTuple):
    """The choices for a post's front matter under `linkmgr`, by key; `None` says nothing."""

    books: tuple[str, ...] | None = None
    cta: tuple[str, ...] | None = None
    products: tuple[str, ...] | None = None
    related: tuple[str, ...] | None = None
    """Related posts, by path."""

    @property
    def chosen(self) -> dict[str, Any]:
        """What is chosen, by key."""
        return {key: items for key, items in self._asdict().items() if items is not None}

    def values(self) -> dict[str, Any]:
        """Return the keys and their values as YAML reads them; a single CTA needs no list."""
        values: dict[str, Any] = {key: [*items] for key, items in self.chosen.items()}
        if self.cta and len(self.cta) == 1:
            values["cta"] = self.cta[0]
        return values

    def lines(self, names: Mapping[str, str] = NO_NAMES) -> list[str]:
        """Return the keys as they are written, each on a line of its own.

        A comment has the `names` of the items that are known by a number.
        """
        lines = []
        values = self.values()
        for key, items in self.chosen.items():
            written = ", ".join(map(_written, items))
            if isinstance(values[key], list):
                written = f"[{written}]"
            lines.append(f"{key}: {written}{name_comment(items, names)}")
        return lines

    def applied(self, post: Post) -> Post:
        """Return a post as it is once its front matter says this."""
        return replace(post, override=replace(post.override, **self.chosen))


def choices(
    by_rules: Mapping[str, InBlocks],
    placed: Mapping[str, Placed],
    old: Mapping[str, OldPost],
    posts: Iterable[Post],
    *,
    first: bool,
) -> dict[str, FrontMatterChoice]:
    """Return the choices that front matter needs, by path, so that no post shows other items.

    Of each kind that a post carried it chooses what was at its end, unless the rules show the same.
    In the `first` adoption a post that carried any item, or keeps a block of them, gets none of the
    other kinds; later the rules may have shown these already. Of posts that are not published, such
    as drafts, nobody knows what they would show: they keep what they had. What a post chooses
    itself stays chosen.
    """
    published = {post.path: post for post in posts}
    chosen = {}
    for path, old_post in old.items():
        had = placed.get(path, _NOTHING)
        staying = {block.kind for block in old_post.blocks if not block.removable}
        if path not in placed and not (first and staying & _ITEM_KINDS):
            continue
        said: dict[str, tuple[str, ...]] = {}
        post = published.get(path)
        for kind in ItemKind:
            at_end = had.at_end(kind)
            if post is None:
                if at_end:
                    said[kind.value] = at_end
                continue
            if not (first or had.of_kind(kind) or kind.value in staying):
                continue
            own = post.override.items(kind.value)
            items = (*(own or ()), *(item for item in at_end if item not in (own or ())))
            # The post's own choice may say all.
            is_said = own is not None and len(items) == len(own)
            if not is_said and {*items} != {*by_rules[path][kind]}:
                said[kind.value] = items
        if said and not (post and post.override.disabled):
            chosen[path] = FrontMatterChoice(**said)
    return chosen


def with_choice(
    data: bytes, choice: FrontMatterChoice, package: Package, names: Mapping[str, str] = NO_NAMES
) -> bytes | None:
    """Return a post's file with a choice in its front matter, `None` where there is no way.

    Bytes are only added, on lines of their own, within the braces of `linkmgr: {…}`, or to the list
    that a key has there. The new front matter says the same as before and the choice to the Jekyll
    of `package`: else nothing is returned. Comments give `names` to items.
    """
    mark = BOM if data.startswith(BOM) else b""
    front, _ = split_front_matter(data.removeprefix(mark))
    if not front:
        return None
    try:
        before, root = load(front, package)
        new, left = _with_longer_lists(front, root, choice)
        if left.chosen:
            _, root = load(new, package)
            at, added = _insertion(new, root, left, names)
            new = new[:at] + added + new[at:]
        after, _ = load(new, package)
    except (YamlError, UnicodeDecodeError):
        return None
    values = before if isinstance(before, dict) else {}
    own = values.get(_KEY)
    if own is not None and not isinstance(own, dict):
        return None
    said = choice.values()
    if own and choice.cta and isinstance(own.get("cta"), list):
        said["cta"] = [*choice.cta]
    expected = {**values, _KEY: {**(own or {}), **said}}
    if after != expected or list(after) != list(expected) or parse_override(after[_KEY])[1]:
        return None
    return mark + new + data[len(mark) + len(front) :]


def _with_longer_lists(
    front: bytes, root: Node | None, choice: FrontMatterChoice
) -> tuple[bytes, FrontMatterChoice]:
    """Return the front matter with a choice where it has such a key, and the rest of the choice."""
    pair = _pair(root)
    own = pair[1].value if pair and isinstance(pair[1], MappingNode) else []
    left = choice
    # From the last one on, so that no other moves.
    for key, value in reversed(own):
        items = choice.chosen.get(key.value)
        if items is None:
            continue
        left = left._replace(**{key.value: None})
        is_single = isinstance(value, ScalarNode)
        there = [value.value] if is_single else [item.value for item in value.value]
        new = [_written(item) for item in items if item not in there]
        if not new:
            continue
        start = _offset(front, value.start_mark.line, value.start_mark.column)
        end = _offset(front, value.end_mark.line, value.end_mark.column)
        more = ", ".join(new).encode()
        if is_single:
            front = front[:start] + b"[" + front[start:end] + b", " + more + b"]" + front[end:]
        else:
            comma = b", " if there else b""
            front = front[: end - 1] + comma + more + front[end - 1 :]
    return front, left


def _insertion(
    front: bytes, root: Node | None, choice: FrontMatterChoice, names: Mapping[str, str]
) -> tuple[int, bytes]:
    """Return the position in the front matter, and the lines to insert there."""
    end = line_ending(front)
    lines = [line.encode() for line in choice.lines(names)]
    in_braces = ", ".join(choice.lines()).encode()
    indented = b"".join(b"  " + line + end for line in lines)
    pair = _pair(root)
    new_key = _KEY.encode() + b":"
    if pair is None and isinstance(root, MappingNode) and root.flow_style:
        at = _offset(front, root.end_mark.line, root.end_mark.column) - 1
        return at, b"%s%s {%s}" % (b", " if root.value else b"", new_key, in_braces)
    if pair is None:
        return len(front), new_key + end + indented
    key, value = pair
    if not isinstance(value, MappingNode):
        return _offset(front, key.start_mark.line + 1, 0), indented
    if not value.value:  # {}
        return _offset(front, value.start_mark.line, value.start_mark.column) + 1, in_braces
    first = value.value[0][0]
    at = _offset(front, first.start_mark.line, first.start_mark.column)
    if value.flow_style:
        return at, in_braces + b", "
    indent = b" " * first.start_mark.column
    return at, b"".join(line + end + indent for line in lines)


def _pair(root: Node | None) -> tuple[Node, Node] | None:
    for key, value in root.value if isinstance(root, MappingNode) else ():
        if key.value == _KEY:
            return key, value
    return None


def _offset(front: bytes, line: int, column: int) -> int:
    """Return the position of a mark in bytes: YAML's columns count characters."""
    lines = front.splitlines(keepends=True)
    before = b"".join(lines[line : line + 1]).decode()[:column]
    return sum(map(len, lines[:line])) + len(before.encode())


def _written(item: str) -> str:
    return item if _PLAIN_ID.fullmatch(item) else "'{}'".format(item.replace("'", "''"))
