"""Tables of earnings, each value joined exactly by what the reports have, or not at all.

An item earned what was sold over a link to its product. A post earned what a report ascribes to its
page or to its sub ID. What is left is said to be left: every table adds up to the whole.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple, Self

from sqlalchemy import Connection

from linkmgr.blocks.links import post_of_sub_id
from linkmgr.catalog.model import Catalog
from linkmgr.clicks.counts import Counts, Dimension
from linkmgr.clicks.model import OTHER
from linkmgr.clicks.periods import Period, month_of
from linkmgr.earnings.database.queries import (
    EarnedRow,
    EarningSource,
    confirmed_in,
    count_bought,
    currencies,
    earned_by,
    earned_in,
    earned_since,
    own_clicks,
    reported_until,
    spans_of,
    top_unlinked,
)
from linkmgr.earnings.database.totals import Earned, EarnedBy
from linkmgr.earnings.money import Money
from linkmgr.figures.queries import first_day
from linkmgr.links.model import AMAZON
from linkmgr.placements.output import programme_title

__all__ = [  # what the rest of linkmgr has of earnings; `admin_figures` has what pages show
    "By",
    "Earned",
    "EarningLine",
    "Earnings",
    "EarningsTable",
    "Money",
    "Rest",
    "compared_days",
    "currencies",
    "earned_since",
    "items_by_product",
    "reported_until",
]

_MOST_UNLINKED = 200
"""Products of no item in a table: baskets have hundreds of thousands."""

SHORTEST_COMPARED = 30
"""Days that clicks and earnings are compared over at least: Amazon books on the day of shipping."""

# Made once: a table has thousands of lines with neither.
_NO_MONEY, _NO_COUNTS = Earned(), Counts()


class By(StrEnum):
    """What the lines of a table are; a `TAG` is a tracking ID, `UNLINKED` a product of no item."""

    ITEM = "item"
    POST = "post"
    TAG = "tag"
    PROGRAMME = "programme"
    CATEGORY = "category"
    MONTH = "month"
    UNLINKED = "unlinked"


class Rest(StrEnum):
    """What no line has: products that no item is, items bought beside others, and all else.

    Beside the products that no item is, `LINKED` is all that is not among them.
    """

    UNLINKED = "unlinked"
    BASKET = "basket"
    OTHER = "other"
    LINKED = "linked"


Count = Callable[[Dimension, Period], Mapping[str, Counts]]
"""Returns the clicks of each value of a dimension in a period."""

FindPost = Callable[[str], str | None]
"""Returns the key of the post at a path."""


class Checked(NamedTuple):
    """Clicks as a programme counted them itself, and as they were counted here."""

    theirs: int
    ours: int


class EarningLine(NamedTuple):
    """A line of a table: what a value earned. A tuple, as `Counts` is: a year has 10,000 posts."""

    value: str
    title: str
    earned: Earned
    counts: Counts | None = None
    """How often it was clicked and seen; `None` where that isn't counted."""
    compared: tuple[int, Counts] | None = None
    """What a rate is of: confirmed earnings, and clicks and views, over enough days."""
    checked: Checked | None = None
    """A tracking ID's clicks on the days of its programme's own report of clicks."""
    before: Earned | None = None
    """What it earned in the month or year before; for a page."""
    is_unknown: bool = False
    """Whether no report would say what it earned; for a page, where others have its zeros."""

    @property
    def known(self) -> Earned | None:
        """What it earned, `None` where no report would say so."""
        return None if self.is_unknown else self.earned

    @property
    def change(self) -> tuple[int, int] | None:
        """What was confirmed, and what was before; `None` where returns leave less than nothing."""
        if self.before is None or self.is_unknown:
            return None
        now, before = self.earned.confirmed, self.before.confirmed
        return (now, before) if min(now, before) >= 0 else None

    @property
    def is_reported(self) -> bool:
        """Whether a report has anything of it."""
        return self.earned != _NO_MONEY

    @property
    def clicks(self) -> int | None:
        """Readers' clicks."""
        return self.counts.clicks if self.counts else None

    @property
    def views(self) -> int | None:
        """How often readers saw it, `None` where views aren't counted."""
        return (self.counts.views or None) if self.counts else None

    @property
    def per_click(self) -> float | None:
        """What a click earned, in millionths of the currency."""
        if self.compared is None:
            return None
        confirmed, counts = self.compared
        return confirmed / counts.clicks if counts.clicks else None

    @property
    def per_view(self) -> float | None:
        """What a view earned, in millionths of the currency."""
        if self.compared is None:
            return None
        confirmed, counts = self.compared
        return confirmed / counts.views if counts.views else None

    @property
    def missed(self) -> float | None:
        """The share of the clicks that the programme counted which were not counted here."""
        checked = self.checked
        if checked is None or not checked.theirs:
            return None
        return max(0.0, 1 - checked.ours / checked.theirs)


