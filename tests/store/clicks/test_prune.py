"""Single clicks go after a time, their totals stay."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from linkmgr.store.clicks import prune as pruning
from linkmgr.store.clicks.prune import ProvenClock, Pruned, count_before, first_kept, prune
from linkmgr.store.db.engine import TablesInUse
from linkmgr.store.db.models import ClickRow
from linkmgr.store.db.partitions import make_partitions, partitions
from tests.support.store import (
    DAY,
    START,
    load,
    make_click,
    make_report,
    make_seen,
    rows,
    spool_up,
    totals,
    view_rows,
    view_totals,
)


@pytest.fixture
def loaded(engine, tmp_path):
    """Have a click on each of ten days from the first of March on, at noon in UTC."""
    noon = START + DAY * 7 // 8
    spool_up(tmp_path, *(make_click(noon + day * DAY) for day in range(10)))
    load(engine, tmp_path)
    return engine


@pytest.mark.parametrize(
    ("keep_days", "kept"),
    [pytest.param(3, 4, id="some"), pytest.param(9, 10, id="all"), pytest.param(0, 1, id="none")],
)
def test_old_clicks_go_and_all_totals_stay(loaded, keep_days, kept):
    before = totals(loaded)
    assert prune(loaded, keep_days, date(2026, 3, 10)) == Pruned(clicks=10 - kept)
    assert len(rows(loaded)) == kept
    assert totals(loaded) == before


def test_rows_of_views_go_day_by_day_and_all_their_totals_stay(engine, tmp_path):
    noon = START + DAY // 2
    spool_up(
        tmp_path, *(make_report(noon + n % 5 * DAY, make_seen(rank=n % 3 + 1)) for n in range(15))
    )
    load(engine, tmp_path)
    before = view_totals(engine)
    assert prune(engine, 2, date(2026, 3, 5)) == Pruned(views=6)
    assert {row[0] for row in view_rows(engine)} == {"2026-03-03", "2026-03-04", "2026-03-05"}
    assert view_totals(engine) == before
    assert prune(engine, 2, date(2026, 3, 5)) == Pruned()


def test_many_clicks_go_in_steps(loaded, monkeypatch):
    monkeypatch.setattr(pruning, "_STEP", 2)
    assert prune(loaded, 2, date(2026, 3, 10)).clicks == 7
    assert prune(loaded, 2, date(2026, 3, 10)).clicks == 0


def test_a_fast_clock_deletes_nothing_from_postgresql(postgresql_engine, tmp_path):
    now = datetime.now(UTC)
    make_partitions(postgresql_engine, [now.date().replace(day=1)])
    spool_up(tmp_path, make_click(int(now.timestamp() * 1000)))
    load(postgresql_engine, tmp_path)
    assert prune(postgresql_engine, 400, now.date() + timedelta(days=3650)) == Pruned()
    assert len(rows(postgresql_engine)) == 1


def test_as_many_clicks_go_as_are_counted_before(loaded):
    first = first_kept(loaded, 3, date(2026, 3, 10))
    assert first == date(2026, 3, 7)
    assert count_before(loaded, first) == 6
    assert prune(loaded, 3, date(2026, 3, 10)) == Pruned(clicks=6)
    assert count_before(loaded, first) == 0


class Clock:
    """A machine's clock that somebody may set, and its monotonic one, in seconds."""

    def __init__(self):
        self.wall, self.ticks = datetime(2026, 3, 10, 12, tzinfo=UTC).timestamp(), 500.0

    def time(self):
        return self.wall

    def monotonic(self):
        return self.ticks

    def go_on(self, seconds):
        self.wall, self.ticks = self.wall + seconds, self.ticks + seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(pruning, "time", clock)
    return clock


def asked_during(proven, clock, seconds):
    """Ask every second, as a server does, and return what else was answered than nothing."""
    answers = []
    for _ in range(seconds):
        clock.go_on(1)
        answers.append(proven.today())
    return [each for each in answers if each]


