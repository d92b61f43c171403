"""The period that a dashboard's address picks, and the one that it is compared with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Self

from flask_babel import gettext, lazy_gettext, ngettext
from werkzeug.datastructures import MultiDict
from wtforms import DateField, Form, ValidationError
from wtforms.validators import InputRequired

from linkmgr.admin.common.template_helpers import number
from linkmgr.clicks.periods import Period, last_days, month_of, year_of

# The steps in which a period is drawn.

# A quarter. More days than that run together on a chart, and make its table too long to read.
_MOST_DAYS = 92


class Interval(StrEnum):
    """The length of a chart's steps."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def interval_of(period: Period) -> Interval:
    """Return the steps in which a period is drawn: months, too, begin with the period."""
    if len(period) <= _MOST_DAYS:
        return Interval.DAY
    return Interval.MONTH if period.since.day == 1 else Interval.WEEK


# The period of a page.

_MONTHS_A_YEAR = 12
_WEEKS_A_YEAR = 52

PRESETS = (1, 7, 30, 90)
"""The numbers of days up to today that can be picked."""


@dataclass(frozen=True, slots=True)
class CalendarPreset:
    """A month or a year, as of a day."""

    label: Any
    days: Callable[[date], Period]
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
    """The period of a page and the one before it, what its address has for it, and a form.

    `name` is what it is called, empty where it has days of its own.
    """

    period: Period
    previous: Period
    parameters: Mapping[str, str]
    form: PeriodForm
    name: str = ""


def pick(args: MultiDict[str, str], today: date) -> Picked:
    """Return the period that a page's address names; the usual one if its form has errors."""
    if "since" in args or "until" in args:
        form = PeriodForm(args, today)
        if period := form.period():
            return Picked(period, _previous(period), form.parameters(period), form)
        return _last_days(_USUAL, today, form)
    name = args.get("period", "")
    if preset := CALENDAR_PRESETS.get(name):
        period = preset.days(today)
        previous = _year_before(period) if preset.is_year else period.before
        form = PeriodForm.of(period, today)
        return Picked(period, previous, {"period": name}, form, str(preset.label))
    days = args.get("days", _USUAL, type=int)
    return _last_days(days if days in PRESETS else _USUAL, today)


def _last_days(days: int, today: date, form: PeriodForm | None = None) -> Picked:
    period = last_days(days, today)
    form = form or PeriodForm.of(period, today)
    return Picked(period, period.before, {"days": str(days)}, form, name_of(days))


def name_of(days: int) -> str:
    """Return what so many days up to today are called."""
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
class Compared:
    """The days that figures are compared with, if any, as `Picked` has those of the page."""

    against: Against
    period: Period | None
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
    periods = {Against.YEAR: _year_before(picked.period), Against.NOTHING: None}
    named = args.get("against")
    against = next((each for each in periods if each == named), Against.PREVIOUS)
    period = periods.get(against, previous)
    return Compared(against, period, {"against": against.value}, form)
