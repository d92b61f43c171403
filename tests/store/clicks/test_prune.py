"""Single clicks go after a time, their totals stay."""

from datetime import date

import pytest
from sqlalchemy import func, select

from linkmgr.store.clicks import prune as pruning
from linkmgr.store.clicks.prune import prune
from linkmgr.store.db.models import Seen
from tests.support.store import DAY, START, load, make_click, rows, spool_up, totals


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
    assert prune(loaded, keep_days, date(2026, 3, 10)) == 10 - kept
    assert len(rows(loaded)) == kept
    assert totals(loaded) == before


def test_many_clicks_go_in_steps(loaded, monkeypatch):
    monkeypatch.setattr(pruning, "_STEP", 2)
    assert prune(loaded, 2, date(2026, 3, 10)) == 7
    assert prune(loaded, 2, date(2026, 3, 10)) == 0


def test_visitors_are_forgotten_after_two_weeks(loaded):
    prune(loaded, 400, date(2026, 3, 22))
    with loaded.connect() as connection:
        days = connection.scalars(select(Seen.day).distinct().order_by(Seen.day)).all()
        seen = connection.scalar(select(func.count()).select_from(Seen))
    assert days == [date(2026, 3, 8), date(2026, 3, 9), date(2026, 3, 10)]
    assert seen == 3 * 6
