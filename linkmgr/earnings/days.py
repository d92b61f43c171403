"""What was earned in any days, as far as reports cover them, and beside the days before.

Reports come weeks after the clicks, each programme's at a time of its own. So a sum says until
which day there are reports, and is compared over the days that those of all programmes cover.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import groupby

from linkmgr.clicks.periods import Period
from linkmgr.earnings.database.queries import ReportDays
from linkmgr.earnings.database.totals import Earned

_DAY = timedelta(days=1)

EarnedIn = Callable[[Period], Earned | None]
"""Returns what was earned in a period, `None` where the reports don't say."""


@dataclass(frozen=True, slots=True)
class EarnedDays:
    """What was earned in a period, `None` where no report says so.

    Reports reach `until`, those of programmes that are `behind` a day before it. `before` and `now`
    are of as many days of both periods, `compared` those of this one: `None` where those that
    reports cover are less than half of it, or where reports of the days before are missing.
    """

    earned: Earned | None
    until: date | None
    behind: Mapping[str, date] = field(default_factory=dict)
    compared: Period | None = None
    now: Earned | None = None
    before: Earned | None = None

    @property
    def change(self) -> tuple[int, int] | None:
        """What was confirmed now and before, `None` where that doesn't say what has changed."""
        now, before = self.now, self.before
        if now is None or before is None or self.is_open:
            return None
        return (now.confirmed, before.confirmed) if before.confirmed > 0 <= now.confirmed else None

    @property
    def is_open(self) -> bool:
        """Whether it depends on what is pending if there was more than before, or less."""
        now, before = self.now, self.before
        if now is None or before is None:
            return False
        return now.confirmed < before.confirmed <= now.confirmed + now.pending


def read_earned_days(
    read: EarnedIn, reports: Sequence[ReportDays], period: Period, before: Period | None
) -> EarnedDays:
    """Return what was earned in a period; the reports are those of it and of what was `before`."""
    accounts = [
        (programme, list(own))
        for (programme, _), own in groupby(reports, lambda days: (days.programme, days.account))
    ]
    ends = [(programme, end) for programme, own in accounts if (end := _end(own, period))]
    if not ends:
        return EarnedDays(None, None)
    until = max(end for _, end in ends)
    behind: dict[str, date] = {}
    for programme, end in ends:
        if end < until:
            behind[programme] = min(end, behind.get(programme, end))
    earned_days = EarnedDays(read(period), until, behind)
    days = _compared([own for _, own in accounts], period, before) if before else None
    if days is None or earned_days.earned is None:
        return earned_days
    now, then = days
    earned = earned_days.earned if now == period else read(now)
    return replace(earned_days, compared=now, now=earned, before=read(then))


def _end(reports: Sequence[ReportDays], period: Period) -> date | None:
    """Return the last day of a period that reports of an account have, `None` for none."""
    ends = [min(report.until, period.until) for report in reports if report.until >= period.since]
    return max((end for end in ends if end >= period.since), default=None)


def _compared(
    accounts: Sequence[Sequence[ReportDays]], period: Period, before: Period
) -> tuple[Period, Period] | None:
    """Return the first days of two periods that the reports of all accounts cover."""
    covered = min(_covered(own, period) for own in accounts)
    if 2 * covered < len(period):
        return None
    if covered == len(period):
        then = before
    else:
        then = Period(before.since, min(before.since + (covered - 1) * _DAY, before.until))
    if any(_covered(own, then) < len(then) for own in accounts):
        return None
    return Period(period.since, period.since + (covered - 1) * _DAY), then


def _covered(reports: Sequence[ReportDays], period: Period) -> int:
    """Return how many days of a period are covered, from its first without a gap.

    A report without days covers those that it has as a whole, and no part of them.
    """
    following = period.since
    for report in sorted(reports, key=lambda days: days.since):
        if report.since <= following <= report.until and (
            report.dated or (period.since <= report.since and report.until <= period.until)
        ):
            following = min(report.until, period.until) + _DAY
    return (following - period.since).days
