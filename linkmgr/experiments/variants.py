"""Tests of variants as readers had them: what was counted of each, and what that says."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from math import isfinite
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from linkmgr.catalog.model import Catalog
from linkmgr.catalog.variants import variant_tests
from linkmgr.clicks.counts import Dimension, ViewCounts
from linkmgr.clicks.periods import Period, day_in
from linkmgr.experiments.verdict import (
    Pair,
    Segment,
    Verdict,
    differ,
    probabilities_of_best,
    read_verdict,
    strata_of,
)
from linkmgr.figures.rates import Rate, reported_rate
from linkmgr.figures.views import view_sums
from linkmgr.messages.message import Message, message, translate
from linkmgr.reports import (
    Column,
    Fact,
    Kind,
    Output,
    aligned,
    columns_of,
    json_row,
    text_rows,
)
from linkmgr.store.clicks.renames import renames_of
from linkmgr.store.db.engine import sum_of
from linkmgr.store.db.models import Total, VariantTestRow, ViewTotal

# What is stored of tests.


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
    renames = renames_of(connection)
    tests = []
    for row in connection.execute(query):
        shows = {name: renames.present_id(shown) for name, shown in json.loads(row.shows).items()}
        weights = json.loads(row.weights)
        item = renames.present_id(row.item)
        tests.append(
            PublishedTest(
                item, row.key, row.test, weights, shows, row.share, row.vary_by, row.since
            )
        )
    return tests


def days_of_tests(
    connection: Connection, tests: Iterable[PublishedTest]
) -> Mapping[tuple[str, str], Mapping[date, Mapping[str, ViewCounts]]]:
    """Return what was counted by item and key of a test: by day and variant."""
    renames, named = renames_of(connection), _variants_by_name(tests)
    by_day: dict[tuple[str, str], dict[date, dict[str, ViewCounts]]] = defaultdict(dict)
    query = select(ViewTotal.value, ViewTotal.day, ViewTotal.views, ViewTotal.clicked).where(
        ViewTotal.dimension == Dimension.VARIANT,
        ViewTotal.value.in_(renames.all_values(Dimension.VARIANT, named)),
    )
    for value, day, views, clicked in connection.execute(query):
        item, key, variant = named[renames.present_value(Dimension.VARIANT, value)]
        variants = by_day[item, key].setdefault(day, {})
        counted = variants.get(variant, ViewCounts())
        variants[variant] = counted.plus(ViewCounts(views, clicked))
    return by_day


def exact_clicks_of_tests(
    connection: Connection, tests: Iterable[PublishedTest]
) -> Mapping[tuple[str, str], int]:
    """Return how many clicks `/go/` and `/hit/` counted, by item and key of a test."""
    renames, named = renames_of(connection), _variants_by_name(tests)
    clicks: dict[tuple[str, str], int] = defaultdict(int)
    query = (
        select(Total.value, sum_of(Total.clicks))
        .where(
            Total.dimension == Dimension.VARIANT,
            Total.value.in_(renames.all_values(Dimension.VARIANT, named)),
        )
        .group_by(Total.value)
    )
    for value, count in connection.execute(query):
        item, key, _ = named[renames.present_value(Dimension.VARIANT, value)]
        clicks[item, key] += count
    return clicks


def _variants_by_name(tests: Iterable[PublishedTest]) -> dict[str, tuple[str, str, str]]:
    """Return item, key and variant of all tests by the name under which totals have each."""
    return {
        f"{shown}/{test.key}.{variant}": (test.item, test.key, variant)
        for test in tests
        for variant, shown in test.shows.items()
    }


# What was counted of them.


@dataclass(frozen=True, slots=True)
class CountedTest:
    """A test of an item's variants, with what was counted of it.

    It has the `share` (in percent) of the page views, or of the posts where it is `by_post`: these
    differ by more than their variants, so that such a test has no verdict to show. It `is_running`
    while the catalog has it. Its variants show the `shown` items. The links of its variants were
    clicked `exact_clicks` times, of which reports know only a part.
    """

    item: str
    test: str
    since: date
    share: float
    by_post: bool
    is_running: bool
    shown: frozenset[str]
    keys: tuple[str, ...]
    segments: tuple[Segment, ...]
    verdict: Verdict
    exact_clicks: int

    @property
    def is_unseen(self) -> bool:
        """Whether it runs by the catalog, and no page has reported it yet: it may not be built."""
        return self.is_running and not any(seen.views for seen in self.verdict.variants.values())

    @property
    def has_excess_clicks(self) -> bool:
        """Whether readers reported more clicks than its links had: some reports are made up."""
        return self.verdict.clicked > self.exact_clicks

    @property
    def doubt(self) -> str | None:
        """The code of the message why nobody can name a winner, `None` without a doubt."""
        if self.has_excess_clicks:
            return "stats.test-excess-clicks"
        return "stats.test-uneven" if self.verdict.is_uneven else None


def read_tests(
    connection: Connection, catalog: Catalog, test: str | None = None
) -> tuple[CountedTest, ...]:
    """Return all tests there were, or one by its hash.

    Running tests come before those that ended, and later ones before earlier ones. A test that is
    in the catalog and was never published begins now.
    """
    running = {}
    for own in variant_tests(catalog):
        if test is None or own.test == test:
            running[own.test] = own
    published = published_tests(connection, test)
    known = {(stored.item, stored.key) for stored in published}
    now = int(datetime.now(UTC).timestamp() * 1000)
    for own in running.values():
        if (own.item, own.key) not in known:
            shows = {variant: item.id for variant, item in own.shows.items()}
            published.append(
                PublishedTest(
                    own.item, own.key, own.test, own.weights, shows, own.share, own.vary_by, now
                )
            )
    days = days_of_tests(connection, published)
    exact_clicks = exact_clicks_of_tests(connection, published)
    by_test = defaultdict(list)
    for stored in published:
        by_test[stored.item, stored.test].append(stored)
    tests = []
    for (_, name), of_test in by_test.items():
        is_running = name in running
        counted = _counted(
            of_test, days, exact_clicks, catalog.site.timezone, is_running=is_running
        )
        tests.append(counted)
    return tuple(sorted(tests, key=lambda test: (test.is_running, test.since), reverse=True))


def _counted(
    published: Sequence[PublishedTest],
    days: Mapping[tuple[str, str], Mapping[date, Mapping[str, ViewCounts]]],
    exact_clicks: Mapping[tuple[str, str], int],
    timezone: str,
    *,
    is_running: bool,
) -> CountedTest:
    first, last = published[0], published[-1]
    segments = tuple(
        Segment(test.weights, days.get((test.item, test.key), {})) for test in published
    )
    counted = CountedTest(
        item=last.item,
        test=last.test,
        since=day_in(timezone, datetime.fromtimestamp(first.since / 1000, UTC)),
        share=last.share,
        by_post=last.vary_by == "post",
        is_running=is_running,
        shown=frozenset(last.shows.values()),
        keys=tuple(test.key for test in published),
        segments=segments,
        verdict=read_verdict(segments),
        exact_clicks=sum(exact_clicks.get((test.item, test.key), 0) for test in published),
    )
    if counted.has_excess_clicks:
        return replace(counted, verdict=counted.verdict.undecided())
    return counted


def posts_differ(connection: Connection, test: CountedTest) -> bool:
    """Tell whether the leader is better on some posts and worse on others, beyond chance."""
    days, pair = test.verdict.days, test.verdict.closest
    if not days:
        return False
    weights = dict(zip(test.keys, (segment.weights for segment in test.segments), strict=True))
    by_post = defaultdict(list)
    period, items = Period(days[0], days[-1]), sorted(test.shown)
    sums = view_sums(connection, period, ("post", "variant"), items=items)
    for (post, value), counts in sums.items():
        key, _, variant = value.partition(".")
        if key in weights:
            by_post[post].append((weights[key], {variant: counts}))
    strata = [
        stratum
        for counted in by_post.values()
        for stratum in strata_of(counted, pair.first, pair.second)[0]
    ]
    return differ(strata, test.verdict.threshold)


# In words, and for programs.


def verdict_message(test: CountedTest) -> Message:
    """Say what a test has shown by now."""
    verdict = test.verdict
    if reason := _reason_without_verdict(test):
        return message(reason)
    if verdict.winner:
        return message("stats.test-won", winner=verdict.winner)
    if verdict.closest.now >= verdict.threshold:
        return message("stats.test-contradicts")
    if verdict.more_clicks:
        return message("stats.test-too-early", count=about(verdict.more_clicks))
    return message("stats.test-no-half")


def _reason_without_verdict(test: CountedTest) -> str | None:
    """Return the code of the message why nothing can be said of a test, whatever was clicked."""
    if test.by_post:
        return "stats.test-by-post"
    return test.doubt if test.verdict.clicked else "stats.test-not-clicked"


def ratio_message(pair: Pair) -> Message:
    """Say how many times as often the second of a pair is clicked, and what is possible."""
    if pair.ratio is None:
        return message("stats.test-not-clicked")
    if pair.interval is None:
        return message("stats.ratio-changed")
    low, high = pair.interval
    if isfinite(high):
        return message(
            "stats.ratio", ratio=f"{pair.ratio:.2f}", low=f"{low:.2f}", high=f"{high:.2f}"
        )
    return message("stats.ratio-at-least", low=f"{low:.2f}")


MOST = 10
"""How many times the threshold evidence is told apart."""


def evidence_text(evidence: float, verdict: Verdict) -> str:
    """Write evidence; of more than anybody needs to know only that."""
    most = MOST * verdict.threshold
    return f">{most:,.0f}" if evidence > most else f"{evidence:,.1f}"


def about(clicks: int) -> int:
    """Return a number of clicks as roughly as it is known: 97 is 95, and 123 is 120."""
    digits = len(str(clicks))
    step = 5 if digits < len("100") else 10 ** (digits - 2)
    return max(step * round(clicks / step), 1)


def _state_message(test: CountedTest) -> Message:
    """Say since when a test has run, or why nothing was counted of it yet."""
    if test.is_unseen:
        return message("stats.test-unseen")
    running = "stats.test-running-by-post" if test.by_post else "stats.test-running"
    return message(
        running if test.is_running else "stats.test-ended",
        since=test.since.isoformat(),
        share=f"{test.share:g}%",
    )


class VariantRow(NamedTuple):
    """A variant of a test, with what was counted of it."""

    name: str
    seen: ViewCounts
    weight: float
    best: float
    """How probable it is that its rate is the highest; it decides nothing."""

    @property
    def rate(self) -> Rate | None:
        """Its click rate."""
        return reported_rate(self.seen)


_JSON = frozenset({Output.JSON})
_ALL = frozenset({Output.TABLE, Output.JSON})

VARIANTS: tuple[Column[VariantRow], ...] = (
    Column("variant", "", lambda row: row.name, _JSON, kind=Kind.TEXT),
    Column("weight", "", lambda row: row.weight, _JSON, kind=Kind.NUMBER),
    Column("views", "views", lambda row: row.seen.views, _ALL),
    Column(
        "clicked",
        "clicked",
        lambda row: row.seen.clicked,
        _ALL,
        about="Views in which it was clicked, one per visitor and day.",
    ),
    Column(
        "rate",
        "rate",
        lambda row: row.rate,
        _ALL,
        kind=Kind.RATE,
        text=lambda row: f"{row.rate.rate:.2%}" if row.rate else "",
        optional=True,
    ),
    Column(
        "low",
        "95 %",
        lambda row: round(row.rate.low, 6) if row.rate else None,
        _ALL,
        kind=Kind.NUMBER,
        # Both ends, of which programs have one a column.
        text=lambda row: row.rate.interval if row.rate else "",
        optional=True,
        about="The lower end of the rate's 95 % interval.",
    ),
    Column(
        "high",
        "",
        lambda row: round(row.rate.high, 6) if row.rate else None,
        _JSON,
        kind=Kind.NUMBER,
        optional=True,
    ),
    Column(
        "probability_of_best",
        "",
        lambda row: round(row.best, 4),
        _JSON,
        kind=Kind.NUMBER,
        needs=Fact.VERDICT,
        about="Nothing is decided by it.",
    ),
)
"""What is said of a variant."""


class PairRow(NamedTuple):
    """Two variants of a test, with what is said of both."""

    pair: Pair
    verdict: Verdict

    @property
    def low(self) -> float | None:
        """The least ratio that is possible."""
        return self.pair.interval[0] if self.pair.interval else None

    @property
    def high(self) -> float | None:
        """The greatest one."""
        return self.pair.interval[1] if self.pair.interval else None


PAIRS: tuple[Column[PairRow], ...] = (
    Column("first", "", lambda row: row.pair.first, _JSON, kind=Kind.TEXT),
    Column("second", "", lambda row: row.pair.second, _JSON, kind=Kind.TEXT),
    Column(
        "ratio",
        "clicked",
        lambda row: _finite(row.pair.ratio),
        _ALL,
        kind=Kind.NUMBER,
        text=lambda row: translate(ratio_message(row.pair)),
        optional=True,
        about="How many times as often the second is clicked as the first.",
    ),
    Column(
        "low",
        "",
        lambda row: _finite(row.low),
        _JSON,
        kind=Kind.NUMBER,
        optional=True,
        about="The least ratio that is possible.",
    ),
    Column(
        "high",
        "",
        lambda row: _finite(row.high),
        _JSON,
        kind=Kind.NUMBER,
        optional=True,
        about="The greatest; null without an end.",
    ),
    Column(
        "evidence",
        "evidence",
        lambda row: round(row.pair.now, 4),
        _ALL,
        kind=Kind.NUMBER,
        text=lambda row: translate(
            message(
                "stats.test-evidence",
                evidence=evidence_text(row.pair.now, row.verdict),
                threshold=f"{row.verdict.threshold:.0f}",
            )
        ),
    ),
    Column("p", "", lambda row: round(row.pair.p, 6), _JSON, kind=Kind.NUMBER),
    Column("better", "", lambda row: row.pair.better, _JSON, kind=Kind.TEXT, optional=True),
    Column("decided", "", lambda row: row.pair.since, _JSON, kind=Kind.DAY, optional=True),
    Column(
        "uneven_views",
        "",
        lambda row: row.pair.is_uneven,
        _JSON,
        kind=Kind.FLAG,
        about="The views do not follow the weights, so that the test has no winner.",
    ),
)
"""What is said of two variants."""


def _rows(test: CountedTest) -> list[VariantRow]:
    weights, seen = test.segments[-1].weights, test.verdict.variants
    best = probabilities_of_best(seen)
    return [VariantRow(name, seen[name], weights[name], best[name]) for name in seen]


def _pair_rows(test: CountedTest) -> list[PairRow]:
    return [PairRow(pair, test.verdict) for pair in test.verdict.pairs]


def variants_text(connection: Connection, tests: Sequence[CountedTest], width: int) -> str:
    """Write tests for a terminal of `width` cells, each with its verdict and its variants."""
    texts = ["\n".join(_lines(connection, test, width)) for test in tests]
    return "\n\n".join(texts)


def _lines(connection: Connection, test: CountedTest, width: int) -> Iterator[str]:
    yield f"{test.item}  {translate(_state_message(test))}"
    yield translate(verdict_message(test))
    yield ""
    variants = [(row.name, row) for row in _rows(test)]
    label = translate(message("stats.by.variant"))
    rows = text_rows(columns_of(VARIANTS, Output.TABLE), label, variants)
    yield from aligned(rows, [""] * len(rows), width)
    if test.by_post or not test.verdict.clicked:
        return
    yield ""
    pairs = [(f"{row.pair.second} : {row.pair.first}", row) for row in _pair_rows(test)]
    rows = text_rows(columns_of(PAIRS, Output.TABLE), "", pairs)
    yield from aligned(rows, [""] * len(rows), width)
    if test.verdict.is_uneven:
        yield translate(message("stats.uneven"))
    if posts_differ(connection, test):
        yield translate(message("stats.posts-differ"))


def variants_json(connection: Connection, tests: Sequence[CountedTest]) -> list[dict[str, Any]]:
    """Return tests as JSON takes them; shares, rates and p are from 0 to 1."""
    return [_test_json(connection, test) for test in tests]


def _test_json(connection: Connection, test: CountedTest) -> dict[str, Any]:
    verdict = test.verdict
    columns = columns_of(VARIANTS, Output.JSON, () if test.by_post else [Fact.VERDICT])
    values: dict[str, Any] = {
        "item": test.item,
        "test": test.test,
        "running": test.is_running,
        "since": test.since.isoformat(),
        "share": test.share / 100,
        "vary_by": "post" if test.by_post else "view",
        "variants": [json_row(columns, row) for row in _rows(test)],
    }
    if test.by_post:
        return values
    return values | {
        "threshold": verdict.threshold,
        "winner": verdict.winner,
        "decided": verdict.since and verdict.since.isoformat(),
        "more_clicks": verdict.more_clicks,
        "pairs": [json_row(PAIRS, row) for row in _pair_rows(test)],
        "exact_clicks": test.exact_clicks,
        "posts_differ": posts_differ(connection, test),
    }


def _finite(ratio: float | None) -> float | None:
    return None if ratio is None or not isfinite(ratio) else round(ratio, 4)
