"""What is kept in memory is always what the database has."""

from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings, strategies
from sqlalchemy import delete, event, insert

from linkmgr.store.db.models import Total
from linkmgr.store.figures.cache import FigureCache
from linkmgr.store.figures.figures import Dimension, curves, top
from linkmgr.store.figures.periods import last_days

TODAY = date(2026, 3, 1)


def click(connection, item, ago):
    """Count a click, in the totals of all and of its item, as the loader does."""
    day = TODAY - timedelta(ago)
    for dimension, value in (("all", ""), ("item", item)):
        of = (Total.dimension == dimension, Total.value == value, Total.day == day)
        clicks = connection.scalar(
            Total.__table__.select().with_only_columns(Total.clicks).where(*of)
        )
        connection.execute(delete(Total).where(*of))
        row = {"dimension": dimension, "value": value, "day": day, "visitors": 1, "bots": 0}
        connection.execute(insert(Total), {**row, "clicks": (clicks or 0) + 1})


def asked_for(kept, connection, days, limit=None):
    """Return the top items of some days up to today."""
    now, _ = curves(connection, last_days(days, TODAY))
    return kept.top(connection, Dimension.ITEM, now, limit)


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
            expected = top(connection, Dimension.ITEM, last_days(days, TODAY))
            assert asked_for(kept, connection, days) == expected
            assert asked_for(kept, connection, days, limit) == expected[:limit]
        connection.rollback()


def test_the_days_that_are_over_are_read_once(engine):
    kept, asked = FigureCache(), []
    with engine.connect() as connection:
        click(connection, "a", 2)
        asked_for(kept, connection, 7)
        click(connection, "a", 0)
        event.listen(connection, "before_cursor_execute", lambda *args: asked.append(args[3]))
        asked_for(kept, connection, 7)
        asked_for(kept, connection, 7)
        connection.rollback()
    # The curve twice, and the last day, to which a click was added.
    assert len(asked) == 3
    assert not any("2026-02-23" in str(each) for each in asked[1:2])
