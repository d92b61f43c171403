"""Measures the figures of the admin's first page over a year of 10 million clicks.

Of a click the figures read the totals alone, so only these are made up: Poisson numbers around
Zipf's popularity, in the order of the days as the loader adds them. `make bench` runs it.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import islice
from math import ceil, exp, sqrt
from random import Random
from typing import NamedTuple

from databases import databases
from sqlalchemy import Connection, Engine, func, select, text, update

from linkmgr.clicks.counts import COUNTED, Dimension
from linkmgr.clicks.periods import Period, last_days
from linkmgr.figures.queries import FigureCache, Reading, curves
from linkmgr.figures.table import Query, table
from linkmgr.store.db.engine import add_rows, open_engine, writing
from linkmgr.store.db.models import CountedDay, Total
from linkmgr.store.db.schema import create_if_empty

CLICKS, ITEMS, POSTS, REFERRERS = 10_000_000, 1_000, 10_000, 5_000
BLOCKS, RANKS = ("related", "cta", "books"), 10
YEAR = last_days(365, date(2026, 12, 31))
DAYS = (30, 90)
TOP = 10
BAR = 100.0
ROUNDS = 9

VISITORS, BOTS = 0.9, 0.15  # to a click
# Referrers are more alike than posts: most readers come from a few search engines.
ZIPF, ZIPF_REFERRERS = 1.0, 1.3
DEVICES = {"phone": 0.6, "desktop": 0.33, "tablet": 0.05, "unknown": 0.02}
CAMPAIGNS = {"": 0.8, **{f"campaign-{n}": 0.01 for n in range(20)}}

# From this mean on a normal distribution stands for Poisson's.
NORMAL = 50

BATCH = 10_000


class TotalRow(NamedTuple):
    """A row of `totals`, the day as ISO."""

    dimension: str
    value: str
    day: str
    clicks: int
    visitors: int
    bots: int


def popularity(values: list[str], exponent: float = ZIPF) -> dict[str, float]:
    """Give each value its share of the clicks, by Zipf's law."""
    weights = [rank**-exponent for rank in range(1, len(values) + 1)]
    return {value: weight / sum(weights) for value, weight in zip(values, weights, strict=True)}


@dataclass(frozen=True, slots=True)
class Clicked:
    """The items and posts that are clicked, in days that are a year."""

    items: list[str]
    posts: list[str]
    days: Period = YEAR


def any_names() -> Clicked:
    """Return items and posts of no site."""
    random = Random(1)
    posts = [f"{random.getrandbits(64):016x}" for _ in range(POSTS)]
    return Clicked([f"item-{n}" for n in random.sample(range(ITEMS), ITEMS)], posts)


def shares(clicked: Clicked) -> dict[Dimension, dict[str, float]]:
    """Return the share of each value in the clicks of each dimension."""
    places = [f"{block}.{rank}" for rank in range(1, RANKS + 1) for block in BLOCKS]
    hosts = [f"www.host-{n}.example.com" for n in range(REFERRERS)]
    return {
        Dimension.ALL: {"": 1.0},
        Dimension.ITEM: popularity(clicked.items),
        Dimension.POST: popularity(clicked.posts),
        Dimension.PLACE: popularity(places),
        Dimension.REFERRER: popularity(["", *hosts], ZIPF_REFERRERS),
        Dimension.DEVICE: DEVICES,
        Dimension.CAMPAIGN: CAMPAIGNS,
    }


def poisson(random: Random, mean: float) -> int:
    """Draw a number of events (Knuth's method where the mean is small)."""
    if mean > NORMAL:
        return max(0, round(random.gauss(mean, sqrt(mean))))
    limit, number, product = exp(-mean), 0, random.random()
    while product > limit:
        number += 1
        product *= random.random()
    return number


