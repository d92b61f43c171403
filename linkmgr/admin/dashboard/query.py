"""What an address of the dashboard says: the period, what it is compared with, filters, tabs."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple, Self

from flask import url_for
from flask_babel import gettext, lazy_gettext, ngettext
from werkzeug.datastructures import MultiDict
from wtforms import DateField, Form, ValidationError
from wtforms.validators import InputRequired

from linkmgr.admin.common.template_helpers import number
from linkmgr.admin.dashboard.charts import Interval, interval_of
from linkmgr.catalog.items import ITEM_TYPES, ItemKind
from linkmgr.clicks.counts import Dimension
from linkmgr.clicks.periods import Period, last_days, month_of, year_of
from linkmgr.figures.queries import Filters
from linkmgr.figures.report import Counted, figure_columns
from linkmgr.reports import Column, Kind, Output

# The period of a page.

_MONTHS_A_YEAR = 12
_WEEKS_A_YEAR = 52

PRESETS = (1, 7, 30, 90)
"""The numbers of days up to today that can be picked."""


@dataclass(frozen=True, slots=True)
class CalendarPreset:
    """A month or a year that can be picked."""

    label: Any

    days: Callable[[date], Period]
    """Returns its days, given today."""

    is_year: bool = False


def _day_before(period: Period) -> date:
    return period.since - timedelta(days=1)


CALENDAR_PRESETS: Mapping[str, CalendarPreset] = {
    "this-month": CalendarPreset(
        lazy_gettext("This month"), lambda today: Period(month_of(today).since, today)
    ),
    "last-month": CalendarPreset(
        lazy_gettext("Last month"), lambda today: month_of(_day_before(month_of(today)))
    ),
    "this-year": CalendarPreset(
        lazy_gettext("This year"),
        lambda today: Period(year_of(today).since, today),
        is_year=True,
    ),
    "last-year": CalendarPreset(
        lazy_gettext("Last year"),
        lambda today: year_of(_day_before(year_of(today))),
        is_year=True,
    ),
}
"""By their names in addresses."""

_USUAL_DAYS = 30

# The table behind the curve has a row for each, and a page weighs 150 kB at most.
_MOST_DAYS = 366

# No click is older.
_FIRST_YEAR = 2000

_NOT_A_DAY = lazy_gettext("Enter a date like 2026-01-31.")


class _DayField(DateField):
    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_NOT_A_DAY) from None


class PeriodForm(Form):
    """A first and a last day."""

    since = _DayField(lazy_gettext("From"), [InputRequired(_NOT_A_DAY)])
    until = _DayField(lazy_gettext("To"), [InputRequired(_NOT_A_DAY)])

    def __init__(self, args: MultiDict[str, str] | None, today: date, prefix: str = "") -> None:
        super().__init__(args, prefix=prefix)
        self._today = today

    @classmethod
    def of_period(cls, period: Period, today: date, prefix: str = "") -> Self:
        """Return a form that has the days of a period."""
        form = cls(None, today, prefix)
        form.since.data, form.until.data = period.since, period.until
        return form

    def period(self) -> Period | None:
        """Return the days that were entered, `None` if there are errors."""
        if self.validate() and self.since.data and self.until.data:
            return Period(self.since.data, self.until.data)
        return None

    def parameters(self, period: Period) -> dict[str, str]:
        """Return what an address has for a period."""
        return {self.since.name: f"{period.since}", self.until.name: f"{period.until}"}

    def validate_since(self, field: DateField) -> None:
        """Refuse days before which the calendar has none to compare with."""
        if field.data and field.data.year < _FIRST_YEAR:
            raise ValidationError(gettext("Choose a date in %(year)s or later.", year=_FIRST_YEAR))

    def validate_until(self, field: DateField) -> None:
        """Refuse what is not a period, or is too long."""
        since, until = self.since.data, field.data
        if until is None or since is None:
            return
        if until > self._today:
            raise ValidationError(gettext("Choose today or an earlier date."))
        if until < since:
            raise ValidationError(gettext("Choose a date on or after the start date."))
        if len(Period(since, until)) > _MOST_DAYS:
            raise ValidationError(
                gettext("Choose a date within %(days)s days of the start date.", days=_MOST_DAYS)
            )


@dataclass(frozen=True, slots=True)
class Picked:
    """The period of a page."""

    period: Period
    previous: Period
    """The one before it, with which it is compared."""

    parameters: Mapping[str, str]
    """What the page's address has for it."""

    form: PeriodForm
    name: str = ""
    """What it is called, empty where its days were typed."""


