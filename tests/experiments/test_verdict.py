"""The verdict on variants: what is computed by hand, and what holds for all counts."""

import random
from datetime import date, timedelta
from fractions import Fraction
from math import comb, exp, inf, isclose, log

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from linkmgr.clicks.counts import ViewCounts
from linkmgr.experiments.verdict import (
    THRESHOLD,
    Segment,
    Stratum,
    differ,
    likeliest_ratio,
    log_evidence,
    median_clicks,
    probabilities_of_best,
    ratio_interval,
    read_verdict,
)

FIRST_DAY = date(2026, 11, 1)
EQUAL = {"original": 1.0, "b": 1.0}


def segment(*days, weights=None):
    """Make a segment of days in a row, each (views, clicked) by variant in the weights' order."""
    weights = weights or EQUAL
    return Segment(
        weights,
        {
            FIRST_DAY + timedelta(number): dict(
                zip(weights, (ViewCounts(*seen) for seen in day), strict=True)
            )
            for number, day in enumerate(days)
        },
    )


def evidence(*strata):
    return exp(log_evidence([Stratum(*stratum) for stratum in strata]))


shares = st.floats(0.02, 0.98)


@st.composite
def strata_of_a_share(draw, w=shares):
    n = draw(st.integers(0, 3000))
    return Stratum(draw(w), n, draw(st.integers(0, n)))


a_stratum = strata_of_a_share()


# The formula.


@pytest.mark.parametrize(
    ("w", "n", "s", "expected"),
    [
        pytest.param(0.5, 0, 0, Fraction(1), id="before the first click"),
        pytest.param(0.5, 1, 1, Fraction(10, 20) / Fraction(1, 2), id="one click"),
        pytest.param(0.5, 2, 2, Fraction(10 * 11, 20 * 21) * 4, id="both of B"),
        pytest.param(0.5, 2, 1, Fraction(10 * 10, 20 * 21) * 4, id="one of each"),
        pytest.param(
            0.25,
            3,
            2,
            Fraction(5 * 6 * 15, 20 * 21 * 22) / Fraction(3, 64),
            id="two of three by a quarter",
        ),
    ],
)
def test_the_evidence_is_that_of_the_formula(w, n, s, expected):
    assert evidence((w, n, s)) == pytest.approx(float(expected))


@given(a_stratum)
def test_a_click_changes_the_evidence_by_a_mean_factor_of_one(stratum):
    w, n, s = stratum
    now = log_evidence([stratum])
    of_second = exp(log_evidence([(w, n + 1, s + 1)]) - now)
    of_first = exp(log_evidence([(w, n + 1, s)]) - now)
    assert w * of_second + (1 - w) * of_first == pytest.approx(1, rel=1e-6)


@given(st.lists(a_stratum, max_size=4))
def test_segments_multiply_their_evidence(strata):
    assert log_evidence(strata) == pytest.approx(sum(log_evidence([one]) for one in strata))


# The ratio's interval.


@given(a_stratum.filter(lambda stratum: 0 < stratum.s < stratum.n))
def test_likeliest_ratio_is_that_of_clicks_to_their_shares(stratum):
    w, n, s = stratum
    assert exp(likeliest_ratio([stratum])) == pytest.approx(s / (n - s) * (1 - w) / w)


@given(a_stratum, st.sampled_from([20.0, 60.0, 120.0]))
def test_one_is_a_possible_ratio_until_the_evidence_decides(stratum, threshold):
    low, high = ratio_interval([stratum], threshold)
    is_decided = log_evidence([stratum]) >= log(threshold)
    assert is_decided == (not low < 1 < high) or isclose(low, 1) or isclose(high, 1)


@given(a_stratum.filter(lambda stratum: stratum.n), st.sampled_from([20.0, 60.0]))
@example(Stratum(0.875, 168, 1), 60.0)
@example(Stratum(0.75, 338, 1), 60.0)
@example(Stratum(0.125, 179, 178), 20.0)
def test_at_ends_of_interval_evidence_is_threshold(stratum, threshold):
    low, high = ratio_interval([stratum], threshold)
    for end in {low, high} - {0.0, inf}:
        assert log_evidence([stratum], log(end)) == pytest.approx(log(threshold), abs=1e-6)
    assert (low == 0) == (stratum.s == 0)
    assert (high == inf) == (stratum.s == stratum.n)


@given(a_stratum)
def test_a_higher_threshold_leaves_more_ratios_possible(stratum):
    low, high = ratio_interval([stratum], 20)
    lower, higher = ratio_interval([stratum], 60)
    assert lower <= low <= high <= higher


def test_without_a_click_every_ratio_is_possible():
    assert ratio_interval([], 20) == (0, inf)


