"""A click as a line of the spool."""

from zlib import crc32

from linkmgr.clicks.model import Click, Device, Route

VERSION = "1"
"""The first field: lines of another layout are of another version."""

_FIELDS = len(Click._fields)


def click_line(click: Click) -> bytes:
    """Write a click as a line. No field may hold a tab or a line break; the last is a checksum."""
    text = (
        f"{VERSION}\t{click.id}\t{click.time}\t{click.item}\t{click.post}\t{click.block}"
        f"\t{click.rank}\t{click.shop}\t{click.route}\t{click.referrer}\t{click.device}"
        f"\t{click.bot}\t{click.visitor}"
    ).encode()
    return b"%b\t%08x\n" % (text, crc32(text))


def read_line(line: bytes) -> Click | None:
    """Return the click of a line without its line break; `None` if the line is not whole."""
    text, _, checksum = line.rpartition(b"\t")
    if checksum != b"%08x" % crc32(text):
        return None
    version, *values = text.decode().split("\t")
    if version != VERSION or len(values) != _FIELDS:
        return None
    click = Click._make(values)  # of which four are no strings yet
    return click._replace(
        time=int(click.time),
        rank=int(click.rank),
        route=Route(click.route),
        device=Device(click.device),
    )
