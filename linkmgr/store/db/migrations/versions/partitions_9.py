"""Clicks by month in PostgreSQL: the table as it was becomes the first partition.

All short but one: checking that no click in it is later than the partition's end reads all of it,
under a lock that lets others read and write. Meanwhile a trigger puts clicks from then on beside
the table, where they are seen as rows of it.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from alembic import op
from sqlalchemy import Connection, Engine, text

from linkmgr.messages.message import Message, message
from linkmgr.store.db.engine import change_tables
from linkmgr.store.db.models import key_of_day
from linkmgr.store.db.partitions import add_partitions, months_ahead

revision = "partitions_9"
down_revision = "oldest_version_8"

# Seconds between two lines about a check that lasts.
_TOLD = 10.0

_FOUND = """\
SELECT pg_get_constraintdef(oid), convalidated FROM pg_constraint
WHERE conrelid = to_regclass('clicks') AND conname = 'clicks_first_partition'"""

# Later clicks are rows of the table by inheritance, until they are of a partition of it.
_BOUND = """\
LOCK TABLE clicks IN ACCESS EXCLUSIVE MODE;
CREATE TABLE clicks_default (CONSTRAINT pk_clicks_default PRIMARY KEY (id)) INHERITS (clicks);
INSERT INTO clicks_default SELECT * FROM ONLY clicks WHERE id >= '{key}';
DELETE FROM ONLY clicks WHERE id >= '{key}';
CREATE FUNCTION clicks_later() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN INSERT INTO clicks_default VALUES (NEW.*); RETURN NULL; END$$;
CREATE TRIGGER clicks_later BEFORE INSERT ON clicks FOR EACH ROW WHEN (NEW.id >= '{key}')
    EXECUTE FUNCTION clicks_later();
ALTER TABLE clicks ADD CONSTRAINT clicks_first_partition CHECK (id < '{key}') NO INHERIT
    NOT VALID"""

_VALIDATE = "ALTER TABLE clicks VALIDATE CONSTRAINT clicks_first_partition"

# Roles keep what they may do with the table, such as one that only reads for a dashboard.
_EXCHANGE = """\
LOCK TABLE clicks IN ACCESS EXCLUSIVE MODE;
DROP TRIGGER clicks_later ON clicks;
DROP FUNCTION clicks_later;
ALTER TABLE clicks_default NO INHERIT clicks;
ALTER TABLE clicks RENAME CONSTRAINT pk_clicks TO pk_{old};
ALTER TABLE clicks RENAME TO {old};
CREATE TABLE clicks (LIKE {old} INCLUDING DEFAULTS, CONSTRAINT pk_clicks PRIMARY KEY (id))
    PARTITION BY RANGE (id);
DO $$
DECLARE held record;
BEGIN
    FOR held IN SELECT acl.* FROM pg_class, aclexplode(relacl) AS acl
        WHERE oid = '{old}'::regclass AND grantee <> relowner
    LOOP
        EXECUTE 'GRANT ' || held.privilege_type || ' ON clicks TO ' ||
            CASE held.grantee WHEN 0 THEN 'PUBLIC' ELSE held.grantee::regrole::text END;
    END LOOP;
END$$"""

_KEEP = """\
ALTER TABLE clicks ATTACH PARTITION {old} FOR VALUES FROM (MINVALUE) TO ('{key}');
ALTER TABLE {old} DROP CONSTRAINT clicks_first_partition"""


def prepare(engine: Engine, notify: Callable[[Message], None], *, patience: float) -> None:
    """Do what takes long, as far as that was not done before."""
    if engine.dialect.name != "postgresql":
        return
    change_tables(engine, _bound_first_partition, patience=patience)
    with engine.connect() as connection:
        found = connection.execute(text(_FOUND)).first()
        size = connection.scalar(text("SELECT pg_size_pretty(pg_table_size('clicks'))"))
    if found and not found.convalidated:
        notify(message("store.checking-clicks", size=str(size)))
        with _telling(notify):
            change_tables(engine, _validate, patience=patience, beside_writers=True)


@contextmanager
def _telling(notify: Callable[[Message], None]) -> Iterator[None]:
    """Say now and then how long the check has lasted: PostgreSQL does not say how far it is."""
    over, began = threading.Event(), time.monotonic()

    def tell() -> None:
        while not over.wait(_TOLD):
            seconds = round(time.monotonic() - began)
            notify(message("store.still-checking-clicks", seconds=seconds))

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


def upgrade() -> None:
    """Exchange the table for a partitioned one, of which it is the first partition."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        _bound_first_partition(connection)
        _validate(connection)
        _exchange(connection)


def _bound_first_partition(connection: Connection) -> None:
    """Keep later clicks out of the table from now on."""
    if connection.execute(text(_FOUND)).first():
        return
    bound = months_ahead(datetime.now(UTC).date())[-1]
    connection.exec_driver_sql(_BOUND.format(key=key_of_day(bound, "UTC")))


def _validate(connection: Connection) -> None:
    connection.exec_driver_sql(_VALIDATE)


def _exchange(connection: Connection) -> None:
    (definition, _) = connection.execute(text(_FOUND)).one()
    key = re.findall(r"'([0-9a-f-]{36})'", definition)[0].replace("-", "")
    bound = datetime.fromtimestamp(int(key[:12], 16) / 1000, UTC)
    old = f"clicks_before_{bound:%Y_%m}"
    connection.exec_driver_sql(_EXCHANGE.format(old=old))
    used = connection.execute(text(f"SELECT FROM {old} LIMIT 1")).first() is not None
    keep_or_drop = _KEEP if used else "DROP TABLE {old}"
    connection.exec_driver_sql(keep_or_drop.format(old=old, key=key))
    connection.exec_driver_sql("ALTER TABLE clicks ATTACH PARTITION clicks_default DEFAULT")
    add_partitions(connection, months_ahead(datetime.now(UTC).date()))
