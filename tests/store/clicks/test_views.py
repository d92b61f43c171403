"""What reports say of views is added to the day's rows and totals: once, and within limits."""

import pytest

from linkmgr.clicks.line import click_line
from linkmgr.clicks.model import OTHER, OwnNames
from linkmgr.clicks.reports import report_line
from linkmgr.store.clicks import views
from linkmgr.store.clicks.loader import Loaded
from linkmgr.store.clicks.views import DAILY_VIEWS
from linkmgr.store.instance.state import spool_state
from linkmgr.store.spool import SpoolWriter
from tests.support.store import (
    DAY,
    START,
    load,
    make_click,
    make_loader,
    make_report,
    make_seen,
    rows,
    spool_up,
    totals,
    view_rows,
    view_totals,
)

TODAY = "2026-03-01"
A, B = "00000000000000aa", "00000000000000bb"
SHORT = "genai-law/0a1b2c3d.short"


def row(views, clicked, **over):
    fields = {
        "day": TODAY,
        "item": "genai-law",
        "post": A,
        "block": "books",
        "rank": 1,
        "variant": "",
        "tracking": "",
    }
    return (*(fields | over).values(), views, clicked)


def readers(number, *seen, time=START, **over):
    """Make a report of each of many readers."""
    return [make_report(time + n, *seen, visitor=f"{n:016x}", **over) for n in range(number)]


def test_view_counts_in_row_and_in_each_dimension_that_it_has(engine, spool):
    seen = make_seen(variant="0a1b2c3d.short", tracking="tea-22")
    spool_up(
        spool,
        *readers(3, seen),
        make_report(START, seen._replace(clicked=1)),
        make_report(START, seen._replace(views=0, clicked=1)),
    )
    assert load(engine, spool) == Loaded(read=5, reports=5, views=4)
    assert view_rows(engine) == [row(4, 2, variant="0a1b2c3d.short", tracking="tea-22")]
    assert view_totals(engine) == dict.fromkeys(
        [
            ("all", "", TODAY),
            ("item", "genai-law", TODAY),
            ("post", A, TODAY),
            ("place", "books.1", TODAY),
            ("tracking", "tea-22", TODAY),
        ],
        (4, 2),
    ) | {("variant", SHORT, TODAY): (4, 1)}


def test_a_report_has_one_view_and_one_clicked_view_of_a_variant(engine, spool):
    here, there = (make_seen(rank=rank, variant="0a1b2c3d.short") for rank in (1, 2))
    spool_up(
        spool,
        make_report(START, here, there._replace(clicked=1), make_seen(rank=3), visitor="1" * 16),
        make_report(START, here._replace(clicked=1), there._replace(clicked=1), visitor="2" * 16),
        make_report(START, there._replace(views=0, clicked=1), visitor="3" * 16),
    )
    load(engine, spool)
    totals_of_views = view_totals(engine)
    assert totals_of_views["variant", SHORT, TODAY] == (3, 3)
    assert totals_of_views["item", "genai-law", TODAY] == (6, 4)
    assert [row_of_day[-2:] for row_of_day in view_rows(engine)] == [(2, 1), (3, 3), (1, 0)]


def test_a_visitor_counts_once_a_day_for_each_variant_of_a_test(engine, spool):
    short, long = make_seen(variant="0a1b2c3d.short"), make_seen(variant="0a1b2c3d.long")
    forged = [make_report(START + n, short._replace(clicked=1)) for n in range(20)]
    loader = make_loader(engine, spool)
    spool_up(spool, make_report(START, short), make_report(START, long), *forged)
    loader.load()
    # In a later load, too; the next day is another one, and so is another visitor.
    spool_up(
        spool,
        make_report(START + 99, short._replace(views=0, clicked=1)),
        make_report(START + DAY, short),
        *readers(2, short),
    )
    loader.load()
    totals_of_views = view_totals(engine)
    assert totals_of_views["variant", SHORT, TODAY] == (3, 1)
    assert totals_of_views["variant", "genai-law/0a1b2c3d.long", TODAY] == (1, 0)
    assert totals_of_views["variant", SHORT, "2026-03-02"] == (1, 0)
    assert totals_of_views["item", "genai-law", TODAY] == (24, 21)


def test_past_what_is_remembered_a_visitor_counts_once_more(engine, spool, monkeypatch):
    monkeypatch.setattr(views, "_REMEMBERED", 4)
    short = make_seen(variant="0a1b2c3d.short")
    loader = make_loader(engine, spool)
    first, *_, last = reports = readers(5, short)
    spool_up(spool, *reports)
    loader.load()
    spool_up(spool, last)
    loader.load()
    spool_up(spool, first)
    loader.load()
    assert view_totals(engine)["variant", SHORT, TODAY] == (6, 0)


