"""Finding lists of related posts: a heading that says so, and links to posts under it."""

import re
from collections.abc import Sequence

from linkmgr.adopt.blocks.model import OldRelated
from linkmgr.adopt.blocks.parsed_post import Found, Reading, Row
from linkmgr.adopt.blocks.phrases import names_related
from linkmgr.adopt.markup.anchors import Anchor
from linkmgr.adopt.markup.article import Part

# `{% post_url … %}` and `{% link … %}` fail Jekyll's build when they are dead.
_LIQUID_POST = re.compile(r"\{%-?\s*(?:post_url|link)\s")


def find_related(reading: Reading, parts: Sequence[Part], at: int) -> Found | None:
    """Return the list of related posts whose heading is `parts[at]`."""
    if at + 1 == len(parts) or parts[at + 1].kind not in ("list", "paragraph"):
        return None
    if reading.anchors(parts[at]) or not reading.anchors(parts[at + 1]):
        return None
    heading = reading.heading(parts[at])
    if heading is None or not names_related(heading):
        return None
    rows = reading.rows(parts[at + 1])
    if not any(row.anchors for row in rows):
        return None
    doubt = _doubt(reading, rows)
    last = at + 2
    while not doubt and last < len(parts) and _goes_on(reading, parts[at + 1], parts[last]):
        rows += reading.rows(parts[last])
        last += 1
    if reading.attributes_after(parts, last) is not None:
        last += 1
    links = tuple(
        OldRelated(anchor.url, anchor.text, row.line)
        for row in rows
        for anchor in row.anchors
        if anchor.form != "image"
    )
    return Found("related", at, last, heading, related=links, doubt=doubt)


def _goes_on(reading: Reading, first: Part, part: Part) -> bool:
    """Whether a part is more of the same list."""
    if first.kind != "list" or part.kind != "list":
        return False
    if reading.is_ordered(first) != reading.is_ordered(part):
        return False
    return not _doubt(reading, reading.rows(part))


def _doubt(reading: Reading, rows: Sequence[Row]) -> str:
    for number, row in enumerate(rows, 1):
        if not row.only_link or len(row.anchors) != 1:
            return f"line {row.line} is more than a link"
        anchor = row.anchors[0]
        if anchor.form == "cut":
            if number < len(rows):
                return f"line {row.line} breaks off"
        elif not _leads_to_post(reading, anchor):
            return f"line {row.line} does not lead to a post of this site"
    return ""


def _leads_to_post(reading: Reading, anchor: Anchor) -> bool:
    if _LIQUID_POST.search(anchor.url):
        return True
    path = reading.live.own(anchor.url)
    if path is None:
        return False
    live = reading.live
    return bool(live.post(path) or live.meant(path)) or live.is_post_like(path)