@dataclass(frozen=True, slots=True)
class EarningsTable:
    """The earnings of whole months."""

    by: By
    period: Period
    compared: Period | None
    """The days that rates are over, up to the last one that a report covers.

    Later clicks may have led to orders that are in no report yet.
    """
    currency: str
    whole: EarningLine
    lines: tuple[EarningLine, ...]
    rest: Mapping[Rest, Earned]
    """What no line has."""
    unlinked: int = 0
    """The number of products that no item is."""

    def __bool__(self) -> bool:
        return self.whole.earned != _NO_MONEY

    def titled(self, titles: Mapping[str, str]) -> Self:
        """Return the table with the titles of values, as far as they are known."""
        lines = tuple(line._replace(title=titles.get(line.value, "")) for line in self.lines)
        return replace(self, lines=lines)


def compared_days(period: Period, began: date | None, last: date) -> Period | None:
    """Return the days over which a period's clicks and earnings are compared, from a month's first.

    They end with the period, or on the day `last` that reports cover, and begin earlier where
    these are too few. Clicks are counted since one `began`; `None` if that leaves too few.
    """
    if began is None:
        return None
    first = began if began.day == 1 else month_of(began).until + timedelta(days=1)
    since, until = max(period.since, first), min(period.until, last)
    while (until - since).days + 1 < SHORTEST_COMPARED:
        since = month_of(since - timedelta(days=1)).since
        if since < first:
            return None
    return Period(since, until)


@dataclass(frozen=True, slots=True)
class _EarnedParts:
    """What each value of a table earned, and what is left."""

    earned: Mapping[str, Earned]
    counts: Mapping[str, Counts] | None = None
    """Clicks and views of each value; `None` where they aren't counted."""
    titles: Mapping[str, str] = field(default_factory=dict)
    rest: Mapping[Rest, Earned] = field(default_factory=dict)
    unlinked: int = 0
    rates: Mapping[str, tuple[int, Counts]] | None = None
    """What the rate of each value is of, where that is not all its money and clicks."""

    def compared(self, value: str) -> tuple[int, Counts] | None:
        """Return what rates of a value are of."""
        if self.rates is not None:
            return self.rates.get(value)
        if self.counts is None:
            return None
        return self.earned.get(value, _NO_MONEY).confirmed, self.counts.get(value, _NO_COUNTS)


