"""Why an item stands where it does, in the reader's words."""

from dataclasses import dataclass

from flask_babel import gettext

from linkmgr.admin.common.template_helpers import number, percent
from linkmgr.admin.items.chips import Chip, chips
from linkmgr.catalog.model import Catalog
from linkmgr.resolver.model import Counts, Placement, Reason


@dataclass(frozen=True, slots=True)
class ShownPlacement:
    """A placement with its item as a chip; the first reason weighs most."""

    placement: Placement
    chip: Chip
    reasons: list[str]


def shown(catalog: Catalog, placements: tuple[Placement, ...]) -> list[ShownPlacement]:
    """Return placements as a page shows them."""
    named = chips(catalog, [placement.item for placement in placements])
    return [
        ShownPlacement(placement, chip, [reason_text(reason) for reason in placement.reasons])
        for placement, chip in zip(placements, named, strict=True)
    ]


def reason_text(reason: Reason) -> str:
    """Say a reason: `tag coffee (on 3 of 120 posts)`."""
    text = f"{_cause(reason)} {reason.term}".strip()
    detail = _detail(reason)
    return f"{text} ({detail})" if detail else text


def _cause(reason: Reason) -> str:
    words: dict[str, str] = {
        "tag": gettext("tag"),
        "category": gettext("category"),
        "keyword": gettext("keyword"),
        "path": gettext("path"),
        "title": gettext("title"),
        "pin": gettext("pinned"),
        "front matter": gettext("front matter"),
        "fallback": gettext("shown when nothing else fits"),
    }
    return words[reason.cause]


def _detail(reason: Reason) -> str:
    found = reason.found
    if isinstance(found, Counts):
        return _counts(found)
    if isinstance(found, tuple):
        having, posts = map(number, found)
        return str(gettext("on %(having)s of %(posts)s posts", having=having, posts=posts))
    if isinstance(found, float):
        return percent(found)
    by_mapping, _, name = found.partition("mapping ")
    return found if by_mapping or not name else gettext("by the mapping %(name)s", name=name)


def _counts(found: Counts) -> str:
    parts = (
        (found.title, gettext("in the title")),
        (found.headings, gettext("in headings")),
        (found.excerpt, gettext("in the excerpt")),
        (found.body, gettext("in the text")),
    )
    return ", ".join(f"{place} {number(times)}" for times, place in parts if times)
