"""PostgreSQL has a table for each month of clicks, made before the month begins."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from linkmgr.store.db.models import key_at, start_of_day
from linkmgr.store.db.partitions import (
    make_ahead,
    make_partitions,
    months_ahead,
    months_of,
    partitions,
)
from tests.support.store import load, make_click, rows, spool_up

THIS_MONTH = datetime.now(UTC).date().replace(day=1)
FAR = date(2031, 12, 1)
NOON = 12 * 3_600_000


def at(day):
    return start_of_day(day, "UTC") + NOON


def tables(engine):
    """Return the table of each click."""
    with engine.connect() as connection:
        query = "SELECT tableoid::regclass::text FROM clicks ORDER BY id"
        return connection.scalars(text(query)).all()


def names(engine):
    with engine.connect() as connection:
        return [each.name for each in partitions(connection)]


def test_a_new_database_has_this_month_and_the_next_two(postgresql_engine):
    assert names(postgresql_engine) == [
        f"clicks_{month:%Y_%m}" for month in months_ahead(THIS_MONTH)
    ]


def test_clicks_are_in_their_months_table_and_others_in_one(postgresql_engine, tmp_path):
    spool_up(tmp_path, *(make_click(at(day)) for day in (date(2001, 1, 1), THIS_MONTH, FAR)))
    load(postgresql_engine, tmp_path)
    this_month = f"clicks_{THIS_MONTH:%Y_%m}"
    assert tables(postgresql_engine) == ["clicks_default", this_month, "clicks_default"]


def test_a_months_table_gets_clicks_that_came_before_it_was_made(postgresql_engine, tmp_path):
    days = [date(2031, 11, 30), FAR, date(2031, 12, 31), date(2032, 1, 1)]
    spool_up(tmp_path, *(make_click(at(day)) for day in days))
    load(postgresql_engine, tmp_path)
    before = rows(postgresql_engine)
    make_partitions(postgresql_engine, [FAR])
    december = "clicks_2031_12"
    assert tables(postgresql_engine) == ["clicks_default", december, december, "clicks_default"]
    assert rows(postgresql_engine) == before


def test_making_months_again_changes_nothing(postgresql_engine):
    make_ahead(postgresql_engine, FAR)
    made = names(postgresql_engine)
    assert made[-3:] == ["clicks_2031_12", "clicks_2032_01", "clicks_2032_02"]
    make_ahead(postgresql_engine, FAR)
    assert names(postgresql_engine) == made


def test_sqlite_has_one_table(sqlite_engine):
    make_ahead(sqlite_engine, FAR)
    assert names(sqlite_engine) == []


@given(st.dates(date(1970, 1, 2), date(9998, 12, 31)), st.integers(-14 * 60, 12 * 60))
def test_months_of_a_day_have_all_its_moments_in_any_time_zone(day, minutes):
    begin = start_of_day(day, "UTC") + minutes * 60_000
    for moment in (begin, begin + 86_399_999):
        month = datetime.fromtimestamp(moment / 1000, UTC).date().replace(day=1)
        assert month in months_of(day)


@given(st.dates(date(1970, 1, 1), date(9998, 1, 1)))
def test_months_ahead_follow_each_other_from_this_one(day):
    months = months_ahead(day)
    numbers = [month.year * 12 + month.month for month in months]
    assert numbers == [numbers[0], numbers[0] + 1, numbers[0] + 2]
    assert months[0] <= day < months[1]
    assert all(key_at(0) <= key_at(start_of_day(month, "UTC")) for month in months)
