"""Measures figures of clicks that match filters, over a year of 10 million; `make bench` runs it.

The clicks of a day are drawn as those of `figures.py`: Zipf's popularity, each dimension by itself.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, product
from random import Random

from databases import databases
from figures import (
    BOTS,
    CLICKS,
    YEAR,
    Clicked,
    any_names,
    change_day,
    fill,
    milliseconds,
    shares,
)
from sqlalchemy import Connection, Engine, text

from linkmgr.clicks.counts import Dimension
from linkmgr.clicks.model import Route
from linkmgr.clicks.periods import last_days
from linkmgr.figures.queries import FigureCache, Reading
from linkmgr.figures.table import Query, curves, filtered_tables
from linkmgr.store.clicks.loader import COLUMNS, Row
from linkmgr.store.db.engine import add_rows, open_engine, writing
from linkmgr.store.db.models import RowKind, key_of_day

TIMEZONE = "Asia/Tokyo"
DAYS = (30, 90)
FIRST_BAR, LATER_BAR = 500.0, 150.0
DAY = 86_400_000
RETURNING = 0.1  # of a day's readers, who click more than once


def clicks(random: Random, clicked: Clicked, day: date) -> Iterator[Row]:
    """Yield the rows of a day's clicks in the order of time."""
    number = round(CLICKS / len(clicked.days) * (1 + BOTS))
    drawn = [
        random.choices(list(values), cum_weights=list(accumulate(values.values())), k=number)
        for dimension, values in shares(clicked).items()
        if dimension is not Dimension.ALL
    ]
    start = int(key_of_day(day, TIMEZONE)[:12], 16)
    times = sorted(random.choices(range(DAY), k=number))
    for after, item, post, place, referrer, device, campaign in zip(times, *drawn, strict=True):
        block, _, rank = place.partition(".")
        returns = random.random() < RETURNING
        is_bot = random.random() < BOTS / (1 + BOTS)
        yield (
            f"{start + after:012x}7{random.getrandbits(76):019x}",
            day.isoformat(),
            int(RowKind.BOT if is_bot else RowKind.READER),
            0,
            0,
            start + after,
            item,
            post,
            block,
            int(rank),
            "amazon.co.jp",
            Route.GO,
            referrer,
            device,
            "crawler" if is_bot else "",
            random.randrange(1000) if returns else random.getrandbits(63),
            campaign,
            "",
            "tea-22",
        )


def fill_clicks(engine: Engine, clicked: Clicked) -> None:
    """Add the year's clicks, a day at a time."""
    random = Random(5)
    for day in clicked.days:
        with writing(engine) as connection:
            add_rows(connection, "clicks", COLUMNS, clicks(random, clicked, day))
    if engine.dialect.name == "postgresql":  # as autovacuum does in the course of a year
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE clicks"))


def filters(clicked: Clicked) -> Iterator[Mapping[Dimension, str]]:
    """Yield filters that few clicks match, and such that many do."""
    item, post = clicked.items[0], clicked.posts[0]
    yield {Dimension.ITEM: item, Dimension.DEVICE: "phone"}
    yield {Dimension.ITEM: item, Dimension.POST: post}
    yield {Dimension.REFERRER: "", Dimension.DEVICE: "phone"}
    yield {Dimension.PLACE: "related.1", Dimension.DEVICE: "phone"}
    yield {Dimension.PLACE: "cta.3", Dimension.REFERRER: "www.host-2.example.com"}


@dataclass(frozen=True, slots=True)
class Page:
    """What the dashboard shows of the clicks that match filters."""

    connection: Connection
    query: Query

    def read(self, cache: FigureCache) -> None:
        """Read the figures of the page."""
        reading = Reading(self.connection, cache)
        curves(reading, self.query)
        filtered_tables(reading, self.query.period, self.query.filters)

    def first(self) -> float:
        """Return how long it takes after a start."""
        return milliseconds(lambda: self.read(FigureCache()))

    def after_a_click(self) -> float:
        """Return how long it takes with a click more than the time before."""
        cache = FigureCache()
        self.read(cache)

        def read() -> None:
            change_day(self.connection, self.query.period.until)
            self.read(cache)

        return milliseconds(read)


def measure(name: str, url: str) -> bool:
    """Print the times over one database; return whether all are below their bars."""
    engine, clicked = open_engine(url), any_names()
    fill(engine, clicked)
    fill_clicks(engine, clicked)
    slowest_first = slowest_later = 0.0
    print(f"{name + ', ms':30} first  after a click")
    with engine.connect() as connection:
        for days, wanted in product(DAYS, filters(clicked)):
            period = last_days(days, YEAR.until)
            page = Page(connection, Query(period=period, timezone="UTC", filters=wanted))
            first, later = page.first(), page.after_a_click()
            slowest_first, slowest_later = max(slowest_first, first), max(slowest_later, later)
            by = f"{days} days, {' and '.join(wanted)}"
            print(f"{by:30}{first:6.0f}{later:15.0f}", flush=True)
    engine.dispose()
    met = slowest_first < FIRST_BAR and slowest_later < LATER_BAR
    verdict = "met" if met else "NOT MET"
    print(f"under {FIRST_BAR:.0f} ms, and {LATER_BAR:.0f} ms after a click  {verdict}\n")
    return met


def main() -> None:
    """Measure each database; exit with 1 when a figure is too slow."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    met = [measure(name, url) for name, url in databases()]
    sys.exit(not all(met))


if __name__ == "__main__":
    main()