def test_a_clock_is_believed_an_hour_after_the_start(clock):
    proven = ProvenClock()
    assert proven.today() is None
    assert asked_during(proven, clock, 3599) == []
    assert asked_during(proven, clock, 1) == [date(2026, 3, 10)]


@pytest.mark.parametrize("days", [400, -400])
def test_a_clock_set_for_five_seconds_is_not_believed(clock, caplog, days):
    proven = ProvenClock()
    proven.today()
    asked_during(proven, clock, 7200)
    clock.wall += days * 86_400
    assert asked_during(proven, clock, 5) == []
    clock.wall -= days * 86_400
    assert asked_during(proven, clock, 3600) == []
    assert asked_during(proven, clock, 1) == [date(2026, 3, 10)]
    assert caplog.text.count("the clock was set") == 1


def test_clock_that_is_set_right_at_start_is_believed_hour_later(clock):
    clock.wall = 0.0  # as of a machine without a battery, until it has asked for the time
    proven = ProvenClock()
    asked_during(proven, clock, 3500)
    clock.wall = datetime(2026, 3, 10, tzinfo=UTC).timestamp()
    assert asked_during(proven, clock, 3600) == []
    assert asked_during(proven, clock, 1) == [date(2026, 3, 10)]


def test_small_corrections_of_a_clock_are_none(clock):
    proven = ProvenClock()
    proven.today()
    for seconds in (-2, 30, -40, 3):
        asked_during(proven, clock, 900)
        clock.wall += seconds
    assert asked_during(proven, clock, 1) == [date(2026, 3, 10)]


@pytest.fixture
def by_month(postgresql_engine, tmp_path):
    """Have clicks of three months and of some that have no table."""
    months = [date(2026, month, 1) for month in (1, 2, 3)]
    make_partitions(postgresql_engine, months)
    noon = START + DAY // 2
    days = (-9000, -60, -59, -30, -29, -1, 0, 1, 300)
    spool_up(tmp_path, *(make_click(noon + day * DAY) for day in days))
    load(postgresql_engine, tmp_path)
    return postgresql_engine


def clicked_days(engine):
    return [(row.time - START) // DAY for row in rows(engine)]


def test_past_months_go_whole_and_current_clicks_singly(by_month):
    before = totals(by_month)
    # In some time zone the last clicks of February are of the first of March.
    assert prune(by_month, 3, date(2026, 3, 4)) == Pruned(months=1, clicks=3)
    assert clicked_days(by_month) == [0, 1, 300]
    assert prune(by_month, 3, date(2026, 3, 5)) == Pruned(months=1, clicks=1)
    assert clicked_days(by_month) == [1, 300]
    with by_month.connect() as connection:
        assert next(each.name for each in partitions(connection)) == "clicks_2026_03"
    assert totals(by_month) == before
    assert prune(by_month, 3, date(2026, 3, 5)) == Pruned()


def test_months_that_another_node_drops_are_no_failure(by_month, monkeypatch):
    with by_month.connect() as connection:
        over = partitions(connection)
    prune(by_month, 3, date(2026, 3, 4))
    monkeypatch.setattr(pruning, "partitions", lambda _: over)
    prune(by_month, 3, date(2026, 3, 4))
    assert clicked_days(by_month) == [0, 1, 300]


def test_clicks_of_a_month_in_its_course_go_by_the_day(by_month):
    assert prune(by_month, 10, date(2026, 2, 10)) == Pruned(clicks=4)
    assert clicked_days(by_month) == [-29, -1, 0, 1, 300]


def test_a_month_that_a_transaction_holds_goes_later(by_month):
    before = rows(by_month)
    with by_month.connect() as reader:
        reader.execute(select(func.count()).select_from(ClickRow)).one()
        with pytest.raises(TablesInUse):
            prune(by_month, 3, date(2026, 3, 4), patience=0)
    assert rows(by_month) == before
    assert prune(by_month, 3, date(2026, 3, 4)) == Pruned(months=1, clicks=3)
