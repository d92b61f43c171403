"""Views are summed by what is asked for together, in a period, and out of the given rows alone."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from linkmgr.clicks.counts import ViewCounts
from linkmgr.clicks.periods import Period
from linkmgr.figures.views import PlacedItem, shares_in_same_places, view_sums
from linkmgr.store.db.models import ViewRow
from tests.figures.test_totals import TODAY, WEEK

A, B = "00000000000000aa", "00000000000000bb"


def row(days_ago, item, place, *seen, **over):
    post, rank = place
    fields = {"day": TODAY - timedelta(days=days_ago), "item": item, "post": post, "rank": rank}
    fields |= {"block": "books", "variant": "", "tracking": "tea-22"}
    return fields | dict(zip(("views", "clicked"), seen, strict=True)) | over


ROWS = [
    row(0, "law", (A, 1), 100, 5),
    row(6, "law", (A, 1), 10, 1),
    row(7, "law", (A, 1), 1000, 1000),
    row(0, "law", (A, 2), 20, 0),
    row(0, "law", (B, 1), 30, 2, tracking="b-22"),
    row(0, "pot", (A, 2), 40, 4, variant="0a1b2c3d.short"),
    row(0, "pot", (B, 3), 50, 0, block="cta"),
]


@pytest.fixture
def connection(engine):
    with engine.connect() as connection:
        connection.execute(insert(ViewRow), ROWS)
        yield connection
        connection.rollback()


@pytest.mark.parametrize(
    ("by", "only", "sums"),
    [
        (("item",), {}, {("law",): (160, 8), ("pot",): (90, 4)}),
        (
            ("item", "post"),
            {"items": ["law", "none"]},
            {("law", A): (130, 6), ("law", B): (30, 2)},
        ),
        (("item",), {"posts": [B]}, {("law",): (30, 2), ("pot",): (50, 0)}),
        (("rank",), {"items": ["law"], "posts": [A]}, {(1,): (110, 6), (2,): (20, 0)}),
        (
            ("item", "block", "rank"),
            {},
            {
                ("law", "books", 1): (140, 8),
                ("law", "books", 2): (20, 0),
                ("pot", "books", 2): (40, 4),
                ("pot", "cta", 3): (50, 0),
            },
        ),
        (("variant",), {"items": ["pot"]}, {("0a1b2c3d.short",): (40, 4), ("",): (50, 0)}),
        (("tracking",), {"items": ["law"]}, {("tea-22",): (130, 6), ("b-22",): (30, 2)}),
        (("post",), {"items": []}, {}),
    ],
)
def test_views_are_summed_by_what_is_asked_for_together(connection, by, only, sums):
    assert view_sums(connection, WEEK, by, **only) == sums
    assert all(isinstance(each, ViewCounts) for each in view_sums(connection, WEEK, by).values())


def test_a_day_without_views_has_no_sums(connection):
    yesterday = TODAY - timedelta(days=1)
    assert view_sums(connection, Period(yesterday, yesterday), ("item",)) == {}


def test_others_in_the_same_places_count_as_the_item_was_seen():
    seen = {
        PlacedItem("law", "books", 1): ViewCounts(300, 30),
        PlacedItem("law", "books", 2): ViewCounts(100, 0),
        PlacedItem("pot", "books", 1): ViewCounts(50, 5),
        PlacedItem("pot", "books", 2): ViewCounts(200, 4),
        PlacedItem("alone", "cta", 1): ViewCounts(100, 10),
    }
    shares = shares_in_same_places(seen)
    assert shares["law"] == pytest.approx((300 * 5 / 50 + 100 * 4 / 200) / 400)
    assert shares["pot"] == pytest.approx((50 * 30 / 300 + 200 * 0 / 100) / 250)
    assert "alone" not in shares
