"""The figures of a list's rows, in the days that its address picks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Protocol, Self

from flask import request, url_for
from flask_babel import gettext

from linkmgr.admin.common.context import get_admin, reading, today
from linkmgr.admin.common.lists import FootRow
from linkmgr.admin.common.template_helpers import day, percent, span, with_query
from linkmgr.admin.dashboard.query import CALENDAR_PRESETS, PRESETS, Picked, name_of, pick
from linkmgr.clicks.counts import Counts, Dimension
from linkmgr.earnings.admin_figures import FEWEST_DAYS_PAID, ListEarnings, read_list_earnings
from linkmgr.earnings.figures import By, Money
from linkmgr.figures.rates import seen_rate
from linkmgr.figures.table import Query, without_late
from linkmgr.reports import Column, Fact, Kind, Room

ENOUGH_VIEWS = 500
"""With so many views a rate is shown however few clicks there were: it is hardly 5 points off."""

_EARNED_BY = {Dimension.ITEM: By.ITEM, Dimension.POST: By.POST}


class Figures(NamedTuple):
    """What was counted of a row, and what it earned."""

    counts: Counts = Counts()

    before: int | None = None
    """Clicks of the days before, as far as today has come; `None` where not all were counted."""

    earned: Money | None = None
    """What programmes have confirmed; `None` where no report would name it."""

    per_100_clicks: Money | None = None
    """Over the same days, as far as reports cover them; `None` for too few days or no click."""


class SumFigures(NamedTuple):
    """The figures of a sum, as columns read them."""

    figures: Figures


class HasFigures(Protocol):
    """A row of a list with figures."""

    @property
    def figures(self) -> Figures: ...


RATE: Column[HasFigures] = Column(
    "rate",
    "Click rate",
    lambda row: seen_rate(row.figures.counts),
    kind=Kind.RATE,
    needs=Fact.VIEWS,
    tells=lambda row: row.figures.counts.views >= ENOUGH_VIEWS,
    of_whole=True,
)

COUNTS: tuple[Column[HasFigures], ...] = (
    Column(
        "views",
        "Views",
        lambda row: row.figures.counts.views,
        needs=Fact.VIEWS,
        room=Room.SPARE,
        of_whole=True,
    ),
    Column("clicks", "Clicks", lambda row: row.figures.counts.clicks, of_whole=True),
    RATE,
)
"""What was seen and clicked."""

PER_100_CLICKS: Column[HasFigures] = Column(
    "per_100_clicks",
    "Per 100 clicks",
    lambda row: row.figures.per_100_clicks,
    kind=Kind.MONEY,
    needs=Fact.EARNINGS,
    room=Room.SPARE,
    on_phone=False,
)

FIGURES: tuple[Column[HasFigures], ...] = (
    *COUNTS,
    PER_100_CLICKS,
    Column(
        "earned",
        "Earned",
        lambda row: row.figures.earned,
        kind=Kind.MONEY,
        needs=Fact.EARNINGS,
        of_whole=True,
    ),
    Column(
        "change",
        "Change in clicks",
        lambda row: (
            None if row.figures.before is None else (row.figures.counts.clicks, row.figures.before)
        ),
        kind=Kind.CHANGE,
        of_whole=True,
    ),
)
"""That, and what was earned."""


@dataclass(frozen=True, slots=True)
class ListFigures:
    """The figures of all values of a dimension in the days that an address picks."""

    picked: Picked

    counts: Mapping[str, Counts]
    """By value; none for one that was neither seen nor clicked."""

    before: Mapping[str, int] | None
    """Clicks of the days before by value, `None` where not all of these days were counted."""

    earnings: ListEarnings | None
    """`None` where no report has any of the days."""

    @classmethod
    def read(cls, dimension: Dimension) -> Self:
        """Read the figures of the days that the request's address picks."""
        picked = pick(request.args, today())
        counts = reading().sums(dimension, picked.period)
        earnings = read_list_earnings(_EARNED_BY[dimension], picked.period)
        return cls(picked, counts, _clicks_before(dimension, picked), earnings)

    @property
    def facts(self) -> frozenset[Fact]:
        """What is known in these days."""
        facts: set[Fact] = set()
        if any(counts.views for counts in self.counts.values()):
            facts.add(Fact.VIEWS)
        if self.earnings is not None:
            facts.add(Fact.EARNINGS)
        return frozenset(facts)

    def of_value(self, value: str) -> Figures:
        """Return the figures of a value."""
        counts = self.counts.get(value, Counts())
        before = None if self.before is None else self.before.get(value, 0)
        if self.earnings is None:
            return Figures(counts, before)
        earned = self.earnings.money_of(value)
        return Figures(counts, before, earned, self.earnings.per_100_clicks(value))

    def of_all(self) -> Figures:
        """Return the figures of all values, and all that was earned, whoever earned it."""
        counts = sum(self.counts.values(), Counts())
        before = None if self.before is None else sum(self.before.values())
        if self.earnings is None:
            return Figures(counts, before)
        return Figures(counts, before, self.earnings.whole)

    @property
    def days_name(self) -> str:
        """The days, for the name of a file."""
        return f"{self.picked.period.since}-{self.picked.period.until}"

    def foot_rows(self, rows: Sequence[HasFigures], count: str, left: str, by: By) -> list[FootRow]:
        """Return the rest that none of all rows has, under the name `left`, and the whole sum.

        The rest leads to the page of earnings.
        """
        whole = self.of_all()
        rest = self._rest_of(whole, rows)
        foot = [FootRow(gettext("Total"), SumFigures(whole), count, is_sum=True)]
        if any(rest.counts) or (rest.earned and rest.earned.micros):
            address = url_for("earnings.index", by=by, period=self._month_or_year)
            note = _share_of_earned(rest, whole)
            foot.insert(0, FootRow(left, SumFigures(rest), note, address))
        return foot

    @property
    def _month_or_year(self) -> str:
        """The month that has all the days, or the year of the last, as addresses have it."""
        since, until = self.picked.period.since, self.picked.period.until
        is_month = (since.year, since.month) == (until.year, until.month)
        return f"{until:%Y-%m}" if is_month else f"{until:%Y}"

    def sum_row(self, rows: Iterable[HasFigures], count: str) -> FootRow:
        """Return the sum of some rows."""
        whole = SumFigures(self.of_rows(rows))
        return FootRow(gettext("Total"), whole, count, is_sum=True)

    def of_rows(self, rows: Iterable[HasFigures]) -> Figures:
        """Return the sum of rows."""
        counts, before, micros = Counts(), 0, 0.0
        for row in rows:
            counts += row.figures.counts
            before += row.figures.before or 0
            if row.figures.earned:
                micros += row.figures.earned.micros
        earned = Money(micros, self.earnings.currency) if self.earnings else None
        return Figures(counts, None if self.before is None else before, earned)

    def _rest_of(self, whole: Figures, rows: Iterable[HasFigures]) -> Figures:
        """Return the whole without the sum of the rows."""
        of_rows = self.of_rows(rows)
        pairs = zip(whole.counts, of_rows.counts, strict=True)
        counts = Counts._make(of_all - of_some for of_all, of_some in pairs)
        if whole.earned is None or of_rows.earned is None:
            return Figures(counts)
        left = whole.earned.micros - of_rows.earned.micros
        return Figures(counts, None, Money(left, whole.earned.currency))


