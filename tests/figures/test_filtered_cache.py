"""What is kept in memory of filtered clicks is always what the database has."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings, strategies
from sqlalchemy import event

from linkmgr.clicks.counts import Dimension
from linkmgr.clicks.periods import Period
from linkmgr.figures import queries, table
from linkmgr.figures.queries import FigureCache, Reading
from linkmgr.figures.table import Query, curves, filtered_tables
from linkmgr.store.clicks.prune import prune
from tests.support.properties import examples
from tests.support.store import DAY, START, empty_tables, load, make_click, spool_up

TOKYO = "Asia/Tokyo"
FOUR_DAYS = Period(date(2026, 3, 1), date(2026, 3, 4))
FILTERS = {Dimension.ITEM: "a", Dimension.DEVICE: "phone"}


def fill(engine, folder, *clicks):
    spool_up(folder, *clicks)
    load(engine, folder, timezone=TOKYO)


def asked(cache, engine, period=FOUR_DAYS, filters=FILTERS):
    """Return the curves and the tables of the matching clicks."""
    with engine.connect() as connection:
        reading = Reading(connection, cache)
        query = Query(period=period, timezone=TOKYO, filters=filters)
        return curves(reading, query), filtered_tables(reading, period, filters)


def statements_of(engine, ask):
    """Return the statements that something executes on any connection."""
    found = []

    def note(_connection, _cursor, statement, *_args):
        found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return found


def counted_days(statements):
    return sum("clicks.id >=" in text and "UNION" not in text for text in statements)


@pytest.fixture
def _threaded(monkeypatch):
    """Count on several connections however few the clicks."""
    monkeypatch.setattr(table, "_FEWEST", 0)
    monkeypatch.setattr(table.os, "cpu_count", lambda: 4)


CLICKS = strategies.lists(
    strategies.lists(
        strategies.builds(
            dict,
            time=strategies.integers(START - 4 * DAY, START + 4 * DAY - 1),
            item=strategies.sampled_from(["a", "b"]),
            device=strategies.sampled_from(["phone", "tablet"]),
            post=strategies.sampled_from(["", "00000000000000aa"]),
            bot=strategies.sampled_from(["", "crawler"]),
        ),
        max_size=4,
    ),
    max_size=4,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(20))
@given(CLICKS)
def test_after_more_clicks_the_figures_are_those_of_a_new_cache(
    sqlite_engine, tmp_path_factory, loads
):
    empty_tables(sqlite_engine)
    cache = FigureCache()
    for number, clicks in enumerate(loads):
        made = [make_click(**values, visitor=f"{number:016x}") for values in clicks]
        fill(sqlite_engine, tmp_path_factory.mktemp("spool"), *made)
        assert asked(cache, sqlite_engine) == asked(FigureCache(), sqlite_engine)


def test_a_day_that_is_over_is_counted_once(engine, tmp_path):
    fill(engine, tmp_path / "a", make_click(START, item="a"), make_click(START + DAY, item="a"))
    cache = FigureCache()
    asked(cache, engine)
    assert counted_days(statements_of(engine, lambda: asked(cache, engine))) == 0
    fill(engine, tmp_path / "b", make_click(START + 3 * DAY, item="a"))
    assert counted_days(statements_of(engine, lambda: asked(cache, engine))) == 1


def test_another_period_counts_only_the_days_that_are_new(engine, tmp_path):
    days = [make_click(START + n * DAY, item="a", visitor=f"{n + 9:016x}") for n in range(-9, 4)]
    fill(engine, tmp_path, *days)
    cache = FigureCache()
    asked(cache, engine)  # and the four days before
    longer = Period(date(2026, 2, 27), date(2026, 3, 4))  # with the six days before
    assert counted_days(statements_of(engine, lambda: asked(cache, engine, longer))) == 4


@pytest.mark.usefixtures("_threaded")
def test_several_connections_count_what_one_does(engine, tmp_path):
    days = [
        make_click(START + n * DAY, item="a", visitor=f"{n + 7:016x}")
        for n in (*range(-7, -3), *range(4))
    ]
    fill(engine, tmp_path, *days)
    (now, before), _ = asked(FigureCache(), engine)
    assert [day.clicks for day in now.days] == [day.clicks for day in before.days] == [1] * 4


def test_clicks_that_are_pruned_are_counted_no_more(engine, tmp_path):
    fill(engine, tmp_path, make_click(START, item="a"), make_click(START + 3 * DAY, item="a"))
    cache = FigureCache()
    (now, _), _ = asked(cache, engine)
    assert now.sum.clicks == 2
    prune(engine, 1, date(2026, 3, 4))
    (now, _), tables = asked(cache, engine)
    assert now.sum.clicks == tables[Dimension.ITEM]["a"].clicks == 1


def test_a_day_with_too_many_clicks_has_the_tables_to_itself(sqlite_engine, tmp_path, monkeypatch):
    monkeypatch.setattr(queries, "NEWEST", 2)
    times = (START, *(START + 3 * DAY + n * 60_000 for n in range(3)))
    clicks = [make_click(time, item="a", post=f"{n:016x}") for n, time in enumerate(times)]
    fill(sqlite_engine, tmp_path, *clicks)
    _, tables = asked(FigureCache(), sqlite_engine)
    assert sorted(tables[Dimension.POST]) == [f"{2:016x}", f"{3:016x}"]


def test_a_days_clicks_are_found_by_their_keys(engine, tmp_path):
    fill(engine, tmp_path, make_click(START, item="a"))
    plans = []

    def explain(connection, _cursor, statement, parameters, *_args):
        if "clicks" in statement and not statement.startswith("EXPLAIN"):
            plans.append(plan_of(connection, statement, parameters))

    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":  # where a scan of one row costs less
            connection.exec_driver_sql("SET enable_seqscan = off")
        event.listen(connection, "before_cursor_execute", explain)
        queries.filtered_days(connection, FOUR_DAYS, FILTERS)
    assert len(plans) == 4
    assert all("PRIMARY KEY" in plan or "pk_clicks" in plan for plan in plans)


def plan_of(connection, statement, parameters):
    """Return how the database would execute a statement."""
    explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    plan = connection.exec_driver_sql(f"{explain} {statement}", parameters)
    return " ".join(str(row[-1]) for row in plan)
