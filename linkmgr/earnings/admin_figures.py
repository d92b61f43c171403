"""What the admin's pages and the API show of earnings, by the catalog and posts of a request."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlsplit

from babel.dates import format_skeleton
from flask_babel import get_locale

from linkmgr.admin.common.chips import name_of
from linkmgr.admin.common.context import connection, get_admin, reading, site_index, today
from linkmgr.clicks.counts import Counts, Dimension
from linkmgr.clicks.periods import Period, month_of, period_named, year_of
from linkmgr.earnings.database.queries import (
    currencies,
    earned_since,
    latest_earning_month,
    report_days,
    reported_until,
)
from linkmgr.earnings.database.totals import Earned
from linkmgr.earnings.days import EarnedDays, read_earned_days
from linkmgr.earnings.figures import (
    By,
    EarningLine,
    Earnings,
    EarningsTable,
    FindPost,
)
from linkmgr.earnings.money import Money
from linkmgr.figures.posts import key_finder, plain_address
from linkmgr.figures.table import Overview, Query, curves
from linkmgr.links.model import AMAZON
from linkmgr.placements.output import programme_title


@dataclass(frozen=True, slots=True)
class MonthOrYear:
    """A month or a year, as addresses have it: `2026-11` or `2026`."""

    text: str

    @classmethod
    def read(cls, text: str) -> "MonthOrYear | None":
        """Return what a text names, `None` for any other."""
        return cls(text) if period_named(text) else None

    @property
    def period(self) -> Period:
        """Its days."""
        first = date.fromisoformat(f"{self.text}-01-01"[:10])
        return year_of(first) if self.is_year else month_of(first)

    @property
    def is_year(self) -> bool:
        """Whether it is a year."""
        return len(self.text) == len("2026")

    @property
    def before(self) -> "MonthOrYear":
        """The one before."""
        day = self.period.since - timedelta(days=1)
        return MonthOrYear(f"{day:%Y}" if self.is_year else f"{day:%Y-%m}")

    @property
    def name(self) -> str:
        """What it is called."""
        skeleton = "y" if self.is_year else "yMMMM"
        return str(format_skeleton(skeleton, self.period.since, locale=get_locale()))

    @property
    def short_name(self) -> str:
        """What a month is called beside others of about the same time."""
        return str(format_skeleton("MMM", self.period.since, locale=get_locale()))


def money(micros: float, currency: str) -> str:
    """Write an amount as the request's language does."""
    return Money(micros, currency).text(str(get_locale()))


def earnings_in(currency: str, posts: Collection[str] | None = None) -> Earnings:
    """Return what the request's tables are read from; with `posts`, what lines of these are."""

    def count_posts(dimension: Dimension, period: Period) -> Mapping[str, Counts]:
        counts = {}
        for post in posts or ():
            query = Query(period=_past(period), timezone="", filters={dimension: post})
            counts[post] = curves(reading(), query)[0].sum
        return counts

    catalog, count = get_admin().catalog().catalog, _count if posts is None else count_posts
    return Earnings(connection(), catalog, currency, today(), count, _post_finder(posts))


@dataclass(frozen=True, slots=True)
class EarnedByPost:
    """What a post earned by the reports of a month; rates are over the `compared` days."""

    span: MonthOrYear
    currency: str
    line: EarningLine
    compared: Period | None


_MOST_OF_A_MONTH = 15  # days


def earned_by_post(post: str) -> list[EarnedByPost]:
    """Return what a post earned, by each currency that has earnings at all."""
    return [_earned_by_post(post, currency) for currency in currencies(connection())]


def _earned_by_post(post: str, currency: str) -> EarnedByPost:
    """Return what a post earned in the latest month of which most is reported."""
    span = MonthOrYear(latest_earning_month(connection(), currency) or f"{today():%Y-%m}")
    until, since = reported_until(connection()), earned_since(connection())
    first = span.before.period.since
    if until and since and since <= first and (until - span.period.since).days < _MOST_OF_A_MONTH:
        span = span.before
    earnings, period = earnings_in(currency, [post]), span.period
    compared = earnings.compared(period)
    return EarnedByPost(span, currency, earnings.of_post(post, period, compared), compared)


@dataclass(frozen=True, slots=True)
class ListEarnings:
    """What the rows of a list earned in some days, and all that was earned."""

    currency: str

    until: date
    """The last of the days that a report covers."""

    whole: Money
    """All that was confirmed, whoever earned it."""

    days: Period | None
    """Those that reports cover, of which it is said what 100 clicks earned; `None` for too few."""

    _confirmed: Mapping[str, int]
    """By value; none for one of which no report would say what it earned."""

    _clicks: Mapping[str, int]
    """By value, on these days."""

    def money_of(self, value: str) -> Money | None:
        """Return what a value earned, `None` where no report would say so."""
        confirmed = self._confirmed.get(value)
        return None if confirmed is None else Money(confirmed, self.currency)

    def per_100_clicks(self, value: str) -> Money | None:
        """Return what 100 clicks on a value earned, `None` where that can't be said."""
        confirmed, clicks = self._confirmed.get(value), self._clicks.get(value, 0)
        if confirmed is None or not clicks:
            return None
        return Money(100 * confirmed / clicks, self.currency)


FEWEST_DAYS_PAID = 28
"""Days over which clicks are compared with earnings: Amazon books on the day of shipping."""


def _days_of_both(covered: Period) -> Period | None:
    """Return the days that reports cover if clicks were counted on all of them, and for long."""
    began = reading().first_day()
    is_counted = began is not None and began <= covered.since
    return covered if is_counted and len(covered) >= FEWEST_DAYS_PAID else None


