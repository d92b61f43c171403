"""What clicks and views add to the totals, and which visitors click for the first time that day."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from itertools import compress
from typing import NamedTuple

from linkmgr.clicks.line import Clicks
from linkmgr.clicks.reports import Seen
from linkmgr.store.figures.figures import Dimension
from linkmgr.store.figures.views import ViewCounts


class ViewKey(NamedTuple):
    """An item at a place of a post, as a row of `views` has it beside the day."""

    item: str
    post: str
    block: str
    rank: int
    variant: str
    tracking: str


ViewRows = dict[ViewKey, ViewCounts]
"""Rows of views of one day."""


class DayViews:
    """The views of a day that count, by placement, and by variant of a test."""

    def __init__(self) -> None:
        self.placements: ViewRows = {}
        self.variants: dict[str, ViewCounts] = {}

    def add(self, post: str, seen: Iterable[Seen]) -> None:
        """Add what counts of one report at the places of a post."""
        for each in seen:
            key = ViewKey(each.item, post, each.block, each.rank, each.variant, each.tracking)
            counts = ViewCounts(each.views, each.clicked)
            self.placements[key] = self.placements.get(key, ViewCounts()).plus(counts)

    def add_to_variant(self, name: str, counts: ViewCounts) -> None:
        """Add what counts of a variant in its test."""
        self.variants[name] = self.variants.get(name, ViewCounts()).plus(counts)


class TotalRow(NamedTuple):
    """What is to be added to a row of `totals`; the day is ISO, as both databases take it."""

    dimension: str
    value: str
    day: str
    clicks: int
    visitors: int
    bots: int
    views: int
    clicked: int


_MAY_LACK = frozenset({Dimension.CAMPAIGN, Dimension.TRACKING, Dimension.VARIANT})
"""The dimensions of which many clicks have no value, and those that have none are not counted."""


class DayTotals:
    """What clicks and views of one day add to the totals.

    The rows of `totals` that they add to are numbered as they come up. Clicks are counted column by
    column, as Python counts a column twenty times as fast as it adds to rows.
    """

    def __init__(self, day: date) -> None:
        self.day = day
        self._iso_day = day.isoformat()
        self._salts: list[int] = []
        """By the number of a row: what makes its visitors' keys in `seen`."""
        self._numbers = {each: _Numbers(each, self._iso_day, self._salts) for each in Dimension}
        self._clicks = Counter[int]()
        self._bots = Counter[int]()
        self._views = Counter[int]()
        self._clicked = Counter[int]()
        self._row_of_seen: dict[int, int] = {}

    def add(
        self,
        clicks: Clicks,
        visitors: Sequence[int],
        by_reader: Sequence[bool],
        by_bot: Sequence[bool],
    ) -> None:
        """Add clicks of the day; those by neither do not count."""
        for dimension, values in _values_of(clicks).items():
            of_readers, of_bots = by_reader, by_bot
            if dimension in _MAY_LACK and not all(values):
                if not any(values):
                    continue
                of_readers, of_bots = _if_named(by_reader, values), _if_named(by_bot, values)
            numbers = self._numbers[dimension]
            rows = [numbers[value] for value in compress(values, of_readers)]
            self._clicks.update(rows)
            self._bots.update([numbers[value] for value in compress(values, of_bots)])
            self._see(rows, compress(visitors, of_readers))

    def add_views(self, seen: DayViews) -> None:
        """Add views of the day."""
        for key, counts in seen.placements.items():
            for dimension, value in _values_of_key(key):
                self._add_views(dimension, value, counts)
        for variant, counts in seen.variants.items():
            self._add_views(Dimension.VARIANT, variant, counts)

    def _add_views(self, dimension: Dimension, value: str, counts: ViewCounts) -> None:
        row = self._numbers[dimension][value]
        self._views[row] += counts.views
        self._clicked[row] += counts.clicked

    def _see(self, rows: Sequence[int], visitors: Iterable[int]) -> None:
        """Remember who clicked in which row of a dimension, by the visitor's key in it.

        A visitor's hash is even already, so the key is the one hash XOR that of the row.
        """
        salts = self._salts
        if len({*rows}) == 1:  # of "all" always: there are far fewer visitors than clicks
            salt = salts[rows[0]]
            seen = dict.fromkeys([salt ^ visitor for visitor in {*visitors}], rows[0])
        else:
            pairs = zip(rows, visitors, strict=True)
            seen = {salts[row] ^ visitor: row for row, visitor in pairs}
        self._row_of_seen.update(seen)

    def seen(self) -> Iterable[int]:
        """Return the keys in `seen` of the visitors."""
        return self._row_of_seen.keys()

    def rows(self, known: Iterable[int]) -> Iterator[TotalRow]:
        """Yield what is to be added, in the order of the rows, if all but the `known` keys are new.

        Rows without a click or a view that counts are left out.
        """
        visitors = Counter(self._row_of_seen.values())
        visitors.subtract([self._row_of_seen[key] for key in known])
        for dimension, numbers in sorted(self._numbers.items()):
            for value, row in sorted(numbers.items()):
                clicks, bots = self._clicks.get(row, 0), self._bots.get(row, 0)
                views, clicked = self._views.get(row, 0), self._clicked.get(row, 0)
                if clicks or bots or views or clicked:
                    counts = clicks, visitors.get(row, 0), bots, views, clicked
                    yield TotalRow(dimension.value, value, self._iso_day, *counts)


