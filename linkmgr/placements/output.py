"""The register of placements as text, CSV and JSON, and as stored for the admin."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from linkmgr.check.output import escape_newlines
from linkmgr.fs import (
    CACHE_FOLDER,
    identity,
    make_cache_folder,
    refuse_planted,
    replace_file,
)
from linkmgr.links.programmes.profiles import profile
from linkmgr.links.programmes.shops import usual_name
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import Message, current_language, message, readable, translate
from linkmgr.placements.a8 import A8Change
from linkmgr.placements.find import BY_HAND, IN_TEMPLATE, LinkPlacement, Register
from linkmgr.placements.totals import is_by_hand, total, totals
from linkmgr.reports import Column, Kind, csv_text, json_row
from linkmgr.resolver.model import TEXT

# The last register, kept in the site's cache.

_NAME = "placements.json"
_MAX_BYTES = 2**26
_SAVED = tuple(field.name for field in fields(Register))

_DAMAGED = (LinkmgrError, OSError, ValueError, LookupError, TypeError, RecursionError)


def save_register(root: Path, register: Register) -> None:
    """Save the register in the cache of the site at `root`. Raise LinkmgrError or OSError."""
    folder = make_cache_folder(root, [_NAME])
    text = json.dumps({name: getattr(register, name) for name in _SAVED}, ensure_ascii=False)
    replace_file(folder / _NAME, text.encode())


def load_register(root: Path) -> Register | None:
    """Return the register of the site; `None` if there is none that can be read.

    It is cached until the file changes: reading 40,000 placements takes 0.2 s.
    """
    file = root / CACHE_FOLDER / _NAME
    try:
        refuse_planted(root, f"{CACHE_FOLDER}/{_NAME}")
        return _read(file, identity(file))
    except _DAMAGED:
        return None


@lru_cache(maxsize=1)
def _read(path: Path, _version: tuple[int, int, int] | None) -> Register:
    with path.open("rb") as file:
        values = json.loads(file.read(_MAX_BYTES))
    placements = tuple(_placement(*value) for value in values["placements"])
    return Register(
        float(values["time"]),
        placements,
        pages=int(values["pages"]),
        built=float(values["built"]),
        ahead=int(values["ahead"]),
        unbuilt=int(values["unbuilt"]),
    )


def _placement(*values: Any) -> LinkPlacement:
    if len(values) < len(LinkPlacement._fields):
        values = (*values, "")  # of a version that read no feeds
    *texts, line, entry = values
    return LinkPlacement._make((*map(str, texts), int(line), str(entry)))


# The register as text for people, and as CSV and JSON for programs.

_COLUMNS: tuple[Column[LinkPlacement], ...] = (
    Column("url", "", lambda link: link.url, kind=Kind.TEXT),
    Column("programme", "", lambda link: link.programme, kind=Kind.TEXT),
    Column("programme_id", "", lambda link: link.advertiser, kind=Kind.TEXT),
    Column("item", "", lambda link: link.item, kind=Kind.TEXT),
    Column("place", "", lambda link: link.place, kind=Kind.TEXT),
    Column("link", "", lambda link: link.link, kind=Kind.TEXT),
    Column("file", "", lambda link: link.file, kind=Kind.TEXT),
    Column("line", "", lambda link: link.line),
    Column("entry", "", lambda link: link.entry, kind=Kind.TEXT),
)

_PLACES = {
    BY_HAND: message("placements.place-by-hand"),
    IN_TEMPLATE: message("placements.place-template"),
    TEXT: message("placements.place-text"),
}


def programme_title(programme: str) -> str:
    """Return a programme's usual name: its own, or that of its shop, else its id."""
    if known := profile(programme):
        return known.name
    return usual_name(programme, current_language()) or programme


def summary_text(placements: Sequence[LinkPlacement]) -> str:
    """Return the numbers of links, by programme and by item."""
    if not placements:
        return translate(message("placements.none"))
    return "\n".join(_summary(placements))