def test_a_variant_seen_elsewhere_is_a_view_of_its_place_alone(engine, spool):
    here, there = (make_seen(rank=rank, variant="0a1b2c3d.short") for rank in (1, 2))
    spool_up(
        spool,
        make_report(START, here),
        make_report(START, there._replace(repeated=1, clicked=1)),
    )
    load(engine, spool)
    assert view_totals(engine)["variant", SHORT, TODAY] == (1, 1)
    assert [each[-2:] for each in view_rows(engine)] == [(1, 0), (1, 1)]


@pytest.mark.parametrize("restarted", [False, True], ids=["one loader", "restarted"])
def test_clicks_on_views_that_nobody_reported_are_views_as_well(engine, spool, restarted):
    here, there = (make_seen(rank=rank, variant="0a1b2c3d.short") for rank in (1, 2))
    later = [make_report(START + n, here._replace(views=0, clicked=1)) for n in range(3)]
    loader = make_loader(engine, spool)
    spool_up(spool, make_report(START, here), make_report(START, there))
    loader.load()
    loader = make_loader(engine, spool) if restarted else loader
    spool_up(spool, *later, make_report(START, make_seen(views=0, clicked=1, item="pot")))
    loader.load()
    assert [each[-2:] for each in view_rows(engine)] == [(3, 3), (1, 0), (1, 1)]
    found = view_totals(engine)
    # A restarted loader no longer knows the visitor.
    assert found["variant", SHORT, TODAY] == ((2, 1) if restarted else (1, 1))
    assert found["item", "genai-law", TODAY] == (4, 3)
    assert found["all", "", TODAY] == (5, 4)


def test_a_view_is_no_click_and_a_click_no_view(engine, spool):
    spool_up(spool, make_report(START, make_seen(clicked=1)), make_click(), make_report(START))
    assert load(engine, spool) == Loaded(read=3, stored=1, reports=2, views=2)
    assert totals(engine, "all") == {("", TODAY): (1, 1, 0)}
    assert view_totals(engine)["all", "", TODAY] == (2, 1)
    assert len(rows(engine)) == 1


def test_views_of_several_placements_and_days_are_own_rows(engine, spool):
    places = [make_seen(), make_seen(rank=2), make_seen(item="pot", tracking="tea-22")]
    spool_up(spool, *readers(2, *places), *readers(1, time=START + DAY), *readers(1, post=B))
    load(engine, spool)
    spool_up(spool, *readers(1, *places))
    load(engine, spool)
    assert view_rows(engine) == [
        row(3, 0),
        row(3, 0, rank=2),
        row(1, 0, post=B),
        row(3, 0, item="pot", tracking="tea-22"),
        row(1, 0, day="2026-03-02"),
    ]
    assert view_totals(engine)["item", "genai-law", TODAY] == (7, 0)


def test_reports_among_clicks_of_several_files_are_all_taken(engine, spool, monkeypatch):
    monkeypatch.setattr("linkmgr.store.clicks.loader._BATCH", 400)
    monkeypatch.setattr("linkmgr.store.spool.LONGEST_LINE", 400)
    for file in range(3):
        entries = [
            maker(START + 1000 * n + file, visitor=f"{n:08x}{file:08x}")
            for n in range(20)
            for maker in (make_report, make_click)
        ]
        spool_up(spool, *entries[file:])
    writer = SpoolWriter(spool)
    writer.append(report_line(make_report())[:-3] + b"x\n" + click_line(make_click(START + 99)))
    writer.close()
    loaded = load(engine, spool)
    assert (loaded.stored, loaded.reports, loaded.damaged) == (60, 58, 1)
    assert view_rows(engine) == [row(58, 0)]
    assert list(spool.glob("*.spool")) == []


def test_a_report_that_waits_is_reported_with_its_age(engine, spool):
    spool_up(spool, make_report())
    assert spool_state(spool).age > 0
    make_loader(engine, spool).load()
    assert spool_state(spool) == (0, 0.0)


def test_a_visitors_views_of_an_item_are_capped_in_all_places(engine, spool):
    loader = make_loader(engine, spool)
    forged = [
        make_report(START + n, make_seen(rank=n % 90 + 1), post=f"{n:016x}") for n in range(80)
    ]
    spool_up(spool, *forged[:30])
    loader.load()
    spool_up(spool, *forged[30:], *readers(1, make_seen(item="pot")))
    assert loader.load() == Loaded(read=51, reports=51, views=21, capped_views=30)
    assert view_totals(engine)["item", "genai-law", TODAY] == (DAILY_VIEWS, 0)


