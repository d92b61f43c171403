"""Lines are drawn on round scales from zero, whatever the numbers."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.admin.common.drawing import draw_lines, mondays, weekends
from linkmgr.clicks.periods import Period, last_days

UNTIL = date(2026, 3, 31)  # a Tuesday


def points(text):
    return [tuple(map(float, point.split(","))) for point in text.split()]


def numbers(lines):
    return tuple(tick.number for tick in lines.ticks)


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
    assert numbers(draw_lines([0, most])) == ticks


def test_a_line_begins_at_the_left_and_zero_is_at_the_bottom():
    drawn = draw_lines([0, 20, 40], [40, 0, 0])
    assert points(drawn.now) == [(0, 100), (1, 50), (2, 0)]
    assert points(drawn.before) == [(0, 0), (1, 100), (2, 100)]
    assert points(drawn.area) == [(0, 100), (0, 100), (1, 50), (2, 0), (2, 100)]
    assert [tick.level for tick in drawn.ticks] == [0, 25, 50, 75, 100]


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=400))
def test_every_point_is_drawn_on_no_larger_a_scale_than_needed(figures):
    drawn = draw_lines(figures)
    assert [x for x, _ in points(drawn.now)] == [*range(len(figures))]
    assert all(0 <= y <= 100 for _, y in points(drawn.now))
    assert 2 <= len(drawn.ticks) <= 5
    top, second, *_ = numbers(drawn)
    assert second < max(figures) <= top or max(figures) == 0


def test_days_before_counting_began_are_no_zeros():
    drawn = draw_lines([None, None, 4, 2, 4])
    assert points(drawn.now) == [(2, 0), (3, 50), (4, 0)]
    assert points(drawn.area)[0] == (2, 100)
    assert drawn.uncounted == 50


def test_nothing_is_drawn_where_nothing_was_counted_yet():
    drawn = draw_lines([None, None, None])
    assert (drawn.now, drawn.still_open, drawn.area, drawn.uncounted) == ("", "", "", 100)


def test_a_day_that_is_not_over_is_a_line_of_its_own():
    drawn = draw_lines([2, 4, 1], is_open=True)
    assert points(drawn.now) == [(0, 50), (1, 0)]
    assert points(drawn.still_open) == [(1, 0), (2, 75)]
    assert points(drawn.area)[-1] == (1, 100)
    assert drawn.end == (100, 75)


@given(st.integers(2, 400))
def test_mondays_are_named_below_a_period_few_enough_to_read(days):
    period = last_days(days, UNTIL)
    found = [step for step, _ in mondays(period)]
    assert len(found) <= 9
    assert all((period.since.weekday() + step) % 7 == 0 for step in found)


def test_weekends_are_from_middle_of_friday_to_that_of_sunday():
    # From a Sunday to the Sunday of the week after.
    found = weekends(Period(date(2026, 3, 1), date(2026, 3, 8)))
    assert [*found] == [(0, 7.14), (78.57, 21.43)]
