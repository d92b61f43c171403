"""One client cannot make up clicks by inventing posts and places."""

import pytest

from linkmgr.store.clicks import limits
from linkmgr.store.clicks.limits import DAILY_CLICKS
from linkmgr.store.clicks.loader import Loaded
from tests.support.store import DAY, START, load, make_click, make_loader, rows, spool_up, totals


def invented(number, start=START, **over):
    """Make clicks of one visitor on one item, each naming a post and a place of its own."""
    return [
        make_click(start + n * 1000, post=f"{n:016x}", rank=n % 100 + 1, **over)
        for n in range(number)
    ]


def test_a_hundred_invented_posts_and_places_count_twenty_times(engine, spool):
    spool_up(spool, *invented(100))
    assert load(engine, spool) == Loaded(read=100, counted=20, capped=80)
    assert len(rows(engine)) == 20
    assert totals(engine, "all") == {("", "2026-03-01"): (20, 1, 0)}


def test_the_cap_holds_across_batches_and_restarts(engine, spool):
    loader = make_loader(engine, spool)
    for part in range(5):
        spool_up(spool, *invented(9, START + part * 60_000))
        (loader if part < 2 else make_loader(engine, spool)).load()
    assert len(rows(engine)) == DAILY_CLICKS
    assert totals(engine, "item") == {("genai-law", "2026-03-01"): (20, 1, 0)}


@pytest.mark.parametrize(
    "over",
    [
        pytest.param({"visitor": "00000000000000cc"}, id="another visitor"),
        pytest.param({"item": "another"}, id="another item"),
        pytest.param({"start": START + DAY}, id="another day"),
        pytest.param({"start": START - 60_000}, id="the day before, which comes late"),
    ],
)
def test_counted_apart_is(engine, spool, over):
    spool_up(spool, *invented(30))
    load(engine, spool)
    spool_up(spool, *invented(10, **over))
    assert load(engine, spool) == Loaded(read=10, counted=10)


def test_bots_neither_count_nor_take_a_readers_place(engine, spool):
    spool_up(spool, *invented(50, bot="Googlebot"), *invented(30, START + 100_000))
    assert load(engine, spool) == Loaded(read=80, counted=20, bots=50, capped=10)


def test_repeats_within_seconds_take_no_place(engine, spool):
    spool_up(spool, *(make_click(START + n) for n in range(50)), *invented(30, START + 100_000))
    assert load(engine, spool) == Loaded(read=80, counted=20, repeated=49, capped=11)


def test_an_operator_sets_the_cap(engine, spool):
    spool_up(spool, *invented(100))
    assert load(engine, spool, daily_clicks=60) == Loaded(read=100, counted=60, capped=40)


def test_what_is_remembered_has_a_bound_and_those_with_many_clicks_stay(engine, spool, monkeypatch):
    monkeypatch.setattr(limits, "_REMEMBERED", 10)
    loader = make_loader(engine, spool)
    spool_up(spool, *invented(15))
    loader.load()
    others = [make_click(START + 60_000 + n, visitor=f"{n:016x}") for n in range(1000, 1030)]
    spool_up(spool, *others)
    loader.load()
    spool_up(spool, *invented(15, START + 120_000))
    assert loader.load() == Loaded(read=15, counted=5, capped=10)