def test_no_ratio_fits_segments_that_contradict_each_other():
    strata = [Stratum(0.5, 200, 150), Stratum(0.8, 200, 90)]
    assert ratio_interval(strata, 20) is None
    assert differ(strata)


@given(st.lists(a_stratum, min_size=1, max_size=1))
def test_a_single_post_cannot_differ(strata):
    assert not differ(strata)


# The verdict on a test.


def test_winner_is_named_on_day_evidence_decides_and_stays_named():
    won = [((500, 5), (500, 25))] * 3
    verdict = read_verdict([segment(*won)])
    pair = verdict.closest
    reached = next(number for number, value in enumerate(pair.evidence) if value >= THRESHOLD)
    assert verdict.winner == verdict.leader == "b"
    assert verdict.since == FIRST_DAY + timedelta(reached)
    assert verdict.more_clicks == 0

    later = read_verdict([segment(*won, ((500, 60), (500, 5)))])
    assert later.closest.evidence[-1] < THRESHOLD
    assert (later.winner, later.since) == ("b", verdict.since)


@pytest.mark.parametrize(("last", "winner"), [(60, "b"), (90, None), (200, "original")])
def test_no_winner_is_named_above_a_ratio_below_one(last, winner):
    verdict = read_verdict([segment(*[((500, 5), (500, 25))] * 3, ((500, last), (500, 5)))])
    assert verdict.winner == winner
    assert {pair.better for pair in verdict.pairs} == {winner}
    if winner:
        assert verdict.closest.ratio > 1


def test_p_is_one_over_greatest_evidence_and_never_more_than_one():
    verdict = read_verdict([segment(((500, 5), (500, 20)), ((500, 15), (500, 5)))])
    assert verdict.closest.p == pytest.approx(1 / max(verdict.closest.evidence))
    assert read_verdict([segment(((500, 5), (500, 5)))]).closest.p == 1
    assert read_verdict([segment()]).closest.p == 1


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8),
    st.integers(1, 100),
    st.integers(1, 100),
)
@example([(6, 6)], 1, 12)
def test_the_order_of_the_variants_changes_nothing_but_the_sign(clicks, of_first, of_second):
    days = [((100, a), (100, b)) for a, b in clicks]
    there = read_verdict([segment(*days, weights={"x": of_first, "y": of_second})])
    turned = [(b, a) for a, b in days]
    back = read_verdict([segment(*turned, weights={"y": of_second, "x": of_first})])
    assert there.winner == back.winner
    assert there.pairs[0].evidence == pytest.approx(back.pairs[0].evidence)
    if there.pairs[0].interval:
        low, high = there.pairs[0].interval
        assert back.pairs[0].interval == pytest.approx((1 / high, 1 / low if low else inf))


def test_where_one_was_never_clicked_the_ratio_is_zero_or_inf():
    (pair,) = read_verdict([segment(((100, 0), (100, 7)))]).pairs
    assert pair.ratio == inf
    assert pair.turned().ratio == 0
    (pair,) = read_verdict([segment(((100, 7), (100, 0)))]).pairs
    assert pair.ratio == 0
    assert pair.turned().ratio == inf


def test_a_segment_divided_without_new_weights_is_the_same():
    days = [((300, 4), (300, 9)), ((300, 6), (300, 8)), ((300, 2), (300, 7))]
    whole = read_verdict([segment(*days)])
    first = segment(days[0], ((0, 0), (0, 0)), days[2])
    second = segment(((0, 0), (0, 0)), days[1], weights={"original": 10.0, "b": 10.0})
    assert read_verdict([first, second]) == whole


def test_change_of_weights_multiplies_evidence_of_both_segments():
    before = segment(((300, 10), (300, 20)))
    after = segment(((300, 8), (900, 40)), weights={"original": 1.0, "b": 3.0})
    verdict = read_verdict([before, after])
    assert verdict.closest.evidence[-1] == pytest.approx(
        evidence((0.5, 30, 20)) * evidence((0.75, 48, 40))
    )
    assert verdict.variants == {"original": ViewCounts(600, 18), "b": ViewCounts(1200, 60)}


def test_of_three_the_winner_beat_each_at_triple_the_evidence():
    weights = {"a": 1.0, "b": 1.0, "c": 1.0}
    verdict = read_verdict([segment(((900, 10), (900, 12), (900, 40)), weights=weights)])
    assert verdict.threshold == 60
    assert len(verdict.pairs) == 3
    assert verdict.winner == "c"

    verdict = read_verdict([segment(((900, 10), (900, 30), (900, 40)), weights=weights)])
    assert [pair.better for pair in verdict.pairs if "a" in (pair.first, pair.second)].count(
        "c"
    ) == 1
    assert verdict.winner is None
    assert (verdict.closest.first, verdict.closest.second) == ("b", "c")
    # 241 decide a pair, which has two of three clicks.
    assert verdict.more_clicks == round((241 - 70) * 3 / 2 + 0.5)


