"""Charts are drawn on round scales from zero, whatever the numbers."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.admin.dashboard.charts import heat, lines
from linkmgr.store.figures.figures import Counts, Curve, Ranked
from linkmgr.store.figures.periods import last_days

UNTIL = date(2026, 3, 31)


def draw(now, before=None):
    """Draw the clicks of days, none of the days before if they are not given."""
    period = last_days(len(now), UNTIL)
    before = before or [0] * len(now)
    return lines(
        *(
            Curve(each, tuple(map(Counts, clicks)))
            for each, clicks in ((period, now), (period.before, before))
        )
    )


def points(text):
    return [tuple(map(float, point.split(","))) for point in text.split()]


def places(**clicks):
    """Rank places, `books_1` being books.1."""
    found = [Ranked(name.replace("_", "."), Counts(number)) for name, number in clicks.items()]
    return sorted(found, key=lambda row: -row.counts.clicks)


@pytest.mark.parametrize(
    ("most", "ticks"),
    [
        pytest.param(0, (1, 0), id="nothing"),
        pytest.param(1, (1, 0), id="one"),
        pytest.param(3, (3, 2, 1, 0), id="few"),
        pytest.param(5, (6, 4, 2, 0), id="twos"),
        pytest.param(37, (40, 30, 20, 10, 0), id="tens"),
        pytest.param(1_000_000, (1_000_000, 500_000, 0), id="many"),
    ],
)
def test_the_numbers_beside_the_lines_are_round(most, ticks):
    assert draw([0, most]).ticks == ticks


def test_a_curve_begins_at_the_left_and_zero_is_at_the_bottom():
    drawn = draw([0, 20, 40], [40, 0, 0])
    assert points(drawn.now) == [(0, 250), (500, 125), (1000, 0)]
    assert points(drawn.before) == [(0, 0), (500, 250), (1000, 250)]
    assert drawn.levels == (0, 62.5, 125, 187.5, 250)


@pytest.mark.parametrize(
    ("days", "named"),
    [
        pytest.param(2, [30, 31], id="2"),
        pytest.param(6, [26, 31], id="6"),
        pytest.param(7, [25, 27, 29, 31], id="7"),
        pytest.param(30, [2, 9, 16, 24, 31], id="30"),
    ],
)
def test_the_days_below_are_at_equal_distances_from_end_to_end(days, named):
    assert [day.day for day in draw([1] * days).days] == named


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=400))
def test_every_point_is_on_the_drawing_and_the_scale_is_no_more_than_needed(clicks):
    drawn = draw(clicks)
    assert all(0 <= x <= 1000 and 0 <= y <= 250 for x, y in points(drawn.now))
    assert 2 <= len(drawn.ticks) <= 5
    assert drawn.ticks[0] >= max(clicks)
    assert drawn.ticks[1] < max(clicks, default=0) or max(clicks) == 0
    assert drawn.days[0] == last_days(len(clicks), UNTIL).since
    assert drawn.days[-1] == UNTIL


def test_blocks_are_rows_the_most_clicked_first_and_ranks_columns():
    drawn = heat(places(cta_1=5, books_1=10, books_3=1))
    assert list(drawn.ranks) == [1, 2, 3]
    assert [block for block, _ in drawn.rows] == ["books", "cta"]
    assert [(cell.clicks, cell.shade) for cell in drawn.rows[0][1]] == [(10, 5), (0, 0), (1, 1)]
    assert not drawn.further


def test_clicks_without_a_place_are_in_no_row():
    assert heat([Ranked("", Counts(3))]).rows == ()


def test_more_than_ten_ranks_are_cut():
    drawn = heat(places(books_1=1, books_11=1))
    assert list(drawn.ranks) == list(range(1, 11))
    assert drawn.further


def test_places_that_bots_alone_clicked_have_no_shade():
    drawn = heat([Ranked("books.1", Counts(0, 0, 4))])
    assert [(cell.clicks, cell.shade) for cell in drawn.rows[0][1]] == [(0, 0)]
