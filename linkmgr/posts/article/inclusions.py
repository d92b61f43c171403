"""The Liquid tags by which a post or a layout asks for linkmgr's blocks and items."""

import re
from collections.abc import Iterator
from typing import NamedTuple

CONTENT_LINE = "{% include linkmgr.html content=content %}"
"""In place of `{{ content }}`: shows the content with the blocks that are before and in it."""

# How a tag begins. Liquid does not run what is raw or commented out.
_OPENER = re.compile(
    rb"\{%-?\s*(?:(?P<skipped>raw|comment)\s*-?%\}|include\s+linkmgr\.html(?![\w./-]))"
)
_SKIPPED_END = {
    kind: re.compile(rb"\{%-?\s*end" + kind + rb"\s*-?%\}") for kind in (b"raw", b"comment")
}
# As Jekyll reads parameters: a text in either quotes, or the name of a variable.
_PARAM = re.compile(rb"(?<![\w-])([\w-]++)\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)'|([\w.-]+))")

PARAMETERS = ("block", "item", "compare", "text", "as", "content")
"""All that a tag may say."""


class Inclusion(NamedTuple):
    """A tag in a text, at the bytes from `start` to `end`; `line` counts from 1.

    `block` or `item` is what it asks for, the item as a link, of its own `text`, or as a card;
    neither: all blocks. `compare` asks for a comparison. An item or a comparison from a variable,
    which only Jekyll knows, is `{{ its.name }}`. `content` is the variable whose text it shows with
    the blocks that are before and in it, `block_variable` the one that names a block, which only
    Jekyll knows, and `unknown` a parameter that means nothing.
    """

    start: int
    end: int
    line: int = 1
    block: str | None = None
    item: str | None = None
    card: bool = False
    content: str | None = None
    text: str | None = None
    block_variable: str | None = None
    unknown: str | None = None
    compare: str | None = None

    @property
    def shows_blocks(self) -> bool:
        """Whether it asks for blocks, and not for an item or a comparison alone."""
        return self.item is None and self.compare is None

    @property
    def everything(self) -> bool:
        """Whether it asks for all blocks."""
        asked = (self.block, self.item, self.compare, self.content)
        return all(name is None for name in asked)


def inclusions(data: bytes) -> Iterator[Inclusion]:
    """Yield the tags that Liquid would run in a text, in their order."""
    if b"linkmgr.html" not in data:
        return
    line, counted = 1, 0
    for start, end, params in _tags(data):
        texts: dict[str, str] = {}
        variables: dict[str, str] = {}
        for name, *quoted, variable in _PARAM.findall(params):
            values = variables if variable else texts
            values[name.decode()] = (variable or b"".join(quoted)).decode(errors="replace")
        line, counted = line + data.count(b"\n", counted, start), start
        yield Inclusion(
            start=start,
            end=end,
            line=line,
            block=texts.get("block"),
            item=texts["item"] if "item" in texts else _of_variable(variables.get("item")),
            compare=texts.get("compare", _of_variable(variables.get("compare"))),
            card=texts.get("as") == "card",
            content=variables.get("content"),
            text=texts.get("text"),
            block_variable=variables.get("block"),
            unknown=next((name for name in texts | variables if name not in PARAMETERS), None),
        )


def _tags(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield the places of the tags and their parameters, in one pass over the text.

    A tag ends at the first `%}`, as in Liquid, even within quotes.
    """
    unclosed: set[bytes] = set()
    match = _OPENER.search(data)
    while match:
        kind, start, end = match["skipped"], match.start(), match.end()
        if kind is None:
            closer = data.find(b"%}", end)
            if closer < 0:
                return
            yield start, closer + len(b"%}"), data[end:closer].removesuffix(b"-")
            end = closer + len(b"%}")
        elif kind not in unclosed:
            if skipped := _SKIPPED_END[kind].search(data, end):
                end = skipped.end()
            else:
                unclosed.add(kind)
        match = _OPENER.search(data, end)


def card_tag(item: str) -> str:
    return f'{{% include linkmgr.html item="{item}" as="card" %}}'


def compare_tag(comparison: str) -> str:
    return f'{{% include linkmgr.html compare="{comparison}" %}}'


def block_tag(name: str) -> str:
    return f'{{% include linkmgr.html block="{name}" %}}'


def _of_variable(name: str | None) -> str | None:
    return None if name is None else f"{{{{ {name} }}}}"
