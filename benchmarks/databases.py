"""The databases that benchmarks fill: SQLite, and PostgreSQL where it is installed."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

from tests.support.postgres import new_database, programs, running_postgresql


def databases() -> Iterator[tuple[str, str]]:
    """Yield the name and the URL of each, empty, and remove it afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        yield "SQLite", f"sqlite:///{folder}/linkmgr.db"
    if folder_of_programs := programs():
        with running_postgresql(folder_of_programs, durable=True) as server:
            yield "PostgreSQL", new_database(server)
    else:
        print("PostgreSQL is not installed, and not measured")