def read_list_earnings(by: By, period: Period) -> ListEarnings | None:
    """Return what items or posts earned in any days; `None` where no report has any of them.

    They are in the currency of the latest report.
    """
    known = currencies(connection())
    reports = report_days(connection(), known[0], period) if known else ()
    if not reports:
        return None
    earnings = earnings_in(known[0])
    confirmed: dict[str, int] = {}
    if by is By.ITEM and AMAZON in {report.programme for report in reports}:
        # A report would name their products: what it doesn't name is known to have earned nothing.
        confirmed = dict.fromkeys(earnings.named_items, 0)
    for value, amounts in earnings.earned(by, period).items():
        confirmed[value] = amounts.confirmed
    since = max(period.since, min(report.since for report in reports))
    until = min(period.until, max(report.until for report in reports))
    days = _days_of_both(Period(since, until))
    counts = _count(_COUNTED_BY[by], days) if days else {}
    clicks = {value: counted.clicks for value, counted in counts.items()}
    whole = Money(earnings.total(period).confirmed, known[0])
    return ListEarnings(known[0], until, whole, days, confirmed, clicks)


_COUNTED_BY = {By.ITEM: Dimension.ITEM, By.POST: Dimension.POST}


def titled_earnings(table: EarningsTable) -> EarningsTable:
    """Return a table with the names of its values, of posts those that the blog has."""
    match table.by:
        case By.ITEM:
            items = get_admin().catalog().catalog.items
            return table.titled({line.value: name_of(items[line.value]) for line in table.lines})
        case By.POST:
            opened = site_index()
            return table.titled(opened.titles(line.value for line in table.lines) if opened else {})
    return table


def _count(dimension: Dimension, period: Period) -> Mapping[str, Counts]:
    """Return the clicks of a period by value."""
    return reading().sums(dimension, _past(period))


def _past(period: Period) -> Period:
    """Return a period without the days that are yet to come."""
    return Period(period.since, max(period.since, min(period.until, today())))


def _post_finder(posts: Collection[str] | None) -> FindPost:
    opened = site_index()
    if opened is None:
        urls: Mapping[str, str] = {}
    elif posts is None:
        urls = opened.keys()
    else:
        urls = {url: key for key, url in opened.urls(posts).items()}
    keys = {plain_address(url): key for url, key in urls.items()}
    return key_finder(keys, urlsplit(get_admin().catalog().catalog.site.url).path)


# What was earned in the dashboard's days, beside their clicks.

_BY = {Dimension.ITEM: By.ITEM, Dimension.POST: By.POST, Dimension.TRACKING: By.TAG}
"""What reports name of what is clicked."""


@dataclass(frozen=True, slots=True)
class EarnedTable:
    """What the values of a table earned, and what is left of the whole: they add up to it."""

    values: Mapping[str, Earned]
    """A value without an entry is one of which reports don't say what it earned."""

    others: Earned
    """What the values earned that the table doesn't list."""

    unmatched: Earned
    """What reports ascribe to no value."""


@dataclass(frozen=True, slots=True)
class EarnedFigures:
    """What all, or what is filtered by, earned, and the values of tables."""

    currency: str
    days: EarnedDays
    tables: Mapping[Dimension, EarnedTable]
    last: date | None
    """Where no report has any of the days, the last day of those before."""

    @property
    def behind(self) -> Mapping[str, date]:
        """The names of programmes whose reports end earlier than others', and when."""
        return {programme_title(name): day for name, day in self.days.behind.items()}


def read_earned(query: Query, figures: Overview) -> EarnedFigures | None:
    """Return what was earned in a period, `None` where that isn't known.

    That is before the first import, and with filters by anything that no report names. With any
    filter, tables have none: no report says what was sold by clicks of two kinds.
    """
    if len(query.filters) > 1 or not query.filters.keys() <= _BY.keys():
        return None
    known = currencies(connection())
    if not known:
        return None
    # Without a filter the tables add up, for which the earnings of all posts are needed.
    post = query.filters.get(Dimension.POST, "")
    earnings = earnings_in(known[0], [post] if query.filters else None)
    whole, around = query.compared, query.period
    if whole is not None:
        around = Period(min(query.period.since, whole.since), query.period.until)
    reports = report_days(connection(), known[0], around)
    selling = {report.programme for report in reports if report.until >= query.period.since}
    # Items that a report would name earned nothing if none does; of all else nobody knows.
    named = earnings.named_items if AMAZON in selling else ()

    def read(period: Period) -> Earned | None:
        for dimension, value in query.filters.items():
            nothing = Earned() if dimension is Dimension.ITEM and value in named else None
            return earnings.earned(_BY[dimension], period, [value]).get(value, nothing)
        return earnings.total(period)

    days = read_earned_days(read, reports, query.period, whole)
    tables: dict[Dimension, EarnedTable] = {}
    if days.earned is not None and not query.filters:
        for dimension, rows in figures.tables.items():
            if dimension in _BY:
                earned = earnings.earned(_BY[dimension], query.period)
                nothing = named if dimension is Dimension.ITEM else ()
                shown = [row.value for row in rows]
                tables[dimension] = _earned_table(shown, earned, nothing, days.earned)
    last = None if days.until else reported_until(connection(), query.period.since)
    return EarnedFigures(known[0], days, tables, last)


def _earned_table(
    shown: Iterable[str], earned: Mapping[str, Earned], nothing: Collection[str], whole: Earned
) -> EarnedTable:
    """Return what the `shown` values earned of the `whole`, 0 where `nothing` has them."""
    values: dict[str, Earned] = {}
    for value in shown:
        if value in earned:
            values[value] = earned[value]
        elif value in nothing:
            values[value] = Earned()
    matched = sum(earned.values(), Earned())
    others = matched - sum(values.values(), Earned())
    return EarnedTable(values, others, whole - matched)
