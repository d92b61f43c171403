"""Reports of a page view: which placements a reader saw and clicked, from their request to a line.

A placement is an item in a block of a post. A report has the placements of one post, each with
whether it was seen, and whether it was clicked: a rate of these two loses both where it loses one.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from zlib import crc32

from linkmgr.clicks.line import FIELDS, LAST_TIME, checked_text, read_line
from linkmgr.clicks.targets import LinkQuery, TargetsOfDay, query_pairs, tracking_of, variant_of

REPORT = b"seen\t"
"""Begins a line with a report."""

_VERSION = "2"

_POST = re.compile(r"[0-9a-f]{16}")


class _Flags(NamedTuple):
    """What a parameter says of a placement, each 0 or 1."""

    views: int
    clicked: int
    repeated: int
    """Whether the page view has a view of the variant at another place."""


_FLAGS = {
    "s": _Flags(views=1, clicked=0, repeated=0),
    "c": _Flags(views=1, clicked=1, repeated=0),
    # The view was reported earlier in the same page view.
    "k": _Flags(views=0, clicked=1, repeated=0),
    "S": _Flags(views=1, clicked=0, repeated=1),
    "C": _Flags(views=1, clicked=1, repeated=1),
}
_PARAMETERS: dict[tuple[int, int, int], str] = {flags: name for name, flags in _FLAGS.items()}


class Seen(NamedTuple):
    """A placement in a report, at a place; the last three are `_Flags`."""

    item: str
    block: str
    rank: int
    variant: str
    """The variant of its own link, as of a click."""

    tracking: str
    """The tracking ID of its own link, as of a click."""

    views: int
    clicked: int
    repeated: int


class ViewReport(NamedTuple):
    """What a reader saw of a post in a page view; bots' reports are not spooled."""

    id: str
    time: int
    post: str
    visitor: str
    seen: tuple[Seen, ...]


# From the request: `?p=<post>&s=<placement>&c=<placement>&k=<placement>`, S and C alike, where a
# placement is `<block>.<rank>~<item>~<variant>~<tag>` without empty ends.


def read_report(query: str, served: TargetsOfDay) -> tuple[str, tuple[Seen, ...]] | None:
    """Return the post of a WSGI query string, and the placements that the catalog has.

    `None` if it names no post, is not UTF-8, or has control characters.
    """
    pairs = query_pairs(query)
    if pairs is None:
        return None
    post = dict(reversed(pairs)).get("p", "")  # of two the first counts
    if not _POST.fullmatch(post):
        return None
    # One of each placement, so that nobody counts it twice by one request.
    merged: dict[tuple[str, str, int], Seen] = {}
    for seen in _placements(pairs, served):
        place = seen.item, seen.block, seen.rank
        before = merged.get(place, seen)
        merged[place] = before._replace(
            views=max(before.views, seen.views),
            clicked=max(before.clicked, seen.clicked),
            repeated=max(before.repeated, seen.repeated),
        )
    return post, tuple(merged.values())


def _placements(pairs: Iterable[tuple[str, str]], served: TargetsOfDay) -> Iterator[Seen]:
    targets = served.targets
    for name, token in pairs:
        if name not in _FLAGS:
            continue
        place, item, variant, tag = (token.split("~", 3) + [""] * 3)[:4]
        target, spot = targets.items.get(item), served.places.get(place)
        if target is None or spot is None:
            continue
        query = LinkQuery("", *spot, shop="", utm={}, tag=tag, variant=variant)
        of_link = variant_of(target, query), tracking_of(target, query, targets.tags)
        yield Seen(item, *spot, *of_link, *_FLAGS[name])


# As a line of the spool.

# A line must be shorter than what counts as one. A page's own report, which has 2,000 bytes in its
# request, comes to a third of this with all that is resolved.
_LONGEST = 12_000

_HEAD = "\t".join(f"({FIELDS[name]})" for name in ViewReport._fields[:-1])
_LINE = re.compile(f"seen\t{_VERSION}\t{_HEAD}\t([^\\t]*)")
_TOKEN = re.compile(
    r"([sckSC])([^~ ]{1,200})\.([0-9]{1,3})~"
    rf"([a-z0-9-]{{1,200}})~({FIELDS['variant']})~({FIELDS['tracking']})"
)


def report_line(report: ViewReport) -> bytes:
    """Write a report as a line, which ends with a checksum, as that of a click does."""
    head = "\t".join(("seen", _VERSION, *map(str, report[:-1])))
    tokens = " ".join(map(_token, report.seen))
    if len(tokens) > _LONGEST:
        tokens = tokens[:_LONGEST].rpartition(" ")[0]
    text = f"{head}\t{tokens}".encode()
    return text + b"\t%08x\n" % crc32(text)


def read_report_line(line: bytes) -> ViewReport | None:
    """Return the report of a line without its line break, `None` if it is not a whole one."""
    text = checked_text(line)
    fields = text and _LINE.fullmatch(text)
    if not fields:
        return None
    id_, time, post, visitor, tokens = fields.groups()
    if int(time) >= LAST_TIME:
        return None
    seen = []
    for token in tokens.split(" "):
        written = _TOKEN.fullmatch(token)
        if written is None:
            return None
        name, block, rank, item, variant, tracking = written.groups()
        seen.append(Seen(item, block, int(rank), variant, tracking, *_FLAGS[name]))
    return ViewReport(id_, int(time), post, visitor, tuple(seen))


def _token(seen: Seen) -> str:
    item, block, rank, variant, tracking, views, clicked, repeated = seen
    return f"{_PARAMETERS[views, clicked, repeated]}{block}.{rank}~{item}~{variant}~{tracking}"


def time_of_line(line: bytes) -> int | None:
    """Return when a line of the spool was written, a click's or a report's.

    `None` if it is neither, or is not whole.
    """
    entry = read_report_line(line) if line.startswith(REPORT) else read_line(line)
    return entry.time if entry else None
