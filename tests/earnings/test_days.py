"""A sum of any days says until which day there are reports, and compares days that all cover."""

import pytest

from linkmgr.clicks.periods import Period
from linkmgr.earnings.database.queries import ReportDays
from linkmgr.earnings.database.totals import Earned
from linkmgr.earnings.days import read_earned_days
from linkmgr.earnings.money import Money
from tests.support.earnings import day

NOW, BEFORE = Period(day(1), day(30)), Period(day(-34), day(-5))


def report(first, last, programme="amazon", account="", *, dated=True):
    return ReportDays(programme, account, day(first), day(last), dated)


def read(*reports, earned=lambda days: Earned(confirmed=len(days)), before=BEFORE):
    return read_earned_days(earned, sorted(reports), NOW, before)


def test_days_that_reports_cover_are_compared_with_those_before():
    found = read(report(-60, 30))
    assert (found.until, found.compared, found.change) == (day(30), NOW, (30, 30))
    assert read(report(-60, 30), before=None).change is None


def test_days_after_the_last_report_are_compared_with_nothing():
    found = read(report(-60, -1), report(0, 20))
    assert (found.until, found.compared) == (day(20), Period(day(1), day(20)))
    assert found.change == (20, 20)
    assert found.earned == Earned(confirmed=30)


def test_of_days_without_a_report_earnings_are_unknown():
    found = read(report(-60, -1))
    assert (found.earned, found.until, found.change) == (None, None, None)


@pytest.mark.parametrize(
    "reports",
    [
        pytest.param([report(-20, 30)], id="reports begin within the days before"),
        pytest.param([report(-60, 5)], id="less than half of the days is there"),
        pytest.param([report(-60, 9), report(12, 30)], id="days are missing"),
        pytest.param([report(-60, 30), report(-60, -1, "afb")], id="a programme's are missing"),
        pytest.param([report(-60, 30, dated=False)], id="rows have no days"),
    ],
)
def test_what_reports_do_not_cover_is_not_compared(reports):
    found = read(*reports)
    assert found.earned
    assert found.change is None


def test_a_report_without_days_counts_where_it_lies_within():
    whole = [report(-34, -5, dated=False), report(1, 30, dated=False)]
    assert read(*whole).change == (30, 30)


def test_programmes_that_end_earlier_are_named_and_compared():
    found = read(report(-60, 28), report(-60, 18, "afb"), report(-60, 25, "afb", "second"))
    assert (found.until, found.behind) == (day(28), {"afb": day(18)})
    assert found.compared == Period(day(1), day(18))


@pytest.mark.parametrize(
    ("pending", "change"), [(0, (50, 80)), (29, (50, 80)), (30, None), (99, None)]
)
def test_a_change_that_depends_on_what_is_pending_is_none(pending, change):
    earned = {NOW: Earned(confirmed=50, pending=pending), BEFORE: Earned(confirmed=80)}
    found = read(report(-60, 30), earned=earned.get)
    assert found.change == change
    assert found.is_open == (change is None)


def test_of_returns_alone_there_is_no_share():
    assert read(report(-60, 30), earned=lambda _: Earned(confirmed=-3)).change is None


@pytest.mark.parametrize("locale", ["en", "ja"])
def test_a_sum_of_yen_has_the_half_width_sign(locale):
    assert Money(1_200_000_000, "JPY").text(locale) == "¥1,200"
