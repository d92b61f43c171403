"""Many lines of the spool at once, column by column."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from zlib import crc32

from linkmgr.clicks.line import CHECKSUM, FIELDS, LAST_TIME, VERSION
from linkmgr.clicks.model import Click, ClickFields

# The version before the fields, and the checksum after them.
_WIDTH = 1 + len(Click._fields) + 1
_FIELDS = "\t".join(f"(?:{FIELDS[name]})" for name in Click._fields)
_LINES = re.compile(f"(?:{VERSION}\t{_FIELDS}\t[0-9a-f]{{8}}\n)*+")


class Clicks(NamedTuple):
    """Clicks column by column: the fields of a `Click`, with route and device as plain text.

    Python has a column's values in a tenth of the time that it takes to go from row to row.
    """

    id: Sequence[str]
    time: Sequence[int]
    item: Sequence[str]
    post: Sequence[str]
    block: Sequence[str]
    rank: Sequence[int]
    shop: Sequence[str]
    route: Sequence[str]
    referrer: Sequence[str]
    device: Sequence[str]
    bot: Sequence[str]
    visitor: Sequence[str]
    campaign: Sequence[str]

    def part(self, first: int, end: int) -> "Clicks":
        """Return the clicks from one place to before another."""
        if (first, end) == (0, len(self.id)):
            return self
        return Clicks(*(column[first:end] for column in self))  # type: ignore[arg-type]


def clicks_of(rows: Iterable[ClickFields]) -> Clicks:
    """Return clicks as columns."""
    columns = [*zip(*rows, strict=True)] or [()] * len(Click._fields)
    clicks = Clicks(*columns)
    return clicks._replace(route=[*map(str, clicks.route)], device=[*map(str, clicks.device)])


def read_clicks(lines: Sequence[bytes]) -> Clicks | None:
    """Read lines of clicks, in half the time of `read_line`.

    `None` if `read_line` takes any of them for damaged: then which ones, it can tell.
    """
    try:
        text = b"\n".join((*lines, b"")).decode()
    except UnicodeDecodeError:
        return None
    if not _LINES.fullmatch(text):
        return None
    fields = text.replace("\n", "\t").split("\t")
    _, *columns, checksums = (fields[place:-1:_WIDTH] for place in range(_WIDTH))
    computed = "\t%08x" * len(lines) % tuple([crc32(line[:-CHECKSUM]) for line in lines])
    if "\t".join(("", *checksums)) != computed:
        return None
    texts = Clicks(*columns)  # type: ignore[arg-type] # until both numbers are read
    times = [*map(int, texts.time)]
    if max(times, default=0) >= LAST_TIME:
        return None
    ranks = {rank: int(rank) for rank in {*texts.rank}}
    return texts._replace(time=times, rank=[*map(ranks.__getitem__, texts.rank)])
