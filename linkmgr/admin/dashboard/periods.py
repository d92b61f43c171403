"""The days a page is about: some up to today, or any others."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext, lazy_gettext
from werkzeug.datastructures import MultiDict
from wtforms import DateField, Form, ValidationError
from wtforms.validators import InputRequired

from linkmgr.store.figures.periods import Period, last_days

PRESETS = (1, 7, 30, 90)
"""So many days up to today can be picked."""

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

    def __init__(self, args: MultiDict[str, str] | None, today: date) -> None:
        super().__init__(args)
        self._today = today

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
    """The period, whether so many `days` up to today or (`None`) others, and the form of those."""

    period: Period
    days: int | None
    form: PeriodForm


def pick(args: MultiDict[str, str], today: date) -> Picked:
    """Return the period that a page's address names; the usual one if its form has errors."""
    if "since" in args or "until" in args:
        form = PeriodForm(args, today)
        if form.validate() and form.since.data and form.until.data:
            return Picked(Period(form.since.data, form.until.data), None, form)
        return Picked(last_days(_USUAL, today), None, form)
    days = args.get("days", _USUAL, type=int)
    days = days if days in PRESETS else _USUAL
    period = last_days(days, today)
    form = PeriodForm(None, today)
    form.since.data, form.until.data = period.since, period.until
    return Picked(period, days, form)
