"""Measures 100 million clicks of 13 months in PostgreSQL; `make bench-large` runs it.

The dashboard is asked for as the admin answers it, each time after another click. The oldest month
is pruned. Clicks are loaded from the spool and imported from an export, in turns with a bare COPY
of the same rows into a table of its own with the same index. It takes some 35 GB of disk, which
are freed at the end.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import loader as spooled
import many_clicks
from admin import PASSWORD, USER, admin_with_site, milliseconds, send, time_of, written_site
from flask import Flask
from servers import cpu_seconds, descendants
from sqlalchemy import Engine, text

from linkmgr.admin.common.context import EXTENSION
from linkmgr.clicks.line import click_line
from linkmgr.clicks.model import Click, OwnNames
from linkmgr.settings import read_settings
from linkmgr.store.clicks import prune
from linkmgr.store.clicks.counting import CountLimits, count_days
from linkmgr.store.clicks.loader import Loader, copy_into, row_of
from linkmgr.store.db.engine import open_engine
from linkmgr.store.spool import SpoolWriter, spool_sizes
from tests.support.accounts import add_user
from tests.support.postgres import new_database, programs, running_postgresql

Action = Callable[[], object]

CLICKS, LOADED = 100_000_000, 300_000
BYTES = 350  # of disk for each click, with room for the log
ROUNDS = 5
DASHBOARD_BAR, PRUNE_BAR, SHARE_BAR = 200.0, 1000.0, 0.8
TIMEZONE = "Asia/Tokyo"  # of the benchmarks' site

DASHBOARD = ("", "?days=1", "?days=7", "?days=90", "?days=365", "?period=last-month")
# Of single clicks, for which there is no bar: each day is counted once.
FILTERED = ("?days=30&item=item-1", "?days=90&item=item-1&device=phone", "?days=30&device=phone")

# As on a server of 8 GB; without replicas, which write a log of what is filled into an empty table.
SETTINGS = "-c shared_buffers=2GB -c max_wal_size=8GB -c wal_level=minimal -c max_wal_senders=0"

# Of a table and of those that it is cut into.
SIZES = """
SELECT sum(pg_total_relation_size(oid)), sum(pg_indexes_size(oid)), sum(reltuples::bigint)
FROM pg_class WHERE reltuples > 0 AND (oid = to_regclass(:name)
OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = to_regclass(:name)))"""


def tell(what: str, measured: float, unit: str, bar: float = 0.0, *, least: bool = False) -> bool:
    """Print a figure, and whether it meets its bar, if there is one."""
    met = not bar or (measured >= bar if least else measured < bar)
    verdict = f"{'at least' if least else 'under'} {bar:g}  {'met' if met else 'NOT MET'}"
    print(f"{what:52}{measured:14,.2f} {unit:4}{verdict if bar else ''}", flush=True)
    return met


def processor_seconds(server: Path) -> float:
    """Return what this process and PostgreSQL's have taken so far."""
    postmaster = int((server / "data" / "postmaster.pid").read_text().split()[0])
    return time.process_time() + cpu_seconds(descendants(postmaster))


def measure_dashboard(engine: Engine, server: Path, app: Flask) -> bool:
    """Print what requests of the dashboard take."""
    add_user(engine, USER, PASSWORD)
    client = app.test_client()
    send(client, "/admin/login", name=USER, password=PASSWORD)
    met = True
    for query in (*DASHBOARD, *FILTERED):
        path = f"/admin/{query}"
        first = milliseconds(partial(client.get, path))
        taken, works = [], []
        for _ in range(ROUNDS):
            work = processor_seconds(server)
            taken.append(time_of(client, engine, path))
            works.append(processor_seconds(server) - work)
        bar = DASHBOARD_BAR if query in DASHBOARD else 0.0
        tell(f"{path}, the first time", first, "ms", bar)
        met &= tell(f"{path}, after a click", min(taken), "ms", bar)
        tell(f"{path}, processor time", min(works) * 1000, "ms")
    app.extensions[EXTENSION].engine.dispose()
    return met


def measure_prune(engine: Engine) -> bool:
    """Print what pruning the oldest month takes."""
    second = many_clicks.last_months(datetime.now(UTC).date())[1]
    began = time.perf_counter()
    pruned = prune.prune_clicks(engine, second + timedelta(days=1))
    took = (time.perf_counter() - began) * 1000
    assert pruned.months == 1
    return tell("the oldest month pruned", took, "ms", PRUNE_BAR)


