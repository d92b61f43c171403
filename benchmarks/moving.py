"""Measures how many rows a second a backup and its restoration take from SQLite to PostgreSQL.

Beside them, in the same run, what PostgreSQL takes at most: a bare COPY of the same rows, as text
that is ready, into a table with the same key. `make bench` runs it.
"""

import argparse
import io
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from databases import databases
from loader import POSTS, clicks
from sqlalchemy import Engine

from linkmgr.clicks.line import click_line
from linkmgr.settings import read_settings
from linkmgr.store.backup import back_up
from linkmgr.store.clicks.counting import CountLimits, count_days
from linkmgr.store.clicks.loader import Loader
from linkmgr.store.db.engine import open_engine
from linkmgr.store.db.schema import create_if_empty
from linkmgr.store.restore import restore
from linkmgr.store.spool import SpoolWriter

if TYPE_CHECKING:
    import psycopg

_BARE = "bare (LIKE clicks INCLUDING DEFAULTS, PRIMARY KEY (id))"


def fill(engine: Engine, spool: Path, number: int) -> None:
    """Have a database count clicks as a server does."""
    create_if_empty(engine)
    writer = SpoolWriter(spool)
    for click in clicks(number):
        assert writer.append(click_line(click))
    writer.close()
    Loader(engine, spool, "Asia/Tokyo").load()
    count_days(engine, CountLimits(POSTS))


def measure(folder: Path, target_url: str, number: int) -> tuple[float, float, float]:
    """Return rows a second of a backup and of a restoration, all tables, and clicks of COPY."""
    here = read_settings({"LINKMGR_INSTANCE": str(folder / "sqlite")})
    there = replace(here, instance=folder / "postgresql", database_url=target_url)
    source, target = map(open_engine, (here.database_url, there.database_url))
    fill(source, here.spool, number)
    file = folder / "backup.tar.gz"
    began = time.perf_counter()
    rows = back_up(here, source, file).database.rows
    backed_up = time.perf_counter()
    restore(there, target, file)
    ended = time.perf_counter()
    for name, found in rows.items():
        print(f"{f'rows: {name}':58}{found:12,}")
    print(f"{'the backup':58}{file.stat().st_size:12,} bytes")
    copied = bare(target)
    source.dispose()
    target.dispose()
    all_rows = sum(rows.values())
    return all_rows / (backed_up - began), all_rows / (ended - backed_up), copied


def bare(engine: Engine) -> float:
    """Return how many of the database's clicks a second COPY takes."""
    with engine.connect() as connection:
        driver = cast("psycopg.Connection", connection.connection.driver_connection)
        with driver.cursor().copy("COPY (SELECT * FROM clicks) TO STDOUT") as copy:
            rows = [bytes(block) for block in copy]
        text = io.BytesIO(b"".join(rows))
        driver.execute(f"CREATE TABLE {_BARE}")
        began = time.perf_counter()
        with driver.cursor().copy("COPY bare FROM STDIN") as copy:
            while block := text.read(2**16):
                copy.write(block)
        driver.commit()
        rate = len(rows) / (time.perf_counter() - began)
        ((size,),) = driver.execute("SELECT pg_total_relation_size('bare')").fetchall()
    print(f"{'a click in PostgreSQL, with its key':58}{size / len(rows):12,.0f} bytes")
    return rate


def main() -> None:
    """Measure PostgreSQL, where it is installed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clicks", type=int, default=300_000)
    number = parser.parse_args().clicks
    for name, url in databases():
        if name == "PostgreSQL":
            with tempfile.TemporaryDirectory() as folder:
                backed_up, restored, copied = measure(Path(folder), url, number)
            print(f"{'bare COPY of the same clicks':58}{copied:12,.0f} /s")
            print(f"{'linkmgr backup: rows of all tables':58}{backed_up:12,.0f} /s")
            print(f"{'linkmgr restore: rows of all tables, checked':58}{restored:12,.0f} /s")


if __name__ == "__main__":
    main()
