"""What was counted of the tests of variants that were published."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from linkmgr.clicks.counts import Dimension, ViewCounts
from linkmgr.store.db.engine import sum_of
from linkmgr.store.db.models import Total, VariantTestRow, ViewTotal


@dataclass(frozen=True, slots=True)
class PublishedTest:
    """A test of an item's variants under one of its keys, `since` milliseconds after 1970 began.

    A variant may be another item: `shows` has the item of each, of which its views are.
    """

    item: str
    key: str
    test: str
    weights: Mapping[str, float]
    shows: Mapping[str, str]
    share: float
    vary_by: str
    since: int


def published_tests(connection: Connection, test: str | None = None) -> list[PublishedTest]:
    """Return all tests under all their keys, or one by its hash: the earliest first."""
    query = select(
        VariantTestRow.item,
        VariantTestRow.key,
        VariantTestRow.test,
        VariantTestRow.weights,
        VariantTestRow.shows,
        VariantTestRow.share,
        VariantTestRow.vary_by,
        VariantTestRow.since,
    ).order_by(VariantTestRow.since)
    if test is not None:
        query = query.where(VariantTestRow.test == test)
    return [
        PublishedTest(item, key, name, json.loads(weights), json.loads(shows), share, by, since)
        for item, key, name, weights, shows, share, by, since in connection.execute(query)
    ]


def days_of_tests(
    connection: Connection, tests: Iterable[PublishedTest]
) -> Mapping[tuple[str, str], Mapping[date, Mapping[str, ViewCounts]]]:
    """Return what was counted by item and key of a test: by day and variant."""
    named = _variants_by_name(tests)
    found: dict[tuple[str, str], dict[date, dict[str, ViewCounts]]] = defaultdict(dict)
    query = select(ViewTotal.value, ViewTotal.day, ViewTotal.views, ViewTotal.clicked).where(
        ViewTotal.dimension == Dimension.VARIANT, ViewTotal.value.in_(named)
    )
    for value, day, views, clicked in connection.execute(query):
        item, key, variant = named[value]
        found[item, key].setdefault(day, {})[variant] = ViewCounts(views, clicked)
    return found


def exact_clicks_of_tests(
    connection: Connection, tests: Iterable[PublishedTest]
) -> Mapping[tuple[str, str], int]:
    """Return how many clicks `/go/` and `/hit/` counted, by item and key of a test."""
    named = _variants_by_name(tests)
    clicks: dict[tuple[str, str], int] = defaultdict(int)
    query = (
        select(Total.value, sum_of(Total.clicks))
        .where(Total.dimension == Dimension.VARIANT, Total.value.in_(named))
        .group_by(Total.value)
    )
    for value, count in connection.execute(query):
        item, key, _ = named[value]
        clicks[item, key] += count
    return clicks


def _variants_by_name(tests: Iterable[PublishedTest]) -> dict[str, tuple[str, str, str]]:
    """Return item, key and variant of all tests by the name under which totals have each."""
    return {
        f"{shown}/{test.key}.{variant}": (test.item, test.key, variant)
        for test in tests
        for variant, shown in test.shows.items()
    }
