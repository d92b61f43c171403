"""Measures rates over three years of 10 million clicks and 2.2 million rows of views each.

Two weeks of totals are drawn as for `figures.py` and repeated. A page is asked for the first time,
and again after a report has been added to its last day. `make bench` runs it; `--years 1` makes it
three times as quick.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from itertools import islice
from random import Random

from databases import databases
from figures import (
    BATCH,
    TOP,
    YEAR,
    Clicked,
    TotalRow,
    add_days,
    any_names,
    change_day,
    milliseconds,
    popularity,
    totals,
)
from sqlalchemy import Connection, Engine, text

from linkmgr.clicks.counts import Dimension, ViewCounts
from linkmgr.clicks.periods import last_days
from linkmgr.figures.comparison import compare_items
from linkmgr.figures.queries import FigureCache, Reading
from linkmgr.figures.table import Query, table
from linkmgr.figures.views import view_sums, views_of_placed_items
from linkmgr.store.clicks.views import ViewKey
from linkmgr.store.db.engine import add_rows, open_engine, writing
from linkmgr.store.db.schema import create_if_empty

ROWS_A_DAY = 6_000  # 2.2 million a year
PLACEMENTS = 30_000
DRAWN_DAYS = 14
DAYS = (30, 90)
VIEWS_A_CLICK, CLICKED = 30, 0.9  # a view is clicked in 3 % of cases, and most clicks are reported
FIRST_BAR, AFTER_BAR = 500.0, 150.0

SEEN_BY = frozenset({Dimension.ALL, Dimension.ITEM, Dimension.POST, Dimension.PLACE})


def views_of(rows: Iterable[TotalRow]) -> Iterator[tuple[str, str, str, int, int]]:
    """Yield the rows of `view_totals` that go with totals."""
    for row in rows:
        if row.dimension in SEEN_BY:
            seen = row.clicks * VIEWS_A_CLICK, round(row.clicks * CLICKED)
            yield row.dimension, row.value, row.day, *seen


def placements(random: Random, named: Clicked) -> list[ViewKey]:
    """Draw the placements of a blog: of each post a few items, in a block or two."""
    items, posts = popularity(named.items), popularity(named.posts)
    of_items = random.choices([*items], [*items.values()], k=PLACEMENTS)
    of_posts = random.choices([*posts], [*posts.values()], k=PLACEMENTS)
    keys = (
        ViewKey(item, post, random.choice(("books", "cta")), random.randint(1, 5), "", "tea-22")
        for item, post in zip(of_items, of_posts, strict=True)
    )
    return list(dict.fromkeys(keys))


def fill(engine: Engine, named: Clicked, years: float) -> int:
    """Make the tables, totals and rows of views of years that end with the days of `named`.

    Return how many totals and rows there are.
    """
    create_if_empty(engine)
    random, made, until = Random(1), 0, named.days.until
    two_weeks = replace(named, days=last_days(DRAWN_DAYS, until))
    by_day: dict[str, list[TotalRow]] = {}
    # Of a year's clicks, as `totals` shares them among the days that it is given.
    for row in totals(random, two_weeks, DRAWN_DAYS / 365):
        by_day.setdefault(row.day, []).append(row)
    drawn, pool = list(by_day.values()), placements(random, named)
    whole = round(365 * years)
    for number in range(whole):
        day = until - timedelta(days=whole - 1 - number)
        rows = [row._replace(day=day.isoformat()) for row in drawn[number % DRAWN_DAYS]]
        seen = {
            key: ViewCounts(views := random.randint(1, 200), views // 30)
            for key in random.sample(pool, min(ROWS_A_DAY, len(pool)))
        }
        with writing(engine) as connection:
            for some in batches(rows):
                add_rows(connection, "totals", TotalRow._fields, some)
                names = ("dimension", "value", "day", "views", "clicked")
                add_rows(connection, "view_totals", names, views_of(some))
            columns = ("day", *ViewKey._fields, "views", "clicked")
            add_rows(
                connection,
                "views",
                columns,
                [(day.isoformat(), *key, *counts) for key, counts in seen.items()],
            )
            add_days(connection, last_days(1, day))
        made += len(rows) + len(seen)
    engine.dispose()  # on which SQLite moves its log into the database
    if engine.dialect.name == "postgresql":  # as autovacuum does in the course of a year
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in ("totals", "view_totals", "views"):
                connection.execute(text(f"VACUUM ANALYZE {table}"))
    return made


def batches(rows: Iterable[TotalRow]) -> Iterator[list[TotalRow]]:
    """Cut rows into batches."""
    rest = iter(rows)
    while some := list(islice(rest, BATCH)):
        yield some


Page = tuple[str, Callable[[], object], Callable[[], object]]
"""What is read, how for the first time, and how after a report."""


def pages(connection: Connection, days: int) -> Iterator[Page]:
    """Yield what pages with rates read of so many days."""
    period = last_days(days, YEAR.until)
    for dimension in (Dimension.ITEM, Dimension.POST, Dimension.PLACE):
        cache = FigureCache()

        def ranked(cache: FigureCache = cache, dimension: Dimension = dimension) -> object:
            change_day(connection, period.until)
            query = Query(period=period, timezone="UTC", by=dimension, limit=TOP)
            return table(Reading(connection, cache), query)

        yield f"by {dimension}", ranked, ranked
    item, post = busiest(connection, period.until)
    by = partial(view_sums, connection, period)
    for name, read in {
        "an item by post": partial(by, ("post",), items=[item]),
        "an item by place": partial(by, ("block", "rank"), items=[item]),
        "a post by item": partial(by, ("item",), posts=[post]),
    }.items():
        yield name, read, read


def busiest(connection: Connection, day: date) -> tuple[str, str]:
    """Return the item and the post with the most rows of views on a day."""
    found = view_sums(connection, last_days(1, day), ("item", "post"))
    items, posts = ([key[place] for key in found] for place in (0, 1))
    return max(items, key=items.count), max(posts, key=posts.count)


def measure(name: str, url: str, years: float) -> bool:
    """Print the times over one database; return whether all are below their bars."""
    engine = open_engine(url)
    start = time.perf_counter()
    made = fill(engine, any_names(), years)
    print(f"{name}: {made:,} totals and rows of views of {years} years, ", end="")
    print(f"made in {time.perf_counter() - start:.0f} s")
    worst = [0.0, 0.0]
    with engine.connect() as connection:
        print(f"{'':24}{'days':>6}{'first time':>14}{'after a report':>18}")
        for days in DAYS:
            for what, first, after in pages(connection, days):
                times = [milliseconds(first, 1), milliseconds(after)]
                worst = [max(both) for both in zip(worst, times, strict=True)]
                print(f"{what:24}{days:6}{times[0]:11.1f} ms{times[1]:15.1f} ms", flush=True)
        # It is of days that are over, and kept until another day is.
        period = last_days(30, YEAR.until - timedelta(days=1))
        compared = milliseconds(lambda: compare_items(views_of_placed_items(connection, period)), 1)
        worst[0] = max(worst[0], compared)
        print(f"{'items at their places':24}{30:6}{compared:11.1f} ms")
    engine.dispose()
    met = worst[0] < FIRST_BAR and worst[1] < AFTER_BAR
    print(
        f"the slowest take {worst[0]:.1f} ms (under {FIRST_BAR:.0f}) and {worst[1]:.1f} ms "
        f"(under {AFTER_BAR:.0f})  {'met' if met else 'NOT MET'}\n",
        flush=True,
    )
    return met


def main() -> None:
    """Measure each database; exit with 1 when a page is too slow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=float, default=3)
    years = parser.parse_args().years
    met = [measure(name, url, years) for name, url in databases()]
    sys.exit(not all(met))


if __name__ == "__main__":
    main()
