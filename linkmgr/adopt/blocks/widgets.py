"""Finding Amazon's own widgets: SiteStripe's links, images and frames, alone in their part."""

import re
from collections.abc import Sequence

from linkmgr.adopt.blocks.cards import Books, alternative_title, books_of_entries
from linkmgr.adopt.blocks.entries import Entry
from linkmgr.adopt.markup.anchors import LINK, Anchor
from linkmgr.adopt.markup.article import Part
from linkmgr.adopt.post.parsed_post import ParsedPost

_SPACE = re.compile(rb"<[^<>]*>|&nbsp;|\s")


def widget_books(parsed: ParsedPost, part: Part) -> Books | None:
    """Return the books of a part that is nothing but such widgets, `None` for any other.

    Each has an image of Amazon's: a link without one may be the article's own.
    """
    links = parsed.anchors(part)
    if not links or not any(each.form in ("image", "frame") for each in links):
        return None
    if not all(parsed.link(each) or _is_picture(each) for each in links):
        return None
    shown = parsed.raw[part.start : part.end]
    if part.kind == "paragraph" and any(each.form == "markdown" for each in links):
        return None
    if _SPACE.sub(b"", LINK.sub(b"", shown)):
        return None
    entries = []
    for group in _by_product(parsed, links):
        entry = Entry(parsed.line_at(group[0].start))
        entry.take(parsed, group)
        entry.title = entry.title or alternative_title(group)
        entries.append(entry)
    is_text = bool(_SPACE.sub(b"", shown))
    return books_of_entries(entries)._replace(is_text=is_text)


def _by_product(parsed: ParsedPost, links: Sequence[Anchor]) -> list[list[Anchor]]:
    """Return the links of each product together, with the pictures that follow them."""
    groups: dict[str, list[Anchor]] = {}
    asin = ""
    for anchor in links:
        link = parsed.link(anchor)
        asin = (link.asin if link else None) or asin
        groups.setdefault(asin, []).append(anchor)
    if "" in groups and len(groups) > 1:
        # What comes before the first product is its picture.
        before = groups.pop("")
        next(iter(groups.values())).extend(before)
    return list(groups.values())


def _is_picture(anchor: Anchor) -> bool:
    """Whether an image is Amazon's picture of a product, in which there is no tag."""
    return anchor.form == "image" and (
        "media-amazon." in anchor.url or "images-amazon." in anchor.url
    )