def pick(args: MultiDict[str, str], today: date) -> Picked:
    """Return the period that a page's address names; the usual one if its form has errors."""
    if "since" in args or "until" in args:
        form = PeriodForm(args, today)
        typed = form.period()
        if typed is None:
            return _last_days(_USUAL_DAYS, today, form)
        return Picked(typed, _previous(typed), form.parameters(typed), form)
    name = args.get("period", "")
    preset = CALENDAR_PRESETS.get(name)
    if preset:
        period = preset.days(today)
        previous = _year_before(period) if preset.is_year else period.before
        form = PeriodForm.of_period(period, today)
        return Picked(period, previous, {"period": name}, form, str(preset.label))
    days = args.get("days", _USUAL_DAYS, type=int)
    if days not in PRESETS:
        days = _USUAL_DAYS
    return _last_days(days, today)


def _last_days(days: int, today: date, form: PeriodForm | None = None) -> Picked:
    period = last_days(days, today)
    form = form or PeriodForm.of_period(period, today)
    return Picked(period, period.before, {"days": str(days)}, form, name_of(days))


def name_of(days: int) -> str:
    """Return the name of a preset, such as "Last 30 days"."""
    if days == 1:
        return str(gettext("Today"))
    return str(ngettext("Last %(count)s day", "Last %(count)s days", days, count=number(days)))


def _previous(period: Period) -> Period:
    """Return the days before a period: with its weekdays, or whole months where it is drawn so."""
    if interval_of(period) is not Interval.MONTH:
        return period.before
    since, until = period.since, period.until
    months = (until.year - since.year) * _MONTHS_A_YEAR + until.month - since.month + 1
    return period.months_before(months)


def _year_before(period: Period) -> Period:
    """Return the same days a year before: on the same weekdays, or dates where it has months."""
    if interval_of(period) is Interval.MONTH:
        return period.months_before(_MONTHS_A_YEAR)
    return period.weeks_before(_WEEKS_A_YEAR)


# The days that those of a page are compared with.

PREFIX = "against-"
"""Begins the names of days to compare with in addresses."""


class Against(StrEnum):
    """What a period is compared with."""

    PREVIOUS = "previous"
    YEAR = "year"
    NOTHING = "nothing"
    DAYS = "days"  # any others


@dataclass(frozen=True, slots=True)
class ComparedDays:
    """The days that figures are compared with, as `Picked` has those of the page."""

    against: Against
    period: Period | None
    """`None` for `Against.NOTHING`."""

    parameters: Mapping[str, str]
    form: PeriodForm


def compare(args: MultiDict[str, str], picked: Picked, today: date) -> ComparedDays:
    """Return what an address compares its period with, the days before it if it names nothing."""
    previous = picked.previous
    form = PeriodForm.of_period(previous, today, prefix=PREFIX)
    if {f"{PREFIX}since", f"{PREFIX}until"} & args.keys():
        form = PeriodForm(args, today, prefix=PREFIX)
        typed = form.period()
        if typed:
            return ComparedDays(Against.DAYS, typed, form.parameters(typed), form)
    period: Period | None
    match args.get("against"):
        case Against.YEAR:
            against, period = Against.YEAR, _year_before(picked.period)
        case Against.NOTHING:
            against, period = Against.NOTHING, None
        case _:
            against, period = Against.PREVIOUS, previous
    return ComparedDays(against, period, {"against": against.value}, form)


# The values to filter by.

NOTHING: Final = "-"
"""Represents an empty value in addresses, where an empty parameter means no filter."""

FILTERABLE = (
    Dimension.ITEM,
    Dimension.POST,
    Dimension.PLACE,
    Dimension.REFERRER,
    Dimension.DEVICE,
    Dimension.CAMPAIGN,
    Dimension.TRACKING,
)
"""What figures can be filtered by."""


def _read_filters(args: MultiDict[str, str]) -> Filters:
    """Return the filters that an address names."""
    filters = {}
    for dimension in FILTERABLE:
        value = args.get(dimension, "")
        if value and value.isprintable():
            filters[dimension] = "" if value == NOTHING else value
    return filters


# Which of the figures are shown: the one that is drawn, and a tab of each ranked card.


class Tab(NamedTuple):
    """A table of a card: the values of a dimension."""

    dimension: Dimension
    kind: ItemKind | None = None
    """The only kind of items that it has, `None` for all."""


CARDS: Mapping[str, Mapping[str, Tab]] = {
    "items": {
        "all": Tab(Dimension.ITEM),
        **{kind.section: Tab(Dimension.ITEM, kind) for kind in ITEM_TYPES},
    },
    "posts": {"post": Tab(Dimension.POST)},
    "sources": {
        "referrer": Tab(Dimension.REFERRER),
        "campaign": Tab(Dimension.CAMPAIGN),
    },
    "places": {
        "place": Tab(Dimension.PLACE),
        "device": Tab(Dimension.DEVICE),
        "tracking": Tab(Dimension.TRACKING),
    },
}
"""The tabs of each card, by their names in addresses; the first is shown if an address has none."""