def _clicks_before(dimension: Dimension, picked: Picked) -> Mapping[str, int] | None:
    """Return the clicks of the days before, by value; `None` where not all days were counted.

    If today is picked, the last of the days before ends at the present time of day, too.
    """
    days, began = picked.previous, reading().first_day()
    if began is None or began > days.since:
        return None
    counted = reading().sums(dimension, days)
    clicks = {value: counts.clicks for value, counts in counted.items() if counts.clicks}
    if picked.period.until != today():
        return clicks
    timezone, now = get_admin().catalog().catalog.site.timezone, datetime.now(UTC)
    query = Query(period=picked.period, timezone=timezone, compared=days, now=now)
    return without_late(reading(), query, {dimension: clicks})[dimension]


def period_choices(picked: Picked) -> list[tuple[str, str, bool]]:
    """Return the days that a list's menu offers: name, address, and whether they are picked."""
    presets = [(name_of(days), {"days": str(days)}) for days in PRESETS]
    for name, preset in CALENDAR_PRESETS.items():
        presets.append((str(preset.label), {"period": name}))
    removed = dict.fromkeys(("days", "period", "since", "until", "page"))
    choices = []
    for name, parameters in presets:
        address = with_query(**removed | parameters)
        choices.append((name, address, picked.parameters == parameters))
    return choices


def _share_of_earned(rest: Figures, whole: Figures) -> str:
    """Say which share of the earnings the rest has, where that is much."""
    if not (rest.earned and whole.earned and whole.earned.micros > 0):
        return ""
    share = rest.earned.micros / whole.earned.micros
    if share < _MUCH:
        return ""
    return str(gettext("%(share)s of what was earned", share=percent(share)))


_MUCH = 0.1
"""The share of the earnings without which a list says little about what earns."""


def earned_note(figures: ListFigures) -> str:
    """Say what is earned, in which days, and until when there are reports; empty without any."""
    if figures.earnings is None:
        return ""
    until, days = day(figures.earnings.until), figures.earnings.days
    if days in (None, figures.picked.period):
        note = gettext(
            "Earned is what programmes have confirmed. Reports reach %(day)s.", day=until
        )
    else:
        note = gettext(
            "Earned is what programmes have confirmed of %(days)s. Reports reach %(day)s.",
            days=span(days),
            day=until,
        )
    return str(note)


def per_100_clicks_note(figures: ListFigures) -> str:
    """Say which days the earnings per 100 clicks cover, where they aren't those of the list."""
    if figures.earnings is None or figures.earnings.days == figures.picked.period:
        return ""
    if figures.earnings.days is None:
        note = gettext(
            "What 100 clicks earned is said from %(num)s days on of which clicks and earnings are "
            "known.",
            num=FEWEST_DAYS_PAID,
        )
    else:
        note = gettext("Per 100 clicks is of the same days.")
    return str(note)