def totals(random: Random, clicked: Clicked, years: float = 1) -> Iterator[TotalRow]:
    """Yield the totals of a year, or as many `years` as the days are, day by day."""
    each_day = CLICKS * years / len(clicked.days)
    means = [
        (dimension.value, value, share * each_day)
        for dimension, values in shares(clicked).items()
        for value, share in sorted(values.items())
        if value or dimension is not Dimension.CAMPAIGN
    ]
    for day in map(date.isoformat, clicked.days):
        for dimension, value, mean in means:
            clicks, bots = poisson(random, mean), poisson(random, mean * BOTS)
            if clicks or bots:
                yield TotalRow(dimension, value, day, clicks, ceil(clicks * VISITORS), bots)


def fill(engine: Engine, clicked: Clicked) -> None:
    """Make the tables and the year's totals."""
    create_if_empty(engine)
    rows = totals(Random(1), clicked)
    with writing(engine) as connection:
        while batch := list(islice(rows, BATCH)):
            add_rows(connection, "totals", TotalRow._fields, batch)
        add_days(connection, clicked.days)
    engine.dispose()  # on which SQLite moves its log into the database
    if engine.dialect.name == "postgresql":  # as autovacuum does in the course of a year
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE totals"))


def add_days(connection: Connection, days: Period) -> None:
    """Have the table of days know them as counted."""
    names = ("day", "number", "loaded", "counted", "claim", "until", "pruned")
    rows = [(day.isoformat(), 1, 1, 1, 0, 0, False) for day in days]
    add_rows(connection, "days", names, rows)


def change_day(connection: Connection, day: date) -> None:
    """Have caches know that the figures of a day have changed."""
    connection.execute(
        update(CountedDay).where(CountedDay.day == day).values(number=CountedDay.number + 1)
    )


def milliseconds(figure: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the least time of a figure: what else the machine does only adds to it."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        figure()
        times.append((time.perf_counter() - start) * 1000)
    return min(times)


def figures(connection: Connection, period: Period) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield the name of each figure of the first page, and what reads it after a click."""
    yield "clicks by day", partial(curves, connection, period)
    for dimension in COUNTED[1:]:
        yield f"top {TOP} by {dimension}", after_a_click(connection, dimension, period)


def after_a_click(
    connection: Connection, dimension: Dimension, period: Period
) -> Callable[[], object]:
    """Return what ranks values, all days but the last being known, to which a click was added."""
    kept = FigureCache()

    def ranked() -> object:
        change_day(connection, period.until)
        query = Query(period=period, timezone="UTC", by=dimension, limit=TOP)
        return table(Reading(connection, kept), query)

    start = time.perf_counter()
    ranked()
    taken = (time.perf_counter() - start) * 1000
    print(f"top {TOP} by {dimension}, {len(period)} days, for the first time: {taken:.0f} ms")
    return ranked


def measure(name: str, url: str) -> bool:
    """Print the times over one database; return whether all are below the bar."""
    engine = open_engine(url)
    start = time.perf_counter()
    fill(engine, any_names())
    with engine.connect() as connection:
        rows = connection.scalar(select(func.count()).select_from(Total))
        year, _ = curves(connection, YEAR)
        print(
            f"{name}: {year.sum.clicks:,} clicks, {rows:,} totals, "
            f"made in {time.perf_counter() - start:.0f} s"
        )
        listed = [dict(figures(connection, last_days(days, YEAR.until))) for days in DAYS]
        print(f"{'after a click':20}" + "".join(f"{days:>6} days" for days in DAYS))
        worst = 0.0
        for figure in listed[0]:
            times = [milliseconds(of[figure]) for of in listed]
            worst = max(worst, *times)
            print(f"{figure:20}" + "".join(f"{spent:8.1f} ms" for spent in times))
        verdict = "met" if worst < BAR else "NOT MET"
        print(f"the slowest takes {worst:.1f} ms  under {BAR:.0f} ms  {verdict}\n", flush=True)
    engine.dispose()
    return worst < BAR


def main() -> None:
    """Measure each database; exit with 1 when a figure is too slow."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    met = [measure(name, url) for name, url in databases()]
    sys.exit(not all(met))


if __name__ == "__main__":
    main()
