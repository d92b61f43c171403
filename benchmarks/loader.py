"""Measures how many clicks a second the loader takes from the spool into each database.

The clicks are as from the load test: of 1,000 readers who follow 10,000 items at random, so that
nearly all are a reader's first on the item. `make bench` runs it.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

from databases import databases

from linkmgr.clicks.line import click_line
from linkmgr.clicks.model import Click, Device, Route
from linkmgr.store.clicks.loader import Loader
from linkmgr.store.db.engine import open_engine
from linkmgr.store.db.schema import create_if_empty
from linkmgr.store.spool import SpoolWriter

READERS, ITEMS, POSTS, WRITERS = 1_000, 10_000, 1_000, 2
A_MILLISECOND = 25
BAR = 25_000  # of the loader's own work; more than the server answers on two cores
START = 1_772_290_800_000  # 2026-03-01 in Tokyo


class Rate(NamedTuple):
    """Clicks a second of the clock, and of this process's own work."""

    clock: float
    work: float


def measure(url: str, number: int) -> Rate:
    """Spool clicks, and load them into the database, which gets its tables if it has none."""
    with tempfile.TemporaryDirectory() as name:
        spool = Path(name)
        writers = [SpoolWriter(spool) for _ in range(WRITERS)]
        for place, click in enumerate(clicks(number)):
            assert writers[place % WRITERS].append(click_line(click))
        for writer in writers:
            writer.close()
        engine = open_engine(url)
        create_if_empty(engine)
        loader = Loader(engine, spool, "Asia/Tokyo", new_names=POSTS)
        clock, work = time.perf_counter(), time.process_time()
        loaded = loader.load()
        clock, work = time.perf_counter() - clock, time.process_time() - work
        engine.dispose()
    assert loaded.read == number
    return Rate(number / clock, number / work)


def clicks(number: int, start: int = START) -> Iterator[Click]:
    """Make clicks, 25,000 to a second, from a moment in milliseconds since 1970."""
    random = Random(4)
    readers = [f"{random.getrandbits(64):016x}" for _ in range(READERS)]
    posts = [f"{random.getrandbits(64):016x}" for _ in range(POSTS)]
    for place in range(number):
        moment = start + place // A_MILLISECOND
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


def main() -> None:
    """Measure each database; exit with 1 when the bar is not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clicks", type=int, default=300_000)
    number = parser.parse_args().clicks
    met = [report(name, measure(url, number)) for name, url in databases()]
    sys.exit(not all(met))


if __name__ == "__main__":
    main()
