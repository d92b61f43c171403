"""Measures how many clicks a second the loader takes from the spool, and what counting a day takes.

The clicks are as from the load test: of 1,000 readers who follow 10,000 items at random, so that
nearly all are a reader's first on the item; those that are counted are spread over a day. Times of
work have PostgreSQL's own in them. `make bench` runs it.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

from databases import databases
from servers import cpu_seconds
from sqlalchemy import Engine, text

from linkmgr.clicks.line import click_line
from linkmgr.clicks.model import Click, Device, Route
from linkmgr.store.clicks.counting import CountLimits, count_days
from linkmgr.store.clicks.loader import Loader
from linkmgr.store.db.engine import open_engine
from linkmgr.store.db.schema import create_if_empty
from linkmgr.store.spool import SpoolWriter

READERS, ITEMS, POSTS, WRITERS = 1_000, 10_000, 1_000, 2
A_MILLISECOND = 25
BAR = 25_000  # of the loader's own work; more than the server answers on two cores
START = 1_772_290_800_000  # 2026-03-01 in Tokyo
COUNT_BARS = {10_000: 0.3, 100_000: 2.5}  # in SQLite
DAYS = {number: START + (place + 2) * 86_400_000 for place, number in enumerate(COUNT_BARS)}


class Rate(NamedTuple):
    """Clicks a second of the clock, and of this process's own work."""

    clock: float
    work: float


def measure(url: str, number: int) -> Rate:
    """Spool clicks, and load them into the database, which gets its tables if it has none."""
    with tempfile.TemporaryDirectory() as name:
        spool = Path(name)
        fill_spool(spool, clicks(number))
        engine = open_engine(url)
        create_if_empty(engine)
        clock, work = time.perf_counter(), work_of(engine)
        loaded = Loader(engine, spool, "Asia/Tokyo").load()
        clock, work = time.perf_counter() - clock, work_of(engine) - work
        count_days(engine, CountLimits(POSTS))  # or the first day that is measured would have these
        engine.dispose()
    assert loaded.stored == number
    return Rate(number / clock, number / work)


def fill_spool(spool: Path, made: Iterable[Click]) -> None:
    """Write clicks into a spool, as workers do in turns."""
    writers = [SpoolWriter(spool) for _ in range(WRITERS)]
    for place, click in enumerate(made):
        assert writers[place % WRITERS].append(click_line(click))
    for writer in writers:
        writer.close()


def work_of(engine: Engine) -> float:
    """Return the processor time of this process, and of PostgreSQL for its connections."""
    if engine.dialect.name == "sqlite":
        return time.process_time()
    with engine.connect() as connection:
        pids = connection.scalars(
            text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        ).all()
    return time.process_time() + cpu_seconds(pids)


def count_seconds(url: str, number: int) -> tuple[float, float]:
    """Return what counting a day takes the first time, and again after one more click."""
    day = DAYS[number]
    times = []
    with tempfile.TemporaryDirectory() as name:
        engine = open_engine(url)
        made = clicks(number, day, number / 86_400_000)
        more = (click._replace(id=f"{click.id[:20]}{0:012x}") for click in clicks(1, day))
        for some in (made, more):
            fill_spool(Path(name), some)
            Loader(engine, Path(name), "Asia/Tokyo").load()
            began = work_of(engine)
            count_days(engine, CountLimits(POSTS))
            times.append(work_of(engine) - began)
        engine.dispose()
    return times[0], times[1]


def clicks(
    number: int, start: int = START, a_millisecond: float = A_MILLISECOND
) -> Iterator[Click]:
    """Make clicks, by default 25,000 to a second, from a moment in milliseconds since 1970."""
    random = Random(4)
    readers = [f"{random.getrandbits(64):016x}" for _ in range(READERS)]
    posts = [f"{random.getrandbits(64):016x}" for _ in range(POSTS)]
    for place in range(number):
        moment = start + int(place / a_millisecond)
        yield Click(
            id=f"{moment:012x}7{random.getrandbits(12):03x}8{random.getrandbits(60):015x}",
            time=moment,
            item=f"item-{random.randrange(ITEMS)}",
            post=random.choice(posts),
            block="books",
            rank=random.randint(1, 5),
            shop="",
            route=random.choice(list(Route)),
            referrer=random.choice(["", "blog.example", "search.example"]),
            device=random.choice(list(Device)),
            bot="",
            visitor=random.choice(readers),
            campaign=random.choice(["", "", "", "launch", "newsletter"]),
            variant="",
            tracking="tea-22",
        )


def report(name: str, rate: Rate) -> bool:
    """Print the rates; return whether the bar is met."""
    met = rate.work >= BAR
    print(f"{f'loader into {name}: clicks by the clock':58}{rate.clock:12,.0f} /s")
    print(
        f"{f'loader into {name}: clicks by its own work':58}{rate.work:12,.0f} /s     "
        f"at least {BAR:<9,}{'met' if met else 'NOT MET'}",
        flush=True,
    )
    return met


def report_count(name: str, number: int, seconds: tuple[float, float]) -> bool:
    """Print what a day takes; return whether the bar is met."""
    first, again = seconds
    bar = COUNT_BARS[number]
    what = f"{name}: a day of {number:,} clicks, the first time"
    print(f"{what:58}{first:12,.2f} s")
    what, met = f"{name}: the same after one more click", again <= bar
    verdict = f"      at most {bar:<10}{'met' if met else 'NOT MET'}" if name == "SQLite" else ""
    print(f"{what:58}{again:12,.2f} s{verdict}")
    return met or not verdict


def main() -> None:
    """Measure each database; exit with 1 when a bar is not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clicks", type=int, default=300_000)
    number = parser.parse_args().clicks
    met = []
    for name, url in databases():
        met.append(report(name, measure(url, number)))
        met += [report_count(name, of_day, count_seconds(url, of_day)) for of_day in COUNT_BARS]
    sys.exit(not all(met))


if __name__ == "__main__":
    main()