def test_a_batch_in_which_all_views_are_past_cap_adds_nothing(engine, spool):
    loader = make_loader(engine, spool)
    for part in range(2):
        spool_up(spool, *(make_report(START + part * 60_000 + n) for n in range(DAILY_VIEWS)))
        loaded = loader.load()
    assert loaded == Loaded(read=DAILY_VIEWS, reports=DAILY_VIEWS, capped_views=DAILY_VIEWS)
    assert view_rows(engine) == [row(DAILY_VIEWS, 0)]


def test_a_view_past_the_cap_takes_its_click_even_later(engine, spool):
    later = make_seen(views=0, clicked=1)
    spool_up(
        spool,
        *(make_report(START + n, make_seen(clicked=1)) for n in range(80)),
        *(make_report(START + 100 + n, later) for n in range(80)),
        *readers(1, make_seen(clicked=1)),
    )
    assert load(engine, spool).capped_views == 110
    assert view_rows(engine) == [row(DAILY_VIEWS + 1, DAILY_VIEWS + 1)]


@pytest.mark.parametrize("restarted", [False, True], ids=["one loader", "restarted"])
def test_rows_past_the_days_number_are_one_of_each_item(engine, spool, monkeypatch, restarted):
    monkeypatch.setattr(views, "MOST_ROWS", 4)
    loader = make_loader(engine, spool)
    forged = [make_seen(rank=rank, tracking="tea-22", clicked=1) for rank in range(1, 7)]
    spool_up(spool, make_report(START, *forged[:2]))
    loader.load()
    loader = make_loader(engine, spool) if restarted else loader
    spool_up(
        spool, make_report(START, *forged, make_seen(item="pot")), *readers(1, time=START + DAY)
    )
    loader.load()
    here = {"tracking": "tea-22"}
    folded = {"post": OTHER, "block": "", "rank": 0}
    assert view_rows(engine) == sorted(
        [
            *(row(1 + (rank < 3), 1 + (rank < 3), rank=rank, **here) for rank in range(1, 5)),
            row(2, 2, **folded),
            row(1, 0, item="pot", **folded),
            row(1, 0, day="2026-03-02"),
        ]
    )
    assert view_totals(engine)["tracking", "tea-22", TODAY] == (6, 6)
    assert view_totals(engine)["place", "", TODAY] == (3, 2)
    assert view_totals(engine)["item", "genai-law", TODAY] == (8, 8)


def test_a_click_on_no_view_takes_none_of_another_place(engine, spool, monkeypatch):
    monkeypatch.setattr(views, "MOST_ROWS", 0)
    spool_up(
        spool,
        *readers(3),
        make_report(START, make_seen(views=0, clicked=1), post=B),
    )
    load(engine, spool)
    assert view_rows(engine) == [row(4, 1, post=OTHER, block="", rank=0)]
    assert view_totals(engine)["post", OTHER, TODAY] == (4, 1)


@pytest.mark.parametrize("restarted", [False, True], ids=["one loader", "restarted"])
def test_the_sites_own_posts_have_rows_whatever_else_is_reported(
    engine, spool, monkeypatch, restarted
):
    monkeypatch.setattr(views, "MOST_ROWS", 3)
    own = OwnNames(posts=frozenset([A]))
    loader = make_loader(engine, spool, own=own)
    forged = [make_seen(rank=rank, item="pot") for rank in range(1, 6)]
    spool_up(spool, make_report(START, *forged, post=B))
    loader.load()
    loader = make_loader(engine, spool, own=own) if restarted else loader
    spool_up(spool, *readers(2, *(make_seen(rank=rank) for rank in range(1, 5))))
    loader.load()
    folded = {"post": OTHER, "block": "", "rank": 0}
    assert view_rows(engine) == sorted(
        [
            *(row(2, 0, rank=rank) for rank in range(1, 4)),
            row(2, 0, **folded),
            *(row(1, 0, rank=rank, item="pot", post=B) for rank in range(1, 4)),
            row(2, 0, item="pot", **folded),
        ]
    )
    assert view_totals(engine)["post", A, TODAY] == (6, 0)
    assert view_totals(engine)["post", OTHER, TODAY] == (4, 0)


def test_a_failed_batch_counts_not_at_all_and_wholly_later(engine, spool, monkeypatch):
    loader = make_loader(engine, spool)
    spool_up(spool, *readers(9), make_click())

    def fail(*_):
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(loader.positions, "save", fail)
        with pytest.raises(OSError, match="no space"):
            loader.load()
    assert (view_rows(engine), view_totals(engine)) == ([], {})
    assert loader.load() == Loaded(read=10, stored=1, reports=9, views=9)
    assert view_rows(engine) == [row(9, 0)]
