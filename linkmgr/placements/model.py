"""A link on a page or in a feed, as the register has it."""

from collections.abc import Iterable
from typing import NamedTuple

BY_HAND = "by-hand"
"""The place of a link that is in the article's own file."""

IN_TEMPLATE = "template"
"""The place of a link that a layout, an include or a data file puts there."""


class Placement(NamedTuple):
    """A link on the page or in the feed at `url`, an address of the public site.

    `programme` is a programme's id, `advertiser` the ID that a network gives the advertiser's own
    programme; `item` one of the catalog's; empty where there is none. `place` is the name of our
    block, BY_HAND or IN_TEMPLATE. `line` of `file` is where the link was written, 0 and empty if
    that was not found. In a feed, whose own address is then the `url`, `entry` is the address of
    the entry (the feed's where it names none); it is empty on a page.
    """

    url: str
    programme: str
    advertiser: str
    item: str
    place: str
    link: str
    file: str
    line: int
    entry: str = ""


class Wanted(NamedTuple):
    """Which placements are asked for; an empty text asks for all.

    `programme` is a programme's id or an advertiser's ID, `page` a part of the address of the page
    or the feed's entry.
    """

    programme: str = ""
    item: str = ""
    page: str = ""

    def select(self, placements: Iterable[Placement]) -> list[Placement]:
        """Return those that are asked for."""
        return [
            each
            for each in placements
            if self.programme in ("", each.programme, each.advertiser)
            and self.item in ("", each.item)
            and (self.page in each.url or self.page in each.entry)
        ]
