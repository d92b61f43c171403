"""The figures of a period at a glance: its curve beside another one, its hours, some tables."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from linkmgr.clicks.counts import Counts, Dimension
from linkmgr.figures import rows
from linkmgr.figures.cache import Reading
from linkmgr.figures.table import (
    Line,
    Query,
    clicks_before,
    curves,
    end_of_day,
    first_day,
    table,
)
from linkmgr.figures.totals import Curve
from linkmgr.store.db.models import start_of_day

TOP = 10
"""The number of rows shown of a table."""

Wanted = Mapping[Dimension, Container[str] | None]
"""The dimensions that have tables, each with the values that it is limited to, if any."""


@dataclass(frozen=True, slots=True)
class DayHours:
    """The counts of a day's hours so far, and of the same hours of the one it is compared with."""

    begin: datetime
    """The midnight before, in the site's time zone."""
    now: tuple[Counts, ...]
    before: tuple[Counts, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """What a page shows of a period."""

    now: Curve
    before: Curve | None
    """The curve of what is compared with. `None` where nothing is, where nothing was counted then,
    or where today would be compared with a whole day, of which the rows are no longer stored."""
    is_cut: bool
    """Whether the last day of `before` is counted only as far as today has come."""
    tables: Mapping[Dimension, Sequence[Line]]
    """The lines with the most clicks, by dimension."""
    compared: Mapping[Dimension, Mapping[str, int]] | None
    """The clicks of the lines' values in what is compared with; `None` where some are gone."""
    covered: int
    """How many of the period's clicks the tables are of, bots' included."""
    hours: DayHours | None
    """The hours of a single day."""
    began: date | None
    """The day of the first click or view of all."""

    @property
    def is_complete(self) -> bool:
        """Whether the tables are of all of the period's clicks."""
        return self.covered >= self.now.sum.clicks + self.now.sum.bots

    @property
    def is_comparable(self) -> bool:
        """Whether clicks were counted on all days that the period is compared with."""
        return bool(self.before and self.began and self.began <= self.before.period.since)


def overview(reading: Reading, query: Query, wanted: Wanted) -> Overview:
    """Return what a page shows; the number of queries depends on the filters and tables alone."""
    now, whole = curves(reading, query)
    began = first_day(reading)
    cut, before = None, None
    if query.compared and began and began <= query.compared.until:
        cut = _cut_to_now(reading, query, whole)
        before = cut if query.is_today else cut or whole
    tables: dict[Dimension, Sequence[Line]] = {}
    covered = now.sum.clicks + now.sum.bots
    for dimension, only in wanted.items():
        of_dimension = table(reading, replace(query, by=dimension, only=only, limit=TOP))
        tables[dimension], covered = of_dimension.lines, of_dimension.covered
    hours = _hours(reading, query, now, before)
    shown = Overview(now, before, cut is not None, tables, None, covered, hours, began)
    if not (shown.is_complete and shown.is_comparable):
        return shown
    values = {dimension: [line.value for line in lines] for dimension, lines in tables.items()}
    compared = clicks_before(reading, query, values, is_cut=shown.is_cut)
    return replace(shown, compared=compared)


def _cut_to_now(reading: Reading, query: Query, before: Curve) -> Curve | None:
    """Return a curve whose last day is counted only as far as today has come.

    `None` where the period does not end today, or has other days than the one before (the last days
    are then not beside each other), or where the rows of clicks are no longer stored.
    """
    so_far, compared = query.today_so_far, query.compared
    if so_far is None or compared is None or len(query.period) != len(compared):
        return None
    if not _has_clicks(before.days[-1]):
        return before
    since = start_of_day(compared.until, query.timezone)
    if not rows.has_clicks(reading.connection, since, end_of_day(compared.until, query)):
        return None
    counts = rows.span_counts(reading.connection, since, since + so_far, query.filters)
    return replace(before, days=(*before.days[:-1], counts))


def _hours(reading: Reading, query: Query, now: Curve, before: Curve | None) -> DayHours | None:
    """Return the hours of a period of one day, `None` where its rows are no longer stored."""
    if len(query.period) > 1:
        return None
    since, until = _span(query, query.period.since)
    if _has_clicks(now.sum) and not rows.has_clicks(reading.connection, since, until):
        return None
    begin = datetime.fromtimestamp(since / 1000, UTC).astimezone(ZoneInfo(query.timezone))
    of_day = rows.hours(reading.connection, since, until, query.filters)
    if before is None or len(before.period) > 1:
        return DayHours(begin, of_day, ())
    since, until = _span(query, before.period.since)
    return DayHours(begin, of_day, rows.hours(reading.connection, since, until, query.filters))


def _span(query: Query, day: date) -> tuple[int, int]:
    """Return when a day begins and ends, or as much of it as today has had."""
    since = start_of_day(day, query.timezone)
    so_far = query.today_so_far
    return since, end_of_day(day, query) if so_far is None else since + so_far


def _has_clicks(counts: Counts) -> bool:
    """Whether there are rows of them, or were; views are stored as sums alone."""
    return bool(counts.clicks or counts.bots)
