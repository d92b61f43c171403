"""Tables of earnings, each value joined exactly by what the reports have, or not at all.

An item earned what was sold over a link to its product. A post earned what a report ascribes to its
page or to its sub ID. What is left is said to be left: every table adds up to the whole.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
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
    confirmed_by,
    count_bought,
    currencies,
    earned_by,
    earned_in,
    earned_since,
    own_clicks,
    reported_until,
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
    """What a value earned, and how often it was seen and clicked; `None` where that isn't counted.

    `compared` is what a rate is of: confirmed earnings, clicks and views over enough days.
    `checked` are a tracking ID's clicks on the days of its programme's own report of clicks.
    A tuple, as `Counts` is: a year has 10,000 posts.
    """

    value: str
    title: str
    earned: Earned
    counts: Counts | None = None
    compared: tuple[int, Counts] | None = None
    checked: Checked | None = None
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
        confirmed, counts = self.compared or (0, _NO_COUNTS)
        return confirmed / counts.clicks if counts.clicks else None

    @property
    def per_view(self) -> float | None:
        """What a view earned, in millionths of the currency."""
        confirmed, counts = self.compared or (0, _NO_COUNTS)
        return confirmed / counts.views if counts.views else None

    @property
    def missed(self) -> float | None:
        """The share of the clicks that the programme counted which were not counted here."""
        checked = self.checked
        return max(0.0, 1 - checked.ours / checked.theirs) if checked and checked.theirs else None


@dataclass(frozen=True, slots=True)
class EarningsTable:
    """The earnings of whole months, of which `rest` is what no line has.

    Rates are over the `compared` days, up to the last one that a report covers: later clicks may
    have led to orders that are in none yet. `unlinked` is the number of
    products that no item is.
    """

    by: By
    period: Period
    compared: Period | None
    currency: str
    whole: EarningLine
    lines: tuple[EarningLine, ...]
    rest: Mapping[Rest, Earned]
    unlinked: int = 0

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
    """What each value of a table earned, and its clicks and views; `None` are not counted."""

    earned: Mapping[str, Earned]
    counts: Mapping[str, Counts] | None = None
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


@dataclass(frozen=True, slots=True)
class Earnings:
    """What tables are read from, in one currency, on a day."""

    connection: Connection
    catalog: Catalog
    currency: str
    today: date
    count: Count
    find_post: FindPost

    def table(self, by: By, period: Period) -> EarningsTable:
        """Return the table of whole months: what earned most first, of months the latest."""
        began, last = self._counted_days()
        compared = compared_days(period, began, last)
        months = compared and Period(compared.since, period.until)
        covered, shown = self.counted_until(last), self._parts(by, period)
        parts = covered._parts(by, months) if months and compared != period else shown  # noqa: SLF001

        named = {*items_by_product(self.catalog).values()}

        def is_compared(value: str) -> bool:
            if by is By.ITEM and value not in named:  # no report can name it
                return False
            if by is By.MONTH:  # by its own clicks alone
                days = compared_days(_month(value), began, last)
                return days is not None and days.since == _month(value).since
            if by is By.POST:  # one that no report names is unknown: Amazon's name no page
                return compared is not None and value in parts.earned
            return compared is not None

        values = {**shown.earned, **(shown.counts or {})}
        checked = self._checked(period, began) if by is By.TAG and began else {}
        lines = [
            EarningLine(
                value,
                shown.titles.get(value, ""),
                shown.earned.get(value, _NO_MONEY),
                None if shown.counts is None else shown.counts.get(value, _NO_COUNTS),
                parts.compared(value) if is_compared(value) else None,
                checked.get(value),
            )
            for value in values
        ]
        lines.sort(key=lambda line: (-line.earned.confirmed, -line.earned.pending, line.value))
        if by is By.MONTH:
            lines.sort(key=lambda line: line.value, reverse=True)
        rate = covered._rate_of_items(months) if months else None  # noqa: SLF001
        return EarningsTable(
            by,
            period,
            compared,
            self.currency,
            EarningLine("", "", self.whole(period), self._item_sum(period), rate),
            tuple(lines),
            shown.rest,
            shown.unlinked,
        )

    def of_post(self, post: str, period: Period, compared: Period | None) -> EarningLine:
        """Return a post's line of the table of posts, of which it reads no other."""
        named, none = self.earned(By.POST, period, [post]), Counts()
        rate: tuple[int, Counts] | None = None
        if compared:
            months = Period(compared.since, period.until)
            known = named if months == period else self.earned(By.POST, months, [post])
            counts = self.count(Dimension.POST, compared).get(post, none)
            rate = (known[post].confirmed, counts) if post in known else None
        counts = self.count(Dimension.POST, period).get(post, none)
        return EarningLine(post, "", named.get(post, Earned()), counts, rate)

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
            ours = self.count(Dimension.TRACKING, days)
            for tag, theirs in clicks.items():
                known = checked.get(tag, Checked(0, 0))
                checked[tag] = Checked(
                    known.theirs + theirs, known.ours + ours.get(tag, Counts()).clicks
                )
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
        if by is By.ITEM:
            items = {
                source: item
                for source, item in items_by_product(self.catalog).items()
                if values is None or item in values
            }
            sold = self._read(EarnedBy.PRODUCT, period, [source.value for source in items])
            return _sum_by((items[source], row) for source, row in sold.items() if source in items)
        if by is By.TAG:
            rows = self._read(EarnedBy.TRACKING, period, values)
            return _sum_by((source.value, row) for source, row in rows.items())
        sums = self._of_posts(period) if by is By.POST else self._parts(by, period).earned
        return {
            value: earned for value, earned in sums.items() if values is None or value in values
        }

    def _parts(self, by: By, period: Period) -> _EarnedParts:
        read = {
            By.ITEM: self._by_item,
            By.POST: self._by_post,
            By.TAG: self._by_tag,
            By.PROGRAMME: self._by_programme,
            By.CATEGORY: self._by_category,
            By.MONTH: self._by_month,
            By.UNLINKED: self._unlinked,
        }
        return read[by](period)

    def _by_tag(self, period: Period) -> _EarnedParts:
        counts = {
            tag: counted for tag, counted in self.count(Dimension.TRACKING, period).items() if tag
        }
        return self._by_value(EarnedBy.TRACKING, period, counts)

    def _by_category(self, period: Period) -> _EarnedParts:
        return self._by_value(EarnedBy.CATEGORY, period, None)

    def _by_programme(self, period: Period) -> _EarnedParts:
        rows = self._read(EarnedBy.ALL, period)
        earned = _sum_by((source.programme, row) for source, row in rows.items())
        return _EarnedParts(
            earned, titles={programme: programme_title(programme) for programme in earned}
        )

    def _by_month(self, period: Period) -> _EarnedParts:
        months = earned_in(self.connection, period, self.currency)
        counts = {month: self._item_sum(_month(month)) for month in months}
        rates = {month: self._rate_of_items(_month(month)) for month in months}
        return _EarnedParts(months, counts, rates=rates)

    def _unlinked(self, period: Period) -> _EarnedParts:
        codes = [source.value for source in items_by_product(self.catalog)]
        rows = top_unlinked(self.connection, period, self.currency, codes, limit=_MOST_UNLINKED)
        earned = _sum_by((source.value, row) for source, row in rows.items())
        return _EarnedParts(
            earned,
            titles={source.value: row.title for source, row in rows.items()},
            rest={Rest.LINKED: self._left(period, earned.values())},
        )

    def _by_value(
        self, dimension: EarnedBy, period: Period, counts: Mapping[str, Counts] | None
    ) -> _EarnedParts:
        rows = self._read(dimension, period)
        earned = _sum_by((source.value, row) for source, row in rows.items())
        return _EarnedParts(earned, counts, rest={Rest.OTHER: self._left(period, earned.values())})

    def _by_item(self, period: Period) -> _EarnedParts:
        items = items_by_product(self.catalog)
        codes = [source.value for source in items]
        linked = self._read(EarnedBy.PRODUCT, period, codes)
        earned = _sum_by((items[source], row) for source, row in linked.items() if source in items)
        bought = self._read(EarnedBy.BOUGHT, period, codes)
        basket = sum_earned(bought) - sum_earned(linked)
        sold = sum_earned(self._read(EarnedBy.SOLD, period))
        others = sold - sum(earned.values(), basket)
        return _EarnedParts(
            earned,
            self._item_counts(period),
            {item.id: item.title for item in self.catalog.items.values()},
            {
                Rest.UNLINKED: others,
                Rest.BASKET: basket,
                Rest.OTHER: self.whole(period) - sold,
            },
            count_bought(self.connection, period, self.currency) - len(bought),
        )

    def _by_post(self, period: Period) -> _EarnedParts:
        earned = self._of_posts(period)
        counts = self.count(Dimension.POST, period)
        rest = {Rest.OTHER: self._left(period, earned.values())}
        known = {post: counted for post, counted in counts.items() if post not in {"", OTHER}}
        return _EarnedParts(earned, known, rest=rest)

    def _of_posts(self, period: Period) -> dict[str, Earned]:
        """Return what reports ascribe to the pages of posts, or to their sub IDs."""
        pages = self._read(EarnedBy.PAGE, period).items()
        sub_ids = self._read(EarnedBy.SUB_ID, period).items()
        posts = [
            *((self.find_post(source.value), row) for source, row in pages),
            *((post_of_sub_id(source.value), row) for source, row in sub_ids),
        ]
        return _sum_by((post, row) for post, row in posts if post)

    def _left(self, period: Period, parts: Iterable[Earned]) -> Earned:
        return self.whole(period) - sum(parts, Earned())

    def whole(self, period: Period) -> Earned:
        """Return all that was earned in a period."""
        return sum_earned(self._read(EarnedBy.ALL, period))

    def _read(
        self, dimension: EarnedBy, period: Period, values: Collection[str] | None = None
    ) -> dict[EarningSource, EarnedRow]:
        return earned_by(self.connection, dimension, period, self.currency, values=values)

    def _item_counts(self, period: Period) -> dict[str, Counts]:
        """Return the clicks on the items that can earn, and their views."""
        counts = self.count(Dimension.ITEM, period)
        return {item: counts.get(item, _NO_COUNTS) for item in earning_items(self.catalog)}

    def _rate_of_items(self, period: Period) -> tuple[int, Counts]:
        """Return what was confirmed for items, and the clicks on the items that reports name.

        Of all other money nobody knows the clicks, and of clicks on other items nobody the money.
        """
        items = items_by_product(self.catalog)
        products = [source.value for source in items]
        confirmed = confirmed_by(self.connection, AMAZON, period, self.currency, products=products)
        return confirmed, _sum_counts(self.count(Dimension.ITEM, period), {*items.values()})

    def _item_sum(self, period: Period) -> Counts:
        return _sum_counts(self.count(Dimension.ITEM, period), earning_items(self.catalog))


def items_by_product(catalog: Catalog) -> dict[EarningSource, str]:
    """Return the item of each product that reports may name; of two items the first."""
    items: dict[EarningSource, str] = {}
    for good in catalog.goods.values():
        for asin in filter(None, (good.asin, *good.also)):
            items.setdefault(EarningSource(AMAZON, asin), good.id)
    return items


def earning_items(catalog: Catalog) -> list[str]:
    """Return the items with a link that may earn."""
    earning = {own.id for own in catalog.programmes.values() if own.affiliate}
    return [item.id for item in catalog.items.values() if earning.intersection(item.programmes)]


def sum_earned(rows: Mapping[EarningSource, EarnedRow]) -> Earned:
    """Return what all rows earned."""
    return sum((row.earned for row in rows.values()), Earned())


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
