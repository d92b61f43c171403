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
    if parsed.anchors(parts[at]) or not parsed.anchors(parts[at + 1]):
        return None
    heading = parsed.heading(parts[at])
    if heading is None or not is_related_heading(heading):
        return None
    rows = parsed.rows(parts[at + 1])
    if not any(row.anchors for row in rows):
        return None
    reason = _keep_reason(parsed, rows)
    last = at + 2
    while not reason and last < len(parts) and _goes_on(parsed, parts[at + 1], parts[last]):
        rows += parsed.rows(parts[last])
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


def _goes_on(parsed: ParsedPost, first: Part, part: Part) -> bool:
    """Whether a part is more of the same list."""
    if first.kind != "list" or part.kind != "list":
        return False
    if parsed.is_ordered(first) != parsed.is_ordered(part):
        return False
    return not _keep_reason(parsed, parsed.rows(part))


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
    path = parsed.live.own_path(anchor.url)
    if path is None:
        return False
    live = parsed.live
    return bool(live.post(path) or live.closest_post(path)) or live.is_post_like(path)
