"""The parts of a fragment: which blocks of a post are where.

A fragment begins with the blocks that are at the end. Those of each other spot follow the comment
that names it, by which the include takes them apart; then come the items of the article's text.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple

from linkmgr.catalog.blocks import Block, Place

ARTICLE: Final = "article"
TEXT_ITEMS: Final = "text"
WHOLE_ARTICLE: Final = "whole"
OWN_ASSETS: Final = "assets"
OMITTED: Final = "omitted"

_SHOWN = (Place.BEFORE_CONTENT, ARTICLE, Place.MIDDLE, Place.END)
"""In the order of a page. Nobody knows whether a page shows a block that waits for a tag."""

_MARK = re.compile(r"<!-- linkmgr-at:([a-z-]+):(\d+) -->\n")


class Spot(NamedTuple):
    """A place in a post, or `ARTICLE`: where the article's own tags show blocks.

    In the middle `heading` is the number of the heading, 0 for the middle one.
    """

    place: str
    heading: int = 0


def by_spot(blocks: Iterable[Block], by_hand: Collection[str | None]) -> dict[Spot, list[str]]:
    """Return the names of blocks by their spots: first those at the end, last those `by_hand`."""
    found: dict[Spot, list[str]] = {Spot(Place.END): []}
    article: list[str] = []
    for block in blocks:
        if block.name in by_hand:
            article.append(block.name)
        else:
            middle = block.at is Place.MIDDLE
            spot = Spot(block.at, block.before_heading or 0 if middle else 0)
            found.setdefault(spot, []).append(block.name)
    return found | ({Spot(ARTICLE): article} if article else {})


def disclosing(
    spots: dict[Spot, list[str]],
    earning: Mapping[str, frozenset[str]],
    text_earns: bool,  # noqa: FBT001 - said by the caller's expression
) -> str | None:
    """Return the block that has the disclosure: the last one that earns of those a page shows.

    `earning` are the programmes of each block. Only where nothing else earns, be it a link in the
    text, it is a block that waits for a tag.
    """
    names = [name for name in _in_order(spots) if earning[name]]
    if not names and not text_earns:
        names = [name for name, programmes in earning.items() if programmes]
    return names[-1] if names else None


def _in_order(spots: dict[Spot, list[str]]) -> list[str]:
    """Return the names of the blocks that a page shows, in its order."""
    shown = sorted(
        (spot for spot in spots if spot.place in _SHOWN),
        key=lambda spot: (_SHOWN.index(spot.place), spot.heading),
    )
    return [name for spot in shown for name in spots[spot]]


def spot_mark(spot: Spot) -> str:
    """Return the comment before the blocks of a spot, empty for those at the end."""
    return "" if spot.place == Place.END else f"<!-- linkmgr-at:{spot.place}:{spot.heading} -->\n"


def parts_of(fragment: str) -> list[tuple[Spot, str]]:
    """Return the HTML of a fragment by its spots, in its order."""
    end, *rest = _MARK.split(fragment)
    marked = zip(rest[::3], rest[1::3], rest[2::3], strict=True)
    return [(Spot(Place.END), end), *((Spot(place, int(n)), html) for place, n, html in marked)]


def shows_blocks(fragment: str) -> bool:
    """Whether a page with this fragment must show a block, if its layout shows any."""
    parts = parts_of(fragment)
    return any("<!-- linkmgr:" in html for spot, html in parts if spot.place in _SHOWN)
