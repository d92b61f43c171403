"""A rate comes with its interval, and with whether that says anything."""

import pytest
from hypothesis import given, strategies

from linkmgr.figures.rates import DECISIVE, rate_of


@pytest.mark.parametrize(
    ("clicks", "views", "low", "high"),
    [
        # R. G. Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3
        pytest.param(81, 263, 0.2553, 0.3662, id="81-of-263"),
        pytest.param(15, 148, 0.0624, 0.1605, id="15-of-148"),
        pytest.param(0, 20, 0.0, 0.1611, id="0-of-20"),
        pytest.param(1, 29, 0.0061, 0.1718, id="1-of-29"),
    ],
)
def test_the_interval_is_wilsons(clicks, views, low, high):
    rate = rate_of(clicks, views)
    assert (rate.low, rate.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("clicks", "views"),
    [pytest.param(0, 0, id="no-views"), pytest.param(3, 2, id="more-clicks-than-views")],
)
def test_there_is_no_rate_of_what_is_no_share(clicks, views):
    assert rate_of(clicks, views) is None


@pytest.mark.parametrize(
    ("clicks", "views", "tells"),
    [
        pytest.param(0, 1_000_000, False, id="no-click"),
        pytest.param(1, 3, False, id="a-click-of-three-views"),
        pytest.param(20, 1000, False, id="twenty-clicks"),
        pytest.param(40, 2000, True, id="forty-clicks"),
        pytest.param(10, 10, True, id="all-of-ten"),
    ],
)
def test_too_few_say_nothing(clicks, views, tells):
    assert rate_of(clicks, views).is_conclusive is tells


@given(
    strategies.integers(1, 10**9).flatmap(
        lambda views: strategies.tuples(strategies.integers(0, views), strategies.just(views))
    )
)
def test_the_interval_holds_the_rate_and_is_one_of_shares(numbers):
    rate = rate_of(*numbers)
    slack = 1e-12
    assert 0 <= rate.low <= rate.rate + slack
    assert rate.rate - slack <= rate.high <= 1
    assert rate.is_conclusive == (rate.high <= DECISIVE * rate.low)