def ahead_messages(register: Register) -> Iterator[Message]:
    """Yield a warning if blocks are from a later build than Jekyll's pages."""
    if register.ahead:
        built = datetime.fromtimestamp(register.built).astimezone()
        yield message(
            "placements.ahead",
            count=register.ahead,
            built=f"{built:%Y-%m-%d %H:%M}",
            unbuilt=register.unbuilt,
        )


def list_text(placements: Sequence[LinkPlacement], *, of: int) -> str:
    """List the placements under their pages, then how many there are of each programme.

    They are those of `of` that were asked for.
    """
    if not placements:
        return translate(
            message("placements.none-fits", count=of) if of else message("placements.none")
        )
    lines: list[str] = []
    page = None
    for placement in placements:
        if placement.url != page:
            page = placement.url
            lines.append(readable(page))
        lines.append(f"  {_line(placement)}")
    lines.append("")
    lines += _programmes(placements)
    return "\n".join(lines)


def register_csv(placements: Iterable[LinkPlacement]) -> str:
    """Write the placements as CSV."""
    return csv_text(_COLUMNS, placements)


def register_json(placements: Iterable[LinkPlacement]) -> list[Mapping[str, Any]]:
    """Return the placements as JSON takes them."""
    return [json_row(_COLUMNS, placement) for placement in placements]


def a8_text(change: A8Change, file: str) -> str:
    """Return the summary of the list for A8, with the pages to delete there by hand."""
    pages = message("placements.pages", count=len(change.pages))
    number = len({page.program for page in change.pages})
    programs = message("placements.programs", count=number)
    lines = [translate(message("placements.a8", pages=pages, programs=programs, file=file))]
    if change.since:
        changed = message(
            "placements.a8-since",
            since=change.since.isoformat(),
            added=len(change.added),
            gone=len(change.gone),
        )
        lines.append(translate(changed))
    if change.gone:
        lines.append(translate(message("placements.a8-gone")))
        lines += [f"  {page.program}  {readable(page.url)}" for page in change.gone]
    return "\n".join(lines)


def _line(placement: LinkPlacement) -> str:
    name = f"{programme_title(placement.programme) or '?'} {placement.advertiser}".rstrip()
    source = f"{placement.file}:{placement.line}" if placement.line else placement.file
    what = placement.item or escape_newlines(readable(placement.link))
    worded = _PLACES.get(placement.place)
    place = translate(worded) if worded else placement.place
    source = f"({source})" if source else ""
    return "  ".join(filter(None, (place, name, what, source, readable(placement.entry))))


# The most items that a summary names; --json has all.
_NAMED = 20


def _summary(placements: Sequence[LinkPlacement]) -> Iterator[str]:
    whole = total(placements)
    pages = message("placements.pages", count=whole.pages)
    yield translate(message("placements.links", count=whole.links, pages=pages))
    yield translate(message("placements.in-blocks", count=whole.links - whole.by_hand))
    of_items = 0
    for placement in placements:
        of_items += is_by_hand(placement) and not placement.entry and bool(placement.item)
    yield translate(message("placements.by-hand", count=whole.by_hand, items=of_items))
    if in_feeds := len(placements) - whole.links:
        yield translate(message("placements.in-feeds", count=in_feeds))
    yield ""
    yield from _programmes(placements)
    of_an_item = [placement for placement in placements if placement.item]
    items = totals(of_an_item, lambda placement: placement.item)
    if items:
        yield ""
        yield translate(message("placements.items"))
    for item in items[:_NAMED]:
        yield f"{item.pages:6,}  {item.name}"
    if (more := len(items) - _NAMED) > 0:
        yield f"        {translate(message('placements.more', count=more))}"
    yield ""
    yield translate(message("placements.all"))


def _programmes(placements: Iterable[LinkPlacement]) -> Iterator[str]:
    # A programme whose links are in feeds alone is on no page.
    pages_of = {(placement.programme, placement.advertiser): 0 for placement in placements}
    for row in totals(placements, lambda placement: (placement.programme, placement.advertiser)):
        pages_of[row.name] = row.pages
    for (programme, advertiser), pages in sorted(pages_of.items()):
        name = f"{programme_title(programme) or '?'} {advertiser}".rstrip()
        yield translate(message("placements.programme", name=name, count=pages))
