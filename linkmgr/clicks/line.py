"""Clicks as lines of the spool."""

import re
from zlib import crc32

from linkmgr.clicks.model import VARIANT, Click, Device, Route
from linkmgr.links.tags import TAG

VERSION = "3"
"""The first field: lines of another layout are of another version."""

FIELDS = {
    "id": r"[0-9a-f]{32}",
    "time": r"[0-9]{1,15}",
    "item": r"[^\t\0]{1,200}",
    "post": r"[^\t\0]{0,16}",
    "block": r"[^\t\0]{0,200}",
    "rank": r"[0-9]{1,4}",
    "shop": r"[^\t\0]{0,200}",
    "route": "|".join(Route),
    "referrer": r"[^\t\0]{0,253}",
    "device": "|".join(Device),
    "bot": r"[^\t\0]{0,40}",
    "visitor": r"[0-9a-f]{16}",
    "campaign": r"[^\t\0]{0,200}",
    "variant": rf"(?:{VARIANT.pattern})?",
    "tracking": rf"(?:{TAG.pattern})?",
}
"""The most that a line has: no field is longer than its column in the tables."""


_LINE = re.compile("\t".join((VERSION, *(f"({FIELDS[name]})" for name in Click._fields))))

_TEXT = "\t".join((VERSION, *("%s" for _ in Click._fields)))

_CHECKSUM = 9
"""Characters of it, with the tab before it."""

LAST_TIME = 253_370_764_800_000
"""Milliseconds of the year 9999, the last that has dates."""

_ROUTES = {route.value: route for route in Route}
_DEVICES = {device.value: device for device in Device}


def checked_text(line: bytes) -> str | None:
    """Return the text of a line without its line break, `None` if the line is not whole."""
    text, checksum = line[:-_CHECKSUM], line[-_CHECKSUM:]
    if checksum != b"\t%08x" % crc32(text):
        return None
    try:
        return text.decode()
    except UnicodeDecodeError:
        return None


def click_line(click: Click) -> bytes:
    """Write a click as a line. No field has a tab or a line break; the last is a checksum."""
    text = (_TEXT % click).encode()
    return text + b"\t%08x\n" % crc32(text)


def read_line(line: bytes) -> Click | None:
    """Return the click of a line without its line break.

    `None` if the line is not whole, or not one that our servers write.
    """
    written = checked_text(line)
    match = written and _LINE.fullmatch(written)
    if not match:
        return None
    id_, time, item, post, block, rank, shop, route, referrer, device, *rest = match.groups()
    if (when := int(time)) >= LAST_TIME:
        return None
    link = item, post, block, int(rank), shop
    # Half of what `Click(…)` takes.
    return Click._make((id_, when, *link, _ROUTES[route], referrer, _DEVICES[device], *rest))
