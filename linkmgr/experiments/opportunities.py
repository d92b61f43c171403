"""What tests of variants leave to do, and which items are left to them."""

from collections.abc import Iterable
from datetime import date
from math import inf

from linkmgr.experiments.variants import CountedTest
from linkmgr.figures.opportunities import MONTH, DecidedTest, by_worth
from linkmgr.figures.rates import click_share


def decided_tests(tests: Iterable[CountedTest]) -> list[DecidedTest]:
    """Return the running tests that have a winner, and the clicks that this one alone would add."""
    decided = []
    for test in tests:
        verdict = test.verdict
        if not test.is_running or test.by_post or verdict.winner is None:
            continue
        views = sum(seen.views for seen in verdict.variants.values())
        winner = verdict.variants[verdict.winner]
        rate = click_share(winner.clicked, winner.views)
        days = (max(verdict.days) - min(verdict.days)).days + 1
        decided.append(
            DecidedTest(
                test.item,
                test.test,
                verdict.winner,
                verdict.closest.ratio or inf,
                (rate * views - verdict.clicked) * MONTH / days,
            )
        )
    return by_worth(decided)


def items_in_tests(tests: Iterable[CountedTest], since: date) -> set[str]:
    """Return the items whose tests ran on some day since one: those say why the rate changed."""
    return {
        test.item
        for test in tests
        if test.is_running or any(day >= since for day in test.verdict.days)
    }
