"""What matches filters is counted from the single clicks, as the totals count all of them."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from linkmgr.clicks.counts import COUNTED, Counts, Dimension
from linkmgr.clicks.periods import Period
from linkmgr.figures import queries as module
from linkmgr.figures.queries import Curve, curves, filtered, filtered_days, sums
from tests.support.properties import examples
from tests.support.store import DAY, START, empty_tables, load, make_click, spool_up

TOKYO = "Asia/Tokyo"
TWO_DAYS = Period(date(2026, 3, 1), date(2026, 3, 2))
TOLD_APART = [
    dimension for dimension in COUNTED if dimension not in {Dimension.ALL, Dimension.VARIANT}
]


def fill(engine, folder, *clicks):
    spool_up(folder, *clicks)
    load(engine, folder, timezone=TOKYO)


def filtered_curves(connection, period, filters):
    """Return the curves of the matching clicks, of the period and of the one before."""
    periods = period, period.before
    counts = filtered_days(connection, [day for days in periods for day in days], filters)
    return tuple(Curve(days, tuple(counts[day] for day in days)) for days in periods)


def test_an_empty_database_has_no_crossed_figures(engine):
    with engine.connect() as connection:
        tables = filtered(connection, TWO_DAYS, {Dimension.ITEM: "a"})
        now, before = filtered_curves(connection, TWO_DAYS, {Dimension.ITEM: "a"})
    assert tables == {dimension: {} for dimension in TOLD_APART}
    assert now.days == before.days == (Counts(), Counts())


def test_an_items_clicks_are_distinguished_by_all_else(engine, tmp_path):
    other = {"post": "00000000000000cc", "referrer": "", "visitor": "00000000000000cc"}
    fill(
        engine,
        tmp_path,
        make_click(START, item="a"),
        make_click(START + 60_000, item="a", block="cta", rank=2),
        make_click(START + DAY, item="a", **other),
        make_click(START + DAY + 60_000, item="a", bot="crawler", **other),
        make_click(START, item="b", **other),
    )
    with engine.connect() as connection:
        tables = filtered(connection, TWO_DAYS, {Dimension.ITEM: "a"})
    assert tables[Dimension.ITEM] == {"a": Counts(3, 2, 1)}
    assert tables[Dimension.POST] == {
        "00000000000000aa": Counts(2, 1, 0),
        "00000000000000cc": Counts(1, 1, 1),
    }
    assert tables[Dimension.PLACE] == {"books.1": Counts(2, 2, 1), "cta.2": Counts(1, 1, 0)}
    assert tables[Dimension.REFERRER] == {"blog.example": Counts(2, 1, 0), "": Counts(1, 1, 1)}


@pytest.mark.parametrize("dimension", [Dimension.CAMPAIGN, Dimension.TRACKING])
def test_clicks_without_campaign_or_tag_are_in_none_of_its_rows(engine, tmp_path, dimension):
    fill(engine, tmp_path, make_click(), make_click(START + DAY, **{dimension.value: "launch"}))
    with engine.connect() as connection:
        tables = filtered(connection, TWO_DAYS, {Dimension.DEVICE: "phone"})
        now, _ = filtered_curves(connection, TWO_DAYS, {dimension: "launch"})
    assert tables[dimension] == {"launch": Counts(1, 1, 0)}
    assert now.days == (Counts(), Counts(1, 1, 0))


@pytest.mark.parametrize(
    ("filters", "clicks"),
    [
        pytest.param({Dimension.PLACE: "books.1"}, 2, id="place"),
        pytest.param({Dimension.PLACE: ""}, 1, id="no place"),
        pytest.param({Dimension.PLACE: "books.01"}, 0, id="a place as none is written"),
        pytest.param({Dimension.PLACE: ".0"}, 0, id="a rank alone"),
        pytest.param({Dimension.ITEM: "a", Dimension.DEVICE: "phone"}, 3, id="two that match"),
        pytest.param({Dimension.ITEM: "a", Dimension.DEVICE: "tablet"}, 0, id="one that matches"),
    ],
)
def test_clicks_must_have_each_value(engine, tmp_path, filters, clicks):
    fill(
        engine,
        tmp_path,
        make_click(START, item="a"),
        make_click(START + DAY, item="a"),
        make_click(START, item="a", block="", rank=0),
    )
    with engine.connect() as connection:
        now, _ = filtered_curves(connection, TWO_DAYS, filters)
        tables = filtered(connection, TWO_DAYS, filters)
    assert now.sum.clicks == clicks
    assert sum(counts.clicks for counts in tables[Dimension.DEVICE].values()) == clicks


def test_days_are_those_of_the_time_zone(engine, tmp_path):
    times = (START - 5 * DAY - 1, START, START + 2 * DAY - 1, START + 2 * DAY)
    clicks = [make_click(time, item="a", visitor=f"{time:016x}") for time in times]
    fill(engine, tmp_path, *clicks)
    with engine.connect() as connection:
        now, before = filtered_curves(connection, TWO_DAYS, {Dimension.ITEM: "a"})
        tables = filtered(connection, TWO_DAYS, {Dimension.ITEM: "a"})
    assert [day.clicks for day in now.days] == [1, 1]
    assert [day.clicks for day in before.days] == [0, 1]
    assert tables[Dimension.ITEM]["a"].clicks == 2


def test_no_more_than_the_newest_clicks_are_distinguished(sqlite_engine, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "NEWEST", 2)
    days = [make_click(START + n * 60_000, item="a", post=f"{n:016x}") for n in range(4)]
    fill(sqlite_engine, tmp_path, *days)
    with sqlite_engine.connect() as connection:
        posts = filtered(connection, TWO_DAYS, {Dimension.ITEM: "a"})[Dimension.POST]
        now, _ = filtered_curves(connection, TWO_DAYS, {Dimension.ITEM: "a"})
    assert sorted(posts) == [f"{2:016x}", f"{3:016x}"]
    assert now.sum.clicks == 4


CLICKS = strategies.lists(
    strategies.builds(
        dict,
        time=strategies.integers(START - 2 * DAY, START + 2 * DAY - 1),
        item=strategies.sampled_from(["a", "b"]),
        post=strategies.sampled_from(["", "00000000000000aa"]),
        rank=strategies.integers(1, 2),
        referrer=strategies.sampled_from(["", "blog.example"]),
        bot=strategies.sampled_from(["", "crawler"]),
    ),
    max_size=20,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(30))
@given(CLICKS, strategies.sampled_from(["a", "b"]))
def test_the_figures_of_one_filter_are_those_of_the_totals(
    sqlite_engine, tmp_path_factory, made, item
):
    empty_tables(sqlite_engine)
    # A visitor of each day's own, as there is a key of each day's own.
    clicks = [
        make_click(**values, visitor=f"{(values['time'] - START) // DAY + 9:016x}")
        for values in made
    ]
    fill(sqlite_engine, tmp_path_factory.mktemp("spool"), *clicks)
    filters = {Dimension.ITEM: item}
    with sqlite_engine.connect() as connection:
        assert filtered_curves(connection, TWO_DAYS, filters) == curves(
            connection, TWO_DAYS, Dimension.ITEM, item
        )
        of_rows = filtered(connection, TWO_DAYS, filters)[Dimension.ITEM]
        of_totals = sums(connection, Dimension.ITEM, TWO_DAYS)
        assert of_rows == {value: of_totals[value] for value in of_totals if value == item}
