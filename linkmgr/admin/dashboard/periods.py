"""The days a page is about."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self

from flask_babel import gettext, lazy_gettext
from werkzeug.datastructures import MultiDict
from wtforms import DateField, Form, ValidationError
from wtforms.validators import InputRequired

from linkmgr.store.figures.periods import Period, last_days, month_of, year_of

MONTHS_A_YEAR = 12

PRESETS = (1, 7, 30, 90)
"""So many days up to today can be picked."""


@dataclass(frozen=True, slots=True)
class CalendarPreset:
    """A month or a year, which is compared with the one so many `months` before."""

    label: Any
    days: Callable[[date], Period]
    months: int


def _day_before(period: Period) -> date:
    return period.since - timedelta(days=1)


CALENDAR_PRESETS: Mapping[str, CalendarPreset] = {
    "this-month": CalendarPreset(
        lazy_gettext("This month"), lambda today: Period(month_of(today).since, today), 1
    ),
    "last-month": CalendarPreset(
        lazy_gettext("Last month"), lambda today: month_of(_day_before(month_of(today))), 1
    ),
    "this-year": CalendarPreset(
        lazy_gettext("This year"), lambda today: Period(year_of(today).since, today), MONTHS_A_YEAR
    ),
    "last-year": CalendarPreset(
        lazy_gettext("Last year"), lambda today: year_of(_day_before(year_of(today))), MONTHS_A_YEAR
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

    def query(self, period: Period) -> dict[str, str]:
        """Return what an address has for a period."""
        return {self.since.name: f"{period.since}", self.until.name: f"{period.until}"}

    def validate_since(self, field: DateField) -> None:
        """Refuse days before which the calendar has none to compare with."""
        if field.data and field.data.year < _FIRST_YEAR:
            raise ValidationError(gettext("Choose a date in %(year)s or later.", year=_FIRST_YEAR))

    def validate_until(self, field: DateField) -> None:
        """Refuse what is no period, or too long a one."""
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

    `days` says that it is so many up to today, `previous` are the days before it.
    """

    period: Period
    previous: Period
    query: Mapping[str, str]
    form: PeriodForm
    days: int | None = None


def pick(args: MultiDict[str, str], today: date) -> Picked:
    """Return the period that a page's address names; the usual one if its form has errors."""
    if "since" in args or "until" in args:
        form = PeriodForm(args, today)
        if period := form.period():
            return Picked(period, period.before, form.query(period), form)
        return _last_days(_USUAL, today, form)
    name = args.get("period", "")
    if preset := CALENDAR_PRESETS.get(name):
        period = preset.days(today)
        previous = period.months_before(preset.months)
        return Picked(period, previous, {"period": name}, PeriodForm.of(period, today))
    days = args.get("days", _USUAL, type=int)
    return _last_days(days if days in PRESETS else _USUAL, today)


def _last_days(days: int, today: date, form: PeriodForm | None = None) -> Picked:
    period = last_days(days, today)
    form = form or PeriodForm.of(period, today)
    return Picked(period, period.before, {"days": str(days)}, form, days)
