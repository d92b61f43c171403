"""Measures how many rows a second `linkmgr db move` takes from SQLite to PostgreSQL.

Beside it, in the same run, what PostgreSQL takes at most: a bare COPY of the same rows, as text
that is ready, into a table with the same key. `make bench` runs it.
"""

import argparse
import io
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

from databases import databases
from loader import POSTS, clicks
from sqlalchemy import Engine

from linkmgr.builder.processes import silently
from linkmgr.clicks.line import click_line
from linkmgr.settings import read_settings
from linkmgr.store.clicks.loader import Loader
from linkmgr.store.db.engine import open_engine
from linkmgr.store.db.schema import create_if_empty
from linkmgr.store.move import move
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
    Loader(engine, spool, "Asia/Tokyo", new_names=POSTS).load()


def measure(folder: Path, source_url: str, target_url: str, number: int) -> tuple[float, float]:
    """Return rows a second of a move, all tables and comparing included, and clicks of COPY."""
    source, target = open_engine(source_url), open_engine(target_url)
    environ = {"LINKMGR_INSTANCE": str(folder), "LINKMGR_DATABASE_URL": source_url}
    settings = read_settings(environ)
    fill(source, settings.spool, number)
    began = time.perf_counter()
    rows = move(settings, source, target, silently)
    moved = sum(rows.values()) / (time.perf_counter() - began)
    for name, found in rows.items():
        print(f"{f'moved: {name}':58}{found:12,}")
    copied = bare(target)
    source.dispose()
    target.dispose()
    return moved, copied


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
                moved, copied = measure(Path(folder), f"sqlite:///{folder}/linkmgr.db", url, number)
            print(f"{'bare COPY of the same clicks':58}{copied:12,.0f} /s")
            print(f"{'db move: rows of all tables, compared':58}{moved:12,.0f} /s")


if __name__ == "__main__":
    main()
