"""What was earned in the dashboard's days, beside their clicks; nothing before the first report."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from linkmgr.admin.common.context import connection
from linkmgr.admin.earnings.query import earnings_in
from linkmgr.clicks.counts import Dimension
from linkmgr.clicks.periods import Period
from linkmgr.figures.earnings.days import EarnedDays, read_earned_days
from linkmgr.figures.earnings.load import By, Earnings, items_by_product
from linkmgr.figures.table import Overview, Query
from linkmgr.links.model import AMAZON
from linkmgr.placements.output import programme_title
from linkmgr.store.earnings.figures import currencies, report_days, reported_until
from linkmgr.store.earnings.totals import Earned

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
    whole = query.compared
    around = Period(min(query.period.since, whole.since), query.period.until) if whole else None
    reports = report_days(connection(), known[0], around or query.period)
    own = [each for each in reports if each.until >= query.period.since]
    sells = any(each.programme == AMAZON for each in own)

    def read(period: Period) -> Earned | None:
        for dimension, value in query.filters.items():
            return _earned(earnings, dimension, [value], period, sells=sells).get(value)
        return earnings.whole(period)

    days = read_earned_days(read, reports, query.period, whole)
    tables: dict[Dimension, EarnedTable] = {}
    if days.earned is not None and not query.filters:
        for dimension, rows in figures.tables.items():
            if dimension in _BY:
                shown = [row.value for row in rows]
                every = earnings.earned(_BY[dimension], query.period)
                values = {**_nothing(earnings, dimension, shown, sells=sells)}
                values |= {value: every[value] for value in shown if value in every}
                matched = sum(every.values(), Earned())
                others = matched - sum(values.values(), Earned())
                tables[dimension] = EarnedTable(values, others, days.earned - matched)
    last = None if days.until else reported_until(connection(), query.period.since)
    return EarnedFigures(known[0], days, tables, last)


def _earned(
    earnings: Earnings, dimension: Dimension, values: list[str], period: Period, *, sells: bool
) -> Mapping[str, Earned]:
    """Return what values earned."""
    nothing = _nothing(earnings, dimension, values, sells=sells)
    return {**nothing, **earnings.earned(_BY[dimension], period, values)}


def _nothing(
    earnings: Earnings, dimension: Dimension, values: list[str], *, sells: bool
) -> Mapping[str, Earned]:
    """Return which of the values earned nothing if no report names them.

    These are the items whose products a report would name; of anything else nobody knows.
    """
    if dimension is not Dimension.ITEM or not sells:
        return {}
    sold = {*items_by_product(earnings.catalog).values()}
    return {value: Earned() for value in values if value in sold}
