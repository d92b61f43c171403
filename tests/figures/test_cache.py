"""What is kept in memory is always what the database has."""

from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings, strategies
from sqlalchemy import delete, event, select

from linkmgr.clicks.counts import Dimension
from linkmgr.clicks.periods import last_days
from linkmgr.figures.queries import FigureCache, Reading
from linkmgr.figures.table import Query, table
from linkmgr.store.db.models import Total
from tests.support.store import add_totals

TODAY = date(2026, 3, 1)


def click(connection, item, ago):
    """Count a click, in the totals of all and of its item, as counting its day does."""
    day = TODAY - timedelta(ago)
    for dimension, value in (("all", ""), ("item", item)):
        of = (Total.dimension == dimension, Total.value == value, Total.day == day)
        clicks = connection.scalar(select(Total.clicks).where(*of)) or 0
        connection.execute(delete(Total).where(*of))
        row = {"dimension": dimension, "value": value, "day": day, "clicks": clicks + 1}
        add_totals(connection, row)


def asked_for(kept, connection, days, limit=None):
    """Return the top items of some days up to today."""
    query = Query(period=last_days(days, TODAY), timezone="UTC", limit=limit)
    return table(Reading(connection, kept), query).lines


CLICKS = strategies.lists(
    strategies.tuples(
        strategies.sampled_from(["a", "b", "日本"]),
        strategies.integers(0, 4),
        strategies.integers(1, 4),
        strategies.integers(1, 3),
    ),
    max_size=20,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # each rolls back
@given(CLICKS)
def test_after_each_click_the_top_is_that_of_the_database(engine, clicks):
    kept = FigureCache()
    with engine.connect() as connection:
        for item, ago, days, limit in clicks:
            click(connection, item, ago)
            expected = asked_for(FigureCache(), connection, days)
            assert asked_for(kept, connection, days) == expected
            assert asked_for(kept, connection, days, limit) == expected[:limit]
        connection.rollback()


def test_the_days_that_are_over_are_read_once(engine):
    kept, asked = FigureCache(), []
    week = last_days(7, TODAY)
    with engine.connect() as connection:
        click(connection, "a", 2)
        Reading(connection, kept).sums(Dimension.ITEM, week)
        click(connection, "a", 0)
        event.listen(connection, "before_cursor_execute", lambda *args: asked.append(args[3]))
        for _ in range(2):
            Reading(connection, kept).sums(Dimension.ITEM, week)
        connection.rollback()
    # The numbers of the days, twice, and the last day, to which a click was added.
    assert len(asked) == 3
    assert not any("2026-02-23" in str(parameters) for parameters in asked[1:2])


def test_a_reading_asks_for_the_numbers_of_the_days_once(engine):
    asked = []
    with engine.connect() as connection:
        click(connection, "a", 2)
        reading = Reading(connection, FigureCache())
        event.listen(connection, "before_cursor_execute", lambda *args: asked.append(args[2]))
        for days in (7, 30):
            reading.sums(Dimension.ITEM, last_days(days, TODAY))
            reading.sums(Dimension.POST, last_days(days, TODAY))
        connection.rollback()
    assert sum("FROM days" in statement for statement in asked) == 1
