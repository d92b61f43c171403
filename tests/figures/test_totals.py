"""Figures are the sums of the totals of a period, each by one query."""

from collections import Counter
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings, strategies
from sqlalchemy import event

from linkmgr.clicks.counts import Counts, Dimension
from linkmgr.clicks.periods import Period, last_days
from linkmgr.figures.queries import Reading, curves, last_day, most_viewed, sums
from linkmgr.figures.table import Query, TableLine, table
from tests.support.store import add_totals

TODAY = date(2026, 3, 1)
WEEK = last_days(7, TODAY)


@contextmanager
def totals(engine, rows=()):
    """Connect to a database that has these totals for a while.

    A row is: dimension, value, days ago, and counts.
    """
    with engine.connect() as connection:
        if rows:
            add_totals(connection, [total(*row) for row in rows])
        yield connection
        connection.rollback()


def total(dimension, value, ago, *numbers):
    counts = Counts(*numbers)._asdict()
    return {"dimension": dimension, "value": value, "day": TODAY - timedelta(ago), **counts}


@contextmanager
def counted_queries(connection):
    """Collect the statements that run in the block."""
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    yield statements
    event.remove(connection, "before_cursor_execute", note)


def test_an_empty_database_has_flat_curves_and_no_top(engine):
    with totals(engine) as connection:
        now, before = curves(connection, WEEK)
        assert now.days == before.days == (Counts(),) * 7
        for dimension in Dimension:
            assert sums(connection, dimension, WEEK) == {}
        assert last_day(connection) is None


def test_curve_has_place_for_each_day_and_one_before_is_apart(engine):
    rows = [
        ("all", "", 0, 5, 4, 1),
        ("all", "", 6, 3, 2, 0),
        ("all", "", 7, 10, 8, 2),
        ("all", "", 13, 1, 1, 0),
        ("all", "", 14, 100, 100, 100),
        ("all", "", -1, 100, 100, 100),
        ("item", "a", 0, 100, 100, 100),
    ]
    with totals(engine, rows) as connection:
        now, before = curves(connection, WEEK)
        assert last_day(connection) == TODAY + timedelta(1)
    assert now.days == (Counts(3, 2, 0), *[Counts()] * 5, Counts(5, 4, 1))
    assert now.sum == Counts(8, 6, 1)
    assert before.period == Period(date(2026, 2, 16), date(2026, 2, 22))
    assert before.sum == Counts(11, 9, 2)


def ranked(connection, dimension, period=WEEK):
    """Return the lines of a table."""
    query = Query(period=period, timezone="UTC", by=dimension)
    return [*table(Reading(connection), query).lines]


def test_the_top_holds_the_days_of_the_period_alone(engine):
    rows = [("item", "a", ago, 1, 1, 0) for ago in range(-1, 8)]
    with totals(engine, rows) as connection:
        assert ranked(connection, Dimension.ITEM) == [TableLine("a", "", Counts(7, 7, 0))]


def test_the_top_is_by_clicks_then_names_with_bots_last(engine):
    rows = [
        ("item", "robot", 0, 0, 0, 99),
        ("item", "b", 0, 2, 2, 0),
        ("item", "c", 0, 1, 1, 0),
        ("item", "c", 1, 1, 1, 5),
        ("item", "a", 0, 3, 1, 0),
        ("post", "", 0, 7, 7, 0),
    ]
    with totals(engine, rows) as connection:
        lines = ranked(connection, Dimension.ITEM)
        assert [row.value for row in lines] == ["a", "b", "c", "robot"]
        assert lines[2].counts == Counts(2, 2, 5)
        assert ranked(connection, Dimension.POST) == [TableLine("", "No post", Counts(7, 7, 0))]


def test_what_was_clicked_as_often_is_in_order_of_code_points(engine):
    names = ["A.b", "Z", "a-b", "b", "日本"]  # which is no language's order
    with totals(engine, [("item", name, 0, 1, 1, 0) for name in reversed(names)]) as connection:
        assert [line.value for line in ranked(connection, Dimension.ITEM)] == names


@pytest.mark.parametrize("values", [1, 50])
def test_each_figure_is_one_query_however_much_there_is(engine, values):
    rows = [("item", f"i{n}", 0, 1, 1, 0) for n in range(values)]
    with totals(engine, rows) as connection, counted_queries(connection) as statements:
        sums(connection, Dimension.ITEM, WEEK)
        curves(connection, WEEK)
    assert len(statements) == 3  # with that of the renamed items


def recount(rows, dimension, period):
    """Sum the rows of a period by value, in plain Python."""
    sums = {}
    for name, value, ago, *numbers in rows:
        if name == dimension and TODAY - timedelta(ago) in period:
            sums[value] = sums.get(value, Counts()) + Counts(*numbers)
    return sums


NUMBERS = strategies.integers(0, 9)
TOTALS = strategies.lists(
    strategies.tuples(
        strategies.sampled_from(["item", "post"]),
        strategies.sampled_from(["", "a", "b", "日本", "other"]),
        strategies.integers(-2, 12),
        *[NUMBERS] * 5,
    ),
    unique_by=lambda row: row[:3],
    max_size=60,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # each rolls back
@given(TOTALS, strategies.integers(1, 10))
def test_the_top_equals_a_plain_recount(engine, rows, days):
    period = last_days(days, TODAY)
    with totals(engine, rows) as connection:
        lines = ranked(connection, Dimension.ITEM, period)
    assert {row.value: row.counts for row in lines} == recount(rows, "item", period)
    assert lines == sorted(lines, key=lambda row: (-row.counts.clicks, row.value))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # each rolls back
@given(TOTALS, strategies.integers(1, 10), strategies.integers(1, 4))
def test_the_most_viewed_are_those_of_a_plain_recount(engine, rows, days, limit):
    period = last_days(days, TODAY)
    with totals(engine, rows) as connection:
        found = most_viewed(connection, Dimension.ITEM, period, limit)
    views = {value: counts.views for value, counts in recount(rows, "item", period).items()}
    most = sorted(filter(None, views.values()), reverse=True)[:limit]
    assert [views[value] for value in found] == most
    assert len({*found}) == len(found)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # each rolls back
@given(TOTALS, strategies.integers(1, 10))
def test_the_curves_equal_a_plain_recount(engine, rows, days):
    clicks = Counter()
    for _, _, ago, number, *_ in rows:
        clicks[TODAY - timedelta(ago)] += number
    everything = [("all", "", (TODAY - day).days, number, 0, 0) for day, number in clicks.items()]
    with totals(engine, everything) as connection:
        for curve in curves(connection, last_days(days, TODAY)):
            assert [day.clicks for day in curve.days] == [clicks[day] for day in curve.period]