@dataclass(frozen=True)
class Earnings:
    """What tables are read from, in one currency, on a day."""

    connection: Connection
    catalog: Catalog
    currency: str
    today: date
    count: Count
    find_post: FindPost

    @cached_property
    def named_items(self) -> Collection[str]:
        """The items that reports can name."""
        return {*self._items_by_product.values()}

    def table(self, by: By, period: Period) -> EarningsTable:
        """Return the table of whole months: what earned most first, of months the latest."""
        began, last = self._counted_days()
        compared = compared_days(period, began, last)
        shown = self._parts(by, period)
        parts, rate = shown, None
        if compared is not None:
            # Rates are of the same days' clicks and money.
            months, covered = Period(compared.since, period.until), self.counted_until(last)
            rate = covered._rate_of_items(months)  # noqa: SLF001
            if compared != period:
                parts = covered._parts(by, months)  # noqa: SLF001

        def is_compared(value: str) -> bool:
            if by is By.MONTH:  # by its own clicks alone
                days = compared_days(_month(value), began, last)
                return days is not None and days.since == _month(value).since
            if by is By.ITEM and value not in self.named_items:  # no report can name it
                return False
            if by is By.POST and value not in parts.earned:  # unknown: Amazon's name no page
                return False
            return compared is not None

        checked = self._checked(period, began) if by is By.TAG and began else {}
        lines = []
        for value in {**shown.earned, **(shown.counts or {})}:
            counts = None if shown.counts is None else shown.counts.get(value, _NO_COUNTS)
            line = EarningLine(
                value,
                shown.titles.get(value, ""),
                shown.earned.get(value, _NO_MONEY),
                counts,
                parts.compared(value) if is_compared(value) else None,
                checked.get(value),
            )
            lines.append(line)
        lines.sort(key=lambda line: (-line.earned.confirmed, -line.earned.pending, line.value))
        if by is By.MONTH:
            lines.sort(key=lambda line: line.value, reverse=True)
        item_counts = _sum_counts(self.count(Dimension.ITEM, period), self._earning_items)
        whole = EarningLine("", "", self.total(period), item_counts, rate)
        return EarningsTable(
            by,
            period,
            compared,
            self.currency,
            whole,
            tuple(lines),
            shown.rest,
            shown.unlinked,
        )

    def of_post(self, post: str, period: Period, compared: Period | None) -> EarningLine:
        """Return a post's line of the table of posts, of which it reads no other."""
        named = self.earned(By.POST, period, [post])
        rate: tuple[int, Counts] | None = None
        if compared:
            months = Period(compared.since, period.until)
            known = named if months == period else self.earned(By.POST, months, [post])
            if post in known:
                counts = self.count(Dimension.POST, compared).get(post, _NO_COUNTS)
                rate = known[post].confirmed, counts
        counts = self.count(Dimension.POST, period).get(post, _NO_COUNTS)
        return EarningLine(post, "", named.get(post, _NO_MONEY), counts, rate)

    def compared(self, period: Period) -> Period | None:
        """Return the days over which clicks are compared with what a period earned."""
        return compared_days(period, *self._counted_days())

    def _counted_days(self) -> tuple[date | None, date]:
        """Return the first day with clicks, and the last one that reports cover."""
        last = min(self.today, reported_until(self.connection) or self.today)
        return first_day(self.connection), last

    def _checked(self, period: Period, began: date) -> dict[str, Checked]:
        """Return the clicks of tracking IDs that a report of their programme has, too."""
        checked: dict[str, Checked] = {}
        for days, clicks in own_clicks(self.connection, period):
            if days.since < began:  # nothing was counted here on some of them
                continue
            counts = self.count(Dimension.TRACKING, days)
            for tag, theirs in clicks.items():
                before = checked.get(tag, Checked(0, 0))
                ours = counts.get(tag, _NO_COUNTS).clicks
                checked[tag] = Checked(before.theirs + theirs, before.ours + ours)
        return checked

    def counted_until(self, last: date) -> Self:
        """Return what tables are read from, with no clicks after a day."""

        def count(by: Dimension, period: Period) -> Mapping[str, Counts]:
            return self.count(by, Period(period.since, max(period.since, min(period.until, last))))

        return replace(self, count=count)

    def earned(
        self, by: By, period: Period, values: Collection[str] | None = None
    ) -> Mapping[str, Earned]:
        """Return what each value earned in a period, or what some values did.

        Items, posts and tracking IDs may have a period of any days, all else one of whole months.
        """
        if by is By.TAG:
            return _sum_values(self._read(EarnedBy.TRACKING, period, values))
        if by is By.ITEM:
            codes = []
            for source, item in self._items_by_product.items():
                if values is None or item in values:
                    codes.append(source.value)
            sums = self._of_items(self._read(EarnedBy.PRODUCT, period, codes))
        elif by is By.POST:
            sums = self._of_posts(period)
        else:
            sums = {**self._parts(by, period).earned}
        if values is None:
            return sums
        return {value: earned for value, earned in sums.items() if value in values}

    def total(self, period: Period) -> Earned:
        """Return all that was earned in a period."""
        return sum_earned(self._read(EarnedBy.ALL, period))

    # Tables, each as its parts.

    def _parts(self, by: By, period: Period) -> _EarnedParts:
        match by:
            case By.ITEM:
                parts = self._by_item(period)
            case By.POST:
                parts = self._by_post(period)
            case By.TAG:
                counts = {**self.count(Dimension.TRACKING, period)}
                counts.pop("", None)
                parts = self._by_value(EarnedBy.TRACKING, period, counts)
            case By.PROGRAMME:
                parts = self._by_programme(period)
            case By.CATEGORY:
                parts = self._by_value(EarnedBy.CATEGORY, period, None)
            case By.MONTH:
                parts = self._by_month(period)
            case By.UNLINKED:
                parts = self._unlinked(period)
        return parts

    def _by_value(
        self, dimension: EarnedBy, period: Period, counts: Mapping[str, Counts] | None
    ) -> _EarnedParts:
        earned = _sum_values(self._read(dimension, period))
        return _EarnedParts(earned, counts, rest={Rest.OTHER: self._left(period, earned.values())})

    def _by_programme(self, period: Period) -> _EarnedParts:
        rows = self._read(EarnedBy.ALL, period)
        earned = _sum_by((source.programme, row) for source, row in rows.items())
        titles = {programme: programme_title(programme) for programme in earned}
        return _EarnedParts(earned, titles=titles)

    def _by_month(self, period: Period) -> _EarnedParts:
        earned = earned_in(self.connection, period, self.currency)
        confirmed = self._confirmed_in([*earned])
        counts: dict[str, Counts] = {}
        rates: dict[str, tuple[int, Counts]] = {}
        for month in earned:
            items = self.count(Dimension.ITEM, _month(month))
            counts[month] = _sum_counts(items, self._earning_items)
            rates[month] = confirmed.get(month, 0), _sum_counts(items, self.named_items)
        return _EarnedParts(earned, counts, rates=rates)

    def _unlinked(self, period: Period) -> _EarnedParts:
        codes = [source.value for source in self._items_by_product]
        rows = top_unlinked(self.connection, period, self.currency, codes, limit=_MOST_UNLINKED)
        earned = _sum_values(rows)
        titles = {source.value: row.title for source, row in rows.items()}
        rest = {Rest.LINKED: self._left(period, earned.values())}
        return _EarnedParts(earned, titles=titles, rest=rest)

    def _by_item(self, period: Period) -> _EarnedParts:
        codes = [source.value for source in self._items_by_product]
        linked = self._read(EarnedBy.PRODUCT, period, codes)
        bought = self._read(EarnedBy.BOUGHT, period, codes)
        earned = self._of_items(linked)
        basket = sum_earned(bought) - sum_earned(linked)
        sold = sum_earned(self._read(EarnedBy.SOLD, period))
        counts = self.count(Dimension.ITEM, period)
        return _EarnedParts(
            earned,
            {item: counts.get(item, _NO_COUNTS) for item in self._earning_items},
            {item.id: item.title for item in self.catalog.items.values()},
            {
                Rest.UNLINKED: sold - sum(earned.values(), basket),
                Rest.BASKET: basket,
                Rest.OTHER: self.total(period) - sold,
            },
            count_bought(self.connection, period, self.currency) - len(bought),
        )

    def _by_post(self, period: Period) -> _EarnedParts:
        earned = self._of_posts(period)
        counts = {**self.count(Dimension.POST, period)}
        for no_post in ("", OTHER):
            counts.pop(no_post, None)
        rest = {Rest.OTHER: self._left(period, earned.values())}
        return _EarnedParts(earned, counts, rest=rest)

    # What they are made of.

    @cached_property
    def _items_by_product(self) -> Mapping[EarningSource, str]:
        return items_by_product(self.catalog)

    @cached_property
    def _earning_items(self) -> Collection[str]:
        """The items with a link that may earn."""
        earning = {own.id for own in self.catalog.programmes.values() if own.affiliate}
        items = self.catalog.items.values()
        return [item.id for item in items if earning.intersection(item.programmes)]

    def _of_items(self, rows: Mapping[EarningSource, EarnedRow]) -> dict[str, Earned]:
        """Return what products earned by their items."""
        items = self._items_by_product
        return _sum_by((items[source], row) for source, row in rows.items() if source in items)

    def _of_posts(self, period: Period) -> dict[str, Earned]:
        """Return what reports ascribe to the pages of posts, or to their sub IDs."""
        of_posts: list[tuple[str, EarnedRow]] = []
        for dimension, find in ((EarnedBy.PAGE, self.find_post), (EarnedBy.SUB_ID, post_of_sub_id)):
            for source, row in self._read(dimension, period).items():
                if post := find(source.value):
                    of_posts.append((post, row))
        return _sum_by(of_posts)

    def _left(self, period: Period, parts: Iterable[Earned]) -> Earned:
        return self.total(period) - sum(parts, Earned())

    def _read(
        self, dimension: EarnedBy, period: Period, values: Collection[str] | None = None
    ) -> dict[EarningSource, EarnedRow]:
        return earned_by(self.connection, dimension, period, self.currency, values=values)

    def _rate_of_items(self, period: Period) -> tuple[int, Counts]:
        """Return what was confirmed for items, and the clicks on the items that reports name.

        Of all other money nobody knows the clicks, and of clicks on other items nobody the money.
        """
        confirmed = sum(self._confirmed_in(spans_of(period)).values())
        return confirmed, _sum_counts(self.count(Dimension.ITEM, period), self.named_items)

    def _confirmed_in(self, spans: Sequence[str]) -> Mapping[str, int]:
        """Return what was confirmed for items in each of some months or years."""
        products = [source.value for source in self._items_by_product]
        return confirmed_in(self.connection, AMAZON, spans, self.currency, products=products)


