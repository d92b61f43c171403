"""The tags of Liquid by which a post or a layout asks for linkmgr's blocks and items."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

CONTENT_LINE = "{% include linkmgr.html content=content %}"
"""In place of `{{ content }}`: shows the content with the blocks that stand before and in it."""

# Liquid does not run what is raw or commented out.
_TAG = re.compile(
    rb"(?P<skipped>\{%-?\s*(?P<kind>raw|comment)\s*-?%\}.*?\{%-?\s*end(?P=kind)\s*-?%\})"
    rb"|\{%-?\s*include\s+linkmgr\.html(?![\w./-])(?P<params>(?:\"[^\"]*\"|'[^']*'|[^\"'])*?)-?%\}",
    re.DOTALL,
)
# As Jekyll reads parameters: a text in either quotes, or the name of a variable.
_PARAM = re.compile(rb"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([\w.-]+))")


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A tag in a file, at the bytes from `start` to `end`.

    `block` or `item` is what it asks for, neither: all blocks. `content` is the variable whose
    text it shows with the blocks that stand before and in it.
    """

    start: int
    end: int
    block: str | None = None
    item: str | None = None
    content: str | None = None


def inclusions(data: bytes) -> Iterator[Inclusion]:
    """Yield the tags that Liquid would run in a file, in their order."""
    if b"linkmgr.html" not in data:
        return
    for found in _TAG.finditer(data):
        if found["skipped"]:
            continue
        texts: dict[str, str] = {}
        variables: dict[str, str] = {}
        for name, *quoted, variable in _PARAM.findall(found["params"]):
            values = variables if variable else texts
            values[name.decode()] = (variable or b"".join(quoted)).decode(errors="replace")
        yield Inclusion(
            *found.span(), texts.get("block"), texts.get("item"), variables.get("content")
        )
