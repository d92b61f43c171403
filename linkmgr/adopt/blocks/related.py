"""Finding lists of related posts: a heading that says so, and links to posts under it."""

import re
from collections.abc import Sequence

from linkmgr.adopt.post.anchors import Anchor, Part
from linkmgr.adopt.post.model import OldRelated
from linkmgr.adopt.post.parsed_post import FoundBlock, ParsedPost, TextRow
from linkmgr.adopt.post.phrases import is_related_heading
from linkmgr.messages.message import Message, message

# `{% post_url … %}` and `{% link … %}` fail Jekyll's build when they are dead.
_LIQUID_POST = re.compile(r"\{%-?\s*(?:post_url|link)\s")


def find_related(parsed: ParsedPost, parts: Sequence[Part], at: int) -> FoundBlock | None:
    """Return the list of related posts whose heading is `parts[at]`."""
    if at + 1 == len(parts) or parts[at + 1].kind not in ("list", "paragraph"):
        return None
    first = parts[at + 1]
    if parsed.anchors(parts[at]) or not parsed.anchors(first):
        return None
    heading = parsed.heading(parts[at])
    rows = parsed.rows(first)
    if heading is None or not is_related_heading(heading) or not any(row.anchors for row in rows):
        return None
    reason = _keep_reason(parsed, rows)
    last = at + 2
    while not reason and last < len(parts) and first.kind == parts[last].kind == "list":
        # Only more of the same list goes on with it.
        more = parsed.rows(parts[last])
        if parsed.is_ordered(first) != parsed.is_ordered(parts[last]) or _keep_reason(parsed, more):
            break
        rows += more
        last += 1
    if parsed.attributes_after(parts, last) is not None:
        last += 1
    links = tuple(
        OldRelated(anchor.url, anchor.text, row.line)
        for row in rows
        for anchor in row.anchors
        if anchor.form != "image"
    )
    return FoundBlock("related", at, last, heading, related=links, keep_reason=reason)


def _keep_reason(parsed: ParsedPost, rows: Sequence[TextRow]) -> Message | None:
    for number, row in enumerate(rows, 1):
        if not row.only_link or len(row.anchors) != 1:
            return message("adopt.keep-more-than-link", line=row.line)
        anchor = row.anchors[0]
        if anchor.form == "cut":
            if number < len(rows):
                return message("adopt.keep-broken-off", line=row.line)
        elif not _leads_to_post(parsed, anchor):
            return message("adopt.keep-not-a-post", line=row.line)
    return None


def _leads_to_post(parsed: ParsedPost, anchor: Anchor) -> bool:
    if _LIQUID_POST.search(anchor.url):
        return True
    live = parsed.live
    path = live.own_path(anchor.url)
    if path is None:
        return False
    return bool(live.post(path) or live.closest_post(path)) or live.is_post_like(path)
