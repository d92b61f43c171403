"""The database that a move fills: no server uses it before it has all."""

from sqlalchemy import Connection, Engine, exists, select, text

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.store.backup.manifest import VERSION_TABLE
from linkmgr.store.db.engine import shown_url, writing
from linkmgr.store.db.schema import MOVING, Fit, create_if_empty, read_schema
from linkmgr.store.move.sums import own_tables

_ENCODING = "UTF8"


class TargetUsed(LinkmgrError):  # noqa: N818 - says what the database is
    """The database has linkmgr's data, and not of a move that goes on."""


def begin(target: Engine) -> None:
    """Make the tables of an empty database, and have servers refuse it from now on.

    One in which a move was begun stays as it is. Raise TargetUsed, LinkmgrError or SQLAlchemyError.
    """
    _check_encoding(target)
    create_if_empty(target)
    with writing(target) as connection:
        schema = read_schema(connection)
        if schema.found == MOVING + schema.needed:
            return
        if schema.fit is Fit.UNFINISHED:
            raise LinkmgrError(message("store.move-of-another-version", url=shown_url(target)))
        used = message("store.move-into-data", url=shown_url(target))
        if schema.fit is not Fit.OWN:
            raise LinkmgrError(used)
        if not _is_empty(connection):
            raise TargetUsed(used)
        _be_of_version(connection, MOVING + schema.needed)


def check_unfinished(connection: Connection) -> None:
    """See in a transaction that no other process has ended the move. Raise LinkmgrError."""
    if read_schema(connection).fit is not Fit.UNFINISHED:
        raise LinkmgrError(message("store.move-ended-elsewhere"))


def end(connection: Connection) -> None:
    """Let servers use the database once the connection's transaction is committed."""
    _be_of_version(connection, read_schema(connection).needed)


def _be_of_version(connection: Connection, version: str) -> None:
    changed = text(f"UPDATE {VERSION_TABLE} SET version_num = :version")  # noqa: S608
    connection.execute(changed, {"version": version})


def _is_empty(connection: Connection) -> bool:
    return not any(connection.scalar(select(exists(select(of)))) for of in own_tables(connection))


def _check_encoding(target: Engine) -> None:
    if target.dialect.name == "postgresql":
        with target.connect() as connection:
            found = str(connection.scalar(text("SHOW server_encoding")))
        if found != _ENCODING:
            raise LinkmgrError(message("store.move-encoding", url=shown_url(target), found=found))
