"""What a backup holds, and how to see that it is whole."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, inspect, select, table

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.store.db.models import Base, Total
from linkmgr.store.db.schema import read_schema
from linkmgr.store.figures.figures import COUNTED, Counts, Dimension

MANIFEST = "manifest.json"
VERSION_TABLE = "alembic_version"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """Of which kind and version a database is, its rows by table, and the sums of all clicks."""

    kind: str
    version: str
    rows: Mapping[str, int]
    clicks: int
    visitors: int
    bots: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """When a backup was made (ISO, UTC), its database, and the SHA-256 of each of its files."""

    made: str
    database: DatabaseFacts
    files: Mapping[str, str]

    def to_json(self) -> bytes:
        """Write it as JSON."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1).encode()


def read_manifest(data: bytes) -> Manifest:
    """Read what `to_json` wrote. Raise LinkmgrError."""
    try:
        values: dict[str, Any] = json.loads(data)
        if values.pop("format") != FORMAT:
            raise LinkmgrError(message("store.backup-newer"))
        database = values["database"]
        facts = DatabaseFacts(**{**database, "rows": dict(database["rows"])})
        return Manifest(**{**values, "database": facts, "files": dict(values["files"])})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise LinkmgrError(message("store.backup-damaged", name=MANIFEST)) from None


def own_tables(connection: Connection) -> list[str]:
    """Return the names of linkmgr's tables: a database may have other programs' tables, too."""
    own = {*Base.metadata.tables, VERSION_TABLE}
    return sorted(own.intersection(inspect(connection).get_table_names()))


def database_facts(connection: Connection) -> DatabaseFacts:
    """Count what a database has; all in the state that the connection sees."""
    rows = {
        name: connection.scalar(select(func.count()).select_from(table(name))) or 0
        for name in own_tables(connection)
    }
    sums = connection.execute(
        select(*map(func.sum, COUNTED)).where(Total.dimension == Dimension.ALL)
    ).one()
    counts = Counts(*(int(each or 0) for each in sums))
    version = read_schema(connection).found or ""
    return DatabaseFacts(
        connection.dialect.name,
        version,
        rows,
        **counts._asdict(),
    )


def sha256(file: Path) -> str:
    """Return the SHA-256 of a file in hex digits."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