@contextmanager
def bare_copy(engine: Engine, clicks: Sequence[Click]) -> Iterator[Action]:
    """Give what copies rows that are there as COPY's text into a table with the same index."""
    rows = [row_of(click, date(2026, 3, 1), OwnNames()) for click in clicks]
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS bare"))
        connection.execute(text("CREATE TABLE bare (LIKE clicks INCLUDING ALL)"))

    def copy() -> None:
        with engine.begin() as connection:
            for first in range(0, len(rows), 1000):
                copy_into(connection, "bare", rows[first : first + 1000])

    yield copy


@contextmanager
def load_spool(engine: Engine, clicks: Sequence[Click]) -> Iterator[Action]:
    """Give what loads clicks out of the spool."""
    with tempfile.TemporaryDirectory() as name:
        writers = [SpoolWriter(Path(name)) for _ in range(spooled.WRITERS)]
        loader = Loader(engine, Path(name), TIMEZONE)
        for place, click in enumerate(clicks):
            assert writers[place % spooled.WRITERS].append(click_line(click))
            if place == 0:  # after a start it reads what was counted that day
                loader.load()
        for writer in writers:
            writer.close()
        yield loader.load
        assert not spool_sizes(Path(name))


@contextmanager
def count_today(engine: Engine, _: Sequence[Click]) -> Iterator[Action]:
    """Give what counts the days of the clicks that were loaded."""
    yield partial(count_days, engine, CountLimits(spooled.POSTS))


def measure_load(engine: Engine, server: Path, number: int) -> bool:
    """Print the rates of COPY, of the loader and of a count of the day, which take turns."""
    ways = {"bare COPY": bare_copy, "loader": load_spool, "count": count_today}
    now, span = int(time.time() * 1000), number // spooled.A_MILLISECOND + 60_000
    clocks: dict[str, list[float]] = {name: [] for name in ways}
    works: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(ROUNDS):
        for name, way in ways.items():
            with way(engine, [*spooled.clicks(number, now + turn * span)]) as act:
                work, clock = processor_seconds(server), time.perf_counter()
                act()
                clocks[name].append(time.perf_counter() - clock)
                works[name].append(processor_seconds(server) - work)
    for name in ways:
        tell(f"{name}: clicks a second", number / min(clocks[name]), "/s")
        tell(f"{name}: processor time a click", min(works[name]) / number * 1e6, "µs")
    share = min(clocks["bare COPY"]) / min(clocks["loader"])
    return tell("loader to the bare COPY", share, "×", SHARE_BAR, least=True)


def tell_sizes(engine: Engine) -> None:
    """Print what a click takes on the disk."""
    with engine.connect() as connection:
        for name in ("clicks", "totals"):
            size, indexes, rows = connection.execute(text(SIZES), {"name": name}).one()
            tell(f"{name}: {rows:,.0f} rows", float(size) / 1e9, "GB")
            tell(f"{name}: each row, with its indexes", float(size / rows), "B")
            tell(f"{name}: of it the indexes", float(indexes / rows), "B")


@contextmanager
def large_database(folder: Path, number: int) -> Iterator[tuple[Path, str]]:
    """Run a server with its data in a folder; give its own and the URL of an empty database."""
    free, needed = shutil.disk_usage(folder).free, number * BYTES + 2**31
    if free < needed:
        sys.exit(f"{folder}: {needed / 1e9:.0f} GB are needed, {free / 1e9:.0f} GB are free")
    found = programs() or sys.exit("PostgreSQL is not installed")
    with running_postgresql(found, durable=True, beside=folder, more=SETTINGS) as server:
        yield server, new_database(server)


def main() -> None:
    """Measure, and exit with 1 when a bar is not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clicks", type=int, default=CLICKS)
    parser.add_argument("--loaded", type=int, default=LOADED, help="clicks of each load")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    options = parser.parse_args()
    with large_database(options.folder, options.clicks) as (server, url):
        settings = read_settings({"LINKMGR_DATABASE_URL": url})
        engine = open_engine(settings.database_url)
        many_clicks.fill(engine, options.clicks, TIMEZONE)
        tell_sizes(engine)
        with tempfile.TemporaryDirectory() as site:
            environ = {**written_site(Path(site)), "LINKMGR_DATABASE_URL": url}
            with admin_with_site(read_settings(environ)) as app:
                met = [measure_dashboard(engine, server, app)]
        met += [measure_prune(engine), measure_load(engine, server, options.loaded)]
        print(f"load of the machine: {os.getloadavg()[0]:.1f}")
        engine.dispose()
    sys.exit(not all(met))


if __name__ == "__main__":
    main()