def items_by_product(catalog: Catalog) -> dict[EarningSource, str]:
    """Return the item of each product that reports may name; of two items the first."""
    items: dict[EarningSource, str] = {}
    for good in catalog.goods.values():
        for asin in (good.asin, *good.also):
            if asin:
                items.setdefault(EarningSource(AMAZON, asin), good.id)
    return items


def sum_earned(rows: Mapping[EarningSource, EarnedRow]) -> Earned:
    """Return what all rows earned."""
    return sum((row.earned for row in rows.values()), Earned())


def _sum_values(rows: Mapping[EarningSource, EarnedRow]) -> dict[str, Earned]:
    """Return what each value earned at all programmes together."""
    return _sum_by((source.value, row) for source, row in rows.items())


def _sum_by(rows: Iterable[tuple[str, EarnedRow]]) -> dict[str, Earned]:
    sums: dict[str, Earned] = {}
    for value, row in rows:
        sums[value] = sums[value] + row.earned if value in sums else row.earned
    return sums


def _sum_counts(counts: Mapping[str, Counts], values: Iterable[str]) -> Counts:
    """Return the sum of what was counted of some values."""
    counted = [counts[value] for value in values if value in counts]
    return Counts(*map(sum, zip(*counted, strict=True)))


def _month(text: str) -> Period:
    return month_of(date.fromisoformat(f"{text}-01"))