DRAWN = "drawn"
"""The name in addresses of the figure that is drawn."""


def _drawable() -> list[Column[Counted]]:
    """Return the columns that can be charted: counts, not rates."""
    columns = figure_columns(Output.PAGE, with_views=True)
    return [column for column in columns if column.kind is Kind.COUNT]


def _read_view(args: MultiDict[str, str]) -> dict[str, str]:
    """Return which tabs and which figure an address names, without those that are shown anyway."""
    options = {DRAWN: [column.name for column in _drawable()]}
    for card, tabs in CARDS.items():
        options[card] = list(tabs)
    view = {}
    for name, values in options.items():
        value = args.get(name, "")
        if value in values[1:]:
            view[name] = value
    return view


# The query of a page: all that its address says, and the links to other queries.


class PickedLink(NamedTuple):
    """A link that picks something, and whether that is picked."""

    name: str
    address: str
    is_picked: bool


@dataclass(frozen=True, slots=True)
class DashboardQuery:
    """All that an address of the dashboard says."""

    picked: Picked
    compared: ComparedDays
    filters: Filters
    view: Mapping[str, str]
    """The tabs of cards, and the figure that is drawn, where they are not the first."""

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of the address."""
        return {**self.picked.parameters, **self.without_period}

    @property
    def has_errors(self) -> bool:
        """Whether days that were entered are refused."""
        return bool(self.picked.form.errors or self.compared.form.errors)

    @property
    def column(self) -> Column[Counted]:
        """The figure that is drawn."""
        columns = {column.name: column for column in _drawable()}
        first = next(iter(columns))
        return columns[self.view.get(DRAWN, first)]

    def tab(self, card: str) -> str:
        """Return the name of a card's tab that is shown."""
        return self.view.get(card, next(iter(CARDS[card])))

    def link(self, changes: Mapping[str, str | None], by: str = "") -> str:
        """Return the address with changes (`None` removes one); with `by`, that of a CSV."""
        parameters = {
            name: value for name, value in {**self.parameters, **changes}.items() if value
        }
        return _address(parameters, by)

    @property
    def without_period(self) -> dict[str, str]:
        """The parameters without those of the period."""
        return {**self.compared.parameters, **self._rest()}

    @property
    def without_comparison(self) -> dict[str, str]:
        """The parameters without those of what the period is compared with."""
        return {**self.picked.parameters, **self._rest()}

    @property
    def without_filters(self) -> dict[str, str]:
        """The parameters without the filters."""
        return {**self.picked.parameters, **self.compared.parameters, **self.view}

    def presets(self) -> Iterator[PickedLink]:
        """Yield the numbers of days up to today that a link picks."""
        for days in PRESETS:
            yield self._period_link(name_of(days), {"days": str(days)})

    def calendar(self) -> Iterator[PickedLink]:
        """Yield the months and years that a link picks."""
        for period, preset in CALENDAR_PRESETS.items():
            yield self._period_link(str(preset.label), {"period": period})

    def comparisons(self) -> Iterator[PickedLink]:
        """Yield what a link compares the period with."""
        names = {
            Against.PREVIOUS: gettext("Previous period, same weekdays"),
            Against.YEAR: gettext("A year before"),
            Against.NOTHING: gettext("Nothing"),
        }
        for against, name in names.items():
            address = _address({**self.without_comparison, "against": against.value})
            yield PickedLink(name, address, self.compared.against is against)

    def _period_link(self, name: str, parameters: Mapping[str, str]) -> PickedLink:
        rest = self.without_period
        if self.compared.against is Against.DAYS:
            rest = self._rest()  # the days were typed for the period that is left
        address = _address({**parameters, **rest})
        return PickedLink(name, address, self.picked.parameters == parameters)

    def _rest(self) -> dict[str, str]:
        filters = {dimension.value: value or NOTHING for dimension, value in self.filters.items()}
        return {**filters, **self.view}


def _address(parameters: Mapping[str, Any], by: str = "") -> str:
    if by:
        return url_for("dashboard.csv", by=by, **parameters)
    return url_for("dashboard.index", **parameters)


def read_query(args: MultiDict[str, str], today: date) -> DashboardQuery:
    """Return what an address says."""
    picked = pick(args, today)
    compared = compare(args, picked, today)
    return DashboardQuery(picked, compared, _read_filters(args), _read_view(args))
