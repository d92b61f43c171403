"""What a dashboard address says, and the addresses of its variants."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple, Self

from flask import url_for
from flask_babel import gettext, lazy_gettext, ngettext
from werkzeug.datastructures import MultiDict
from wtforms import DateField, Form, ValidationError
from wtforms.validators import InputRequired

from linkmgr.store.db.models import start_of_day
from linkmgr.store.figures.figures import Dimension
from linkmgr.store.figures.filtered import Filters
from linkmgr.store.figures.periods import Period, day_in, last_days, month_of, year_of

# What figures are asked for: days, and values to filter by.

NOTHING: Final = "-"
"""Represents an empty value in addresses, where an empty parameter means no filter."""

FILTERABLE = tuple(dimension for dimension in Dimension if dimension is not Dimension.ALL)
"""What figures can be filtered by."""


@dataclass(frozen=True, slots=True)
class FigureQuery:
    """The days of a time zone and the filters of figures, and the days they are `compared` with.

    `now` is the present moment, an aware one. `by_value` asks for the compared figures of each
    value, too.
    """

    period: Period
    timezone: str
    filters: Filters
    compared: Period
    now: datetime
    by_value: bool = False

    @property
    def today_so_far(self) -> int | None:
        """How many milliseconds of today have passed, if the period ends today; else `None`."""
        if self.period.until != day_in(self.timezone, self.now):
            return None
        return int(self.now.timestamp() * 1000) - start_of_day(self.period.until, self.timezone)

    @property
    def is_today(self) -> bool:
        """Whether the period is today alone."""
        return len(self.period) == 1 and self.today_so_far is not None


def _read_filters(args: MultiDict[str, str]) -> Filters:
    """Return the filters that an address names."""
    values = ((dimension, args.get(dimension, "")) for dimension in FILTERABLE)
    return {
        dimension: "" if value == NOTHING else value
        for dimension, value in values
        if value and value.isprintable()
    }


# The period of a page.

_MONTHS_A_YEAR = 12

PRESETS = (1, 7, 30, 90)
"""The numbers of days up to today that can be picked."""


@dataclass(frozen=True, slots=True)
class CalendarPreset:
    """A month or a year, which is compared with the one `months` months before."""

    label: Any
    days: Callable[[date], Period]
    months: int


def _day_before(period: Period) -> date:
    return period.since - timedelta(days=1)


_CALENDAR_PRESETS: Mapping[str, CalendarPreset] = {
    "this-month": CalendarPreset(
        lazy_gettext("This month"), lambda today: Period(month_of(today).since, today), 1
    ),
    "last-month": CalendarPreset(
        lazy_gettext("Last month"), lambda today: month_of(_day_before(month_of(today))), 1
    ),
    "this-year": CalendarPreset(
        lazy_gettext("This year"), lambda today: Period(year_of(today).since, today), _MONTHS_A_YEAR
    ),
    "last-year": CalendarPreset(
        lazy_gettext("Last year"),
        lambda today: year_of(_day_before(year_of(today))),
        _MONTHS_A_YEAR,
    ),
}
"""By their names in addresses."""

_USUAL = 30

# The table behind the curve has a row for each, and a page weighs 150 kB at most.
_MOST = 366

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
    def of(cls, period: Period, today: date, prefix: str = "") -> Self:
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
        if len(Period(since, until)) > _MOST:
            raise ValidationError(
                gettext("Choose a date within %(days)s days of the start date.", days=_MOST)
            )


@dataclass(frozen=True, slots=True)
class Picked:
    """The period of a page, what its address has for it, and a form for other days.

    `days` is its length if it is picked as days up to today, `previous` are the days before it.
    """

    period: Period
    previous: Period
    parameters: Mapping[str, str]
    form: PeriodForm
    days: int | None = None


def pick(args: MultiDict[str, str], today: date) -> Picked:
    """Return the period that a page's address names; the usual one if its form has errors."""
    if "since" in args or "until" in args:
        form = PeriodForm(args, today)
        if period := form.period():
            return Picked(period, period.before, form.parameters(period), form)
        return _last_days(_USUAL, today, form)
    name = args.get("period", "")
    if preset := _CALENDAR_PRESETS.get(name):
        period = preset.days(today)
        previous = period.months_before(preset.months)
        return Picked(period, previous, {"period": name}, PeriodForm.of(period, today))
    days = args.get("days", _USUAL, type=int)
    return _last_days(days if days in PRESETS else _USUAL, today)


def _last_days(days: int, today: date, form: PeriodForm | None = None) -> Picked:
    period = last_days(days, today)
    form = form or PeriodForm.of(period, today)
    return Picked(period, period.before, {"days": str(days)}, form, days)


