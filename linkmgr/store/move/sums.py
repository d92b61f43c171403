"""What rows add up to, alike in both databases: their number, and the sum of a hash of each."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from sqlalchemy import Column, Connection, LargeBinary, Table, text

from linkmgr.store.backup.manifest import VERSION_TABLE
from linkmgr.store.backup.manifest import own_tables as table_names
from linkmgr.store.db.models import Base, ClickRow
from linkmgr.store.move.rows import plain

if TYPE_CHECKING:
    import sqlite3

PIECE_DIGITS = 6
"""Clicks whose keys begin with as many hex digits are a piece: of 4 hours and 40 minutes."""

# In no value of ours: they part the values of a row, and stand for none.
_BETWEEN, _NONE = "\x1f", "\x1e"

# A sum of 32 bits for each of two billion rows fits into what SQLite counts with.
_BYTES = 4

_CLICKS = cast("Table", ClickRow.__table__)


class RowSum(NamedTuple):
    """How many rows there are, and the sum of their hashes."""

    rows: int = 0
    sum: int = 0


Pieces = Mapping[str, RowSum]
"""The sums of the clicks by the beginning of their keys; only of those that there are."""


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums of all tables by name, those of the clicks by piece."""

    clicks: Pieces
    others: Mapping[str, RowSum]

    @property
    def rows(self) -> Mapping[str, int]:
        """How many rows each table has."""
        clicks = sum(piece.rows for piece in self.clicks.values())
        others = {name: found.rows for name, found in self.others.items()}
        return {ClickRow.__tablename__: clicks, **others}

    def differing(self, other: "Sums") -> tuple[str, ...]:
        """Return the names of the tables whose rows are not those of another database."""
        clicks = () if self.clicks == other.clicks else (ClickRow.__tablename__,)
        names = sorted({*self.others, *other.others})
        return clicks + tuple(n for n in names if self.others.get(n) != other.others.get(n))


def own_tables(connection: Connection) -> Sequence[Table]:
    """Return linkmgr's tables that have what happened, those first that others refer to."""
    names = {*table_names(connection)} - {VERSION_TABLE}
    return [table for table in Base.metadata.sorted_tables if table.name in names]


def sums_of(connection: Connection, clicks: Pieces | None = None) -> Sums:
    """Add up all tables, but for clicks whose sums are known. Raise SQLAlchemyError."""
    _prepare(connection)
    others = (table for table in own_tables(connection) if table is not _CLICKS)
    sums = {table.name: _sum_of(connection, table) for table in others}
    return Sums(sums_of_clicks(connection) if clicks is None else clicks, sums)


def _sum_of(connection: Connection, table: Table) -> RowSum:
    query = f"SELECT count(*), {_sum(connection, table)} FROM {table.name}"  # noqa: S608
    rows, total = connection.execute(text(query)).one()
    return RowSum(rows, int(total or 0))


def sums_of_clicks(connection: Connection) -> Pieces:
    """Add up the clicks by piece."""
    _prepare(connection)
    as_text = "CAST(id AS text)" if connection.dialect.name == "postgresql" else "id"
    piece = f"substr({as_text}, 1, {PIECE_DIGITS})"
    query = f"SELECT {piece}, count(*), {_sum(connection, _CLICKS)} FROM clicks GROUP BY 1"  # noqa: S608
    found = connection.execute(text(query))
    return {beginning: RowSum(rows, int(total)) for beginning, rows, total in found}


def _sum(connection: Connection, table: Table) -> str:
    """Return the SQL of the sum of a table's rows."""
    joined = f" || '{_BETWEEN}' || ".join(_value(connection, each) for each in table.columns)
    if connection.dialect.name != "postgresql":
        return f"sum_of_hashes({joined})"
    hashed = f"sha256(convert_to({joined}, 'UTF8'))"
    digits = f"encode(substr({hashed}, 1, {_BYTES}), 'hex')"
    return f"sum(CAST(CAST('x' || {digits} AS bit({8 * _BYTES})) AS bigint))"


def _value(connection: Connection, column: Column[Any]) -> str:
    """Return the SQL of a value's text, the same in both databases."""
    value = plain(connection, column)
    if isinstance(column.type, LargeBinary):
        on_postgresql = connection.dialect.name == "postgresql"
        value = f"upper(encode({value}, 'hex'))" if on_postgresql else f"hex({value})"
    else:
        value = f"CAST({value} AS text)"
    return f"coalesce({value}, '{_NONE}')" if column.nullable else value


class _SumOfHashes:
    """The sum of the hashes of texts, which SQLite cannot say by itself."""

    def __init__(self) -> None:
        self._sum = 0

    def step(self, row: Any, /) -> None:
        """Add a row's text."""
        self._sum += int.from_bytes(hashlib.sha256(row.encode()).digest()[:_BYTES])

    def finalize(self) -> int:
        """Return the sum."""
        return self._sum


def _prepare(connection: Connection) -> None:
    """Have SQLite's connection know the function."""
    if connection.dialect.name != "postgresql":
        driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        driver.create_aggregate("sum_of_hashes", 1, _SumOfHashes)
