"""The few lines around an entry, cut out of a catalog so that they can be read alone."""

import re
from dataclasses import dataclass

from linkmgr.catalog.editing.spans import BOM

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
    if header is None or _ends_in_crlf(header[0]) != _ends_in_crlf(text):
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
    names = [found["name"] for found in keys]
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


def _ends_in_crlf(text: str) -> bool:
    return text.partition("\n")[0].endswith("\r")