# The days that those of a page are compared with.

PREFIX = "against-"
"""Begins the names of days to compare with in addresses."""


class Against(StrEnum):
    """What a period is compared with."""

    PREVIOUS = "previous"
    YEAR = "year"
    DAYS = "days"  # any others


@dataclass(frozen=True, slots=True)
class Compared:
    """The days that figures are compared with, as `Picked` has those of the page.

    The `parameters` are empty where the address names nothing to compare with.
    """

    against: Against
    period: Period
    parameters: Mapping[str, str]
    form: PeriodForm


def compare(args: MultiDict[str, str], picked: Picked, today: date) -> Compared:
    """Return what an address compares its period with, the days before it if it names nothing."""
    previous = picked.previous
    form = PeriodForm.of(previous, today, prefix=PREFIX)
    if {f"{PREFIX}since", f"{PREFIX}until"} & args.keys():
        form = PeriodForm(args, today, prefix=PREFIX)
        if period := form.period():
            return Compared(Against.DAYS, period, form.parameters(period), form)
        return Compared(Against.PREVIOUS, previous, {}, form)
    named = args.get("against")
    if named == Against.YEAR:
        year_before = picked.period.months_before(_MONTHS_A_YEAR)
        return Compared(Against.YEAR, year_before, {"against": named}, form)
    parameters = {"against": Against.PREVIOUS.value} if named == Against.PREVIOUS else {}
    return Compared(Against.PREVIOUS, previous, parameters, form)


# The query of a page: all that its address says, and the links to other queries.


class Choice(NamedTuple):
    """A link that picks something, and whether that is picked."""

    name: str
    address: str
    is_picked: bool


@dataclass(frozen=True, slots=True)
class DashboardQuery:
    """The period, what it is compared with, and the filters."""

    picked: Picked
    compared: Compared
    filters: Filters

    @property
    def parameters(self) -> dict[str, str]:
        """What the address has."""
        return {**self.picked.parameters, **self.compared.parameters, **self._filter_parameters()}

    @property
    def has_errors(self) -> bool:
        """Whether days that were entered are refused."""
        return bool(self.picked.form.errors or self.compared.form.errors)

    def link(self, changes: Mapping[str, str | None], by: str = "") -> str:
        """Return the address with changes (`None` removes one); with `by`, that of a CSV."""
        parameters = {
            name: value for name, value in {**self.parameters, **changes}.items() if value
        }
        return _address(parameters, by)

    @property
    def without_period(self) -> dict[str, str]:
        """What the address has but for the period, and days that are compared with that alone."""
        days = self.compared.against is Against.DAYS
        return {**({} if days else self.compared.parameters), **self._filter_parameters()}

    @property
    def without_comparison(self) -> dict[str, str]:
        """What the address has but for what the period is compared with."""
        return {**self.picked.parameters, **self._filter_parameters()}

    @property
    def without_filters(self) -> dict[str, str]:
        """What the address has but for the filters."""
        return {**self.picked.parameters, **self.compared.parameters}

    def periods(self) -> Iterator[Choice]:
        """Yield the periods that a link picks."""
        for days in PRESETS:
            name = gettext("Today") if days == 1 else ngettext("%(num)s day", "%(num)s days", days)
            yield self._period(name, {"days": str(days)})
        for period, preset in _CALENDAR_PRESETS.items():
            yield self._period(str(preset.label), {"period": period})

    def comparisons(self) -> Iterator[Choice]:
        """Yield what a link compares the period with."""
        names = {
            Against.PREVIOUS: gettext("Previous period"),
            Against.YEAR: gettext("Same days a year earlier"),
        }
        for against, name in names.items():
            parameters = {"against": against.value}
            address = _address(
                {**self.picked.parameters, **parameters, **self._filter_parameters()}
            )
            yield Choice(name, address, self.compared.parameters == parameters)

    def _period(self, name: str, parameters: Mapping[str, str]) -> Choice:
        address = _address({**parameters, **self.without_period})
        return Choice(name, address, self.picked.parameters == parameters)

    def _filter_parameters(self) -> dict[str, str]:
        return {dimension.value: value or NOTHING for dimension, value in self.filters.items()}


def _address(parameters: Mapping[str, Any], by: str = "") -> str:
    if by:
        return url_for("dashboard.csv", by=by, **parameters)
    return url_for("dashboard.index", **parameters)


def read_query(args: MultiDict[str, str], today: date) -> DashboardQuery:
    """Return what an address says."""
    picked = pick(args, today)
    return DashboardQuery(picked, compare(args, picked, today), _read_filters(args))
