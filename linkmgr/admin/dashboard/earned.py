"""What was earned in the dashboard's days, beside their clicks; nothing before the first report."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from linkmgr.admin.common.context import connection
from linkmgr.admin.dashboard.figures import Figures
from linkmgr.admin.dashboard.query import FigureQuery
from linkmgr.admin.earnings.query import earnings_in
from linkmgr.links.model import AMAZON
from linkmgr.placements.output import programme_title
from linkmgr.stats.earnings.days import EarnedDays, read_earned_days
from linkmgr.stats.earnings.load import By, Earnings, items_by_product
from linkmgr.store.earnings.figures import currencies, report_days, reported_until
from linkmgr.store.earnings.totals import Earned
from linkmgr.store.figures.figures import Dimension
from linkmgr.store.figures.periods import Period

_BY = {Dimension.ITEM: By.ITEM, Dimension.POST: By.POST, Dimension.TRACKING: By.TAG}
"""What reports name of what is clicked."""


@dataclass(frozen=True, slots=True)
class EarnedFigures:
    """What all, or what is filtered by, earned, and the values of tables.

    A value without an entry is one of which reports don't say what it earned. Where no report has
    any of the days, `last` is the last day of those before.
    """

    currency: str
    days: EarnedDays
    tables: Mapping[Dimension, Mapping[str, Earned]]
    last: date | None

    @property
    def behind(self) -> Mapping[str, date]:
        """The names of programmes whose reports end earlier than others', and when."""
        return {programme_title(name): day for name, day in self.days.behind.items()}


def read_earned(query: FigureQuery, figures: Figures) -> EarnedFigures | None:
    """Return what was earned in a period, `None` where that isn't known.

    That is before the first import, and with filters by anything that no report names. With any
    filter, tables have none: no report says what was sold by clicks of two kinds.
    """
    if len(query.filters) > 1 or not query.filters.keys() <= _BY.keys():
        return None
    known = currencies(connection())
    if not known:
        return None
    posts = [row.value for row in figures.tables.get(Dimension.POST, ())]
    if post := query.filters.get(Dimension.POST):
        posts.append(post)
    earnings = earnings_in(known[0], posts)
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
    tables = {
        dimension: _earned(
            earnings, dimension, [row.value for row in rows], query.period, sells=sells
        )
        for dimension, rows in figures.tables.items()
        if dimension in _BY and days.earned is not None and not query.filters
    }
    last = None if days.until else reported_until(connection(), query.period.since)
    return EarnedFigures(known[0], days, tables, last)


def _earned(
    earnings: Earnings, dimension: Dimension, values: list[str], period: Period, *, sells: bool
) -> Mapping[str, Earned]:
    """Return what values earned.

    An item whose product a report would name earned nothing where none does; of anything else that
    isn't named nobody knows.
    """
    nothing: dict[str, Earned] = {}
    if dimension is Dimension.ITEM and sells:
        sold = {*items_by_product(earnings.catalog).values()}
        nothing = {value: Earned() for value in values if value in sold}
    return {**nothing, **earnings.earned(_BY[dimension], period, values)}
