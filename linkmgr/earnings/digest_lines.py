"""What the weekly digest says of earnings: a line for each currency."""

from collections.abc import Iterator

from babel.dates import format_date
from sqlalchemy import Connection

from linkmgr.clicks.periods import Period
from linkmgr.earnings.database.queries import (
    currencies,
    earned_by,
    report_days,
    reported_until,
)
from linkmgr.earnings.database.totals import Earned, EarnedBy
from linkmgr.earnings.days import EarnedDays, read_earned_days
from linkmgr.earnings.figures import sum_earned
from linkmgr.earnings.money import Money
from linkmgr.messages.message import current_language, message, translate


def earned_lines(connection: Connection, week: Period, *, has_clicks: bool) -> Iterator[str]:
    """Yield what the reports have of a week in each currency, beside the week before.

    They come weeks later: of a week that none has, a line says so where it `has_clicks`.
    """
    language = current_language()
    for currency in currencies(connection):
        days = _earned(connection, week, currency)
        if days.earned is None or days.until is None:
            last = reported_until(connection, week.since)
            if has_clicks and last:
                day = format_date(last, "medium", locale=language)
                yield translate(message("digest.not-reported", currency=currency, day=day))
            continue
        now = Money(days.earned.confirmed, currency).text(language)
        line = translate(message("digest.earned", now=now))
        if days.compared == week and days.before is not None:
            before = Money(days.before.confirmed, currency).text(language)
            line = translate(message("digest.earned-beside", now=now, before=before))
        if days.earned.pending:
            pending = Money(days.earned.pending, currency).text(language)
            line += translate(message("digest.pending", money=pending))
        if days.until < week.until:
            day = format_date(days.until, "medium", locale=language)
            line += translate(message("digest.reported-until", day=day))
        yield line


def _earned(connection: Connection, week: Period, currency: str) -> EarnedDays:
    def read(period: Period) -> Earned:
        return sum_earned(earned_by(connection, EarnedBy.ALL, period, currency))

    around = Period(week.before.since, week.until)
    return read_earned_days(read, report_days(connection, currency, around), week, week.before)