class _Numbers(dict[str, int]):
    """Numbers the rows of a dimension by their values, and salts each when it is first asked for.

    All dimensions number on from one another, as they share `salts`.
    """

    def __init__(self, dimension: Dimension, day: str, salts: list[int]) -> None:
        super().__init__()
        self._dimension = dimension.value
        self._day = day
        self._salts = salts

    def __missing__(self, value: str) -> int:
        number = self[value] = len(self._salts)
        self._salts.append(_salt(self._dimension, value, self._day))
        return number


def _if_named(counts: Sequence[bool], values: Sequence[str]) -> list[bool]:
    """Leave out the clicks without a value."""
    return [counted and value != "" for counted, value in zip(counts, values, strict=True)]


@lru_cache(maxsize=65536)
def _salt(dimension: str, value: str, day: str) -> int:
    digest = blake2b(f"{dimension}\0{value}\0{day}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def _values_of(clicks: Clicks) -> dict[Dimension, Sequence[str]]:
    """Return the value that each click has in each dimension."""
    return {
        Dimension.ALL: [""] * len(clicks.id),
        Dimension.ITEM: clicks.item,
        Dimension.POST: clicks.post,
        Dimension.PLACE: [_place(*each) for each in zip(clicks.block, clicks.rank, strict=True)],
        Dimension.REFERRER: clicks.referrer,
        Dimension.DEVICE: clicks.device,
        Dimension.CAMPAIGN: clicks.campaign,
        Dimension.TRACKING: clicks.tracking,
        Dimension.VARIANT: _variants(clicks),
    }


def _values_of_key(key: ViewKey) -> Iterator[tuple[Dimension, str]]:
    """Yield the value of a placement in each dimension that views are counted by but `VARIANT`."""
    item, post, block, rank, _, tracking = key
    yield Dimension.ALL, ""
    yield Dimension.ITEM, item
    yield Dimension.POST, post
    yield Dimension.PLACE, _place(block, rank)
    if tracking:
        yield Dimension.TRACKING, tracking


def _variants(clicks: Clicks) -> Sequence[str]:
    if not any(clicks.variant):
        return clicks.variant
    return [*map(variant_name, clicks.item, clicks.variant)]


def variant_name(item: str, variant: str) -> str:
    """Name the variant of an item; a link in no test has an empty one."""
    return f"{item}/{variant}" if variant else ""


@lru_cache(maxsize=4096)
def _place(block: str, rank: int) -> str:
    """Name the place of a link; one that names none has an empty one."""
    return f"{block}.{rank}" if block else ""