def test_views_against_the_weights_are_told_without_a_winner():
    verdict = read_verdict([segment(((2000, 60), (4000, 120)))])
    assert verdict.closest.is_uneven
    assert verdict.closest.evidence[-1] >= THRESHOLD
    assert verdict.winner is None  # both are clicked as often, as seen
    assert not read_verdict([segment(((2000, 60), (2040, 120)))]).closest.is_uneven
    won = read_verdict([segment(((2000, 60), (4000, 600)))])
    assert (won.winner, won.since, won.closest.better) == (None, None, None)


@pytest.mark.parametrize(
    ("views", "uneven"),
    [((9000, 1000), False), ((9000, 1700), False), ((9000, 700), True), ((4000, 6000), True)],
)
def test_readers_of_several_pages_bring_unequal_shares_nearer(views, uneven):
    day = [(count, 10) for count in views]
    verdict = read_verdict([segment(day, weights={"original": 9.0, "b": 1.0})])
    assert verdict.is_uneven == uneven


def test_it_takes_fewer_clicks_the_more_there_were():
    few = read_verdict([segment(((1000, 30), (1000, 34)))])
    assert few.more_clicks == 181 - 64
    many = read_verdict([segment(((10000, 300), (10000, 310)))])
    assert (many.more_clicks, many.winner) == (0, None)


# How many clicks it takes; `benchmarks/verdict.py` simulates the same.


@pytest.mark.parametrize(("ratio", "clicks"), [(1.5, 181), (2, 73), (3, 38)])
def test_the_median_of_clicks_is_exact(ratio, clicks):
    assert median_clicks(0.5, ratio) == clicks


def test_unequal_shares_and_more_variants_take_more_clicks():
    assert median_clicks(0.5) < median_clicks(0.2) < median_clicks(0.1)
    assert median_clicks(0.5) < median_clicks(0.5, threshold=60)


# Simulated truth, in small; `benchmarks/verdict.py` does the same in large.


def simulated(*rates, tests, days):
    """Yield tests of variants with these rates, some 3 clicks a day: the same in each run."""
    chance = random.Random(2026)  # noqa: S311 - nothing secret
    weights = dict(zip("ab", [1.0] * len(rates), strict=False))
    for _ in range(tests):
        yield segment(
            *(
                [(100, sum(chance.random() < rate for _ in range(100))) for rate in rates]
                for _ in range(days)
            ),
            weights=weights,
        )


def test_equal_variants_looked_at_daily_hardly_ever_have_winner():
    verdicts = [read_verdict([each]) for each in simulated(0.03, 0.03, tests=100, days=40)]
    assert sum(verdict.winner is not None for verdict in verdicts) <= 5


def test_the_true_ratio_is_in_the_intervals_of_all_days():
    outside = 0
    for each in simulated(0.02, 0.04, tests=40, days=20):
        looks = [
            Segment(each.weights, dict(list(each.days.items())[: count + 1]))
            for count in range(len(each.days))
        ]
        intervals = [read_verdict([look]).closest.interval or (0, inf) for look in looks]
        outside += any(not low <= 2 <= high for low, high in intervals)
    assert outside <= 2


# What is shown as a description.


@given(
    st.tuples(st.integers(0, 60), st.integers(0, 3000)),
    st.tuples(st.integers(0, 60), st.integers(0, 3000)),
)
def test_probability_of_being_best_is_that_of_closed_form(first, second):
    (a, x), (b, y) = first, second
    found = probabilities_of_best({"a": ViewCounts(a + x, a), "b": ViewCounts(b + y, b)})
    assert found["b"] == pytest.approx(float(_second_is_higher(a, x, b, y)), abs=2e-4)
    assert sum(found.values()) == pytest.approx(1)


def _second_is_higher(a, x, b, y):
    """Return the probability exactly, as E. Miller's sum for two Beta distributions has it."""

    def beta(p, q):  # of integers
        return Fraction(1, (p + q - 1) * comb(p + q - 2, p - 1))

    a, x, b, y = a + 1, x + 1, b + 1, y + 1
    return sum(beta(a + i, x + y) / ((y + i) * beta(1 + i, y) * beta(a, x)) for i in range(b))


def test_variants_that_nobody_saw_are_as_probably_the_best():
    nobody = {name: ViewCounts(0, 0) for name in "abc"}
    assert probabilities_of_best(nobody) == pytest.approx(dict.fromkeys("abc", 1 / 3))
