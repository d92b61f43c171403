"""A database of before becomes one of monthly tables while the servers of before go on."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from linkmgr.settings import read_settings
from linkmgr.store.db.engine import open_engine
from linkmgr.store.db.migrate import migrate
from linkmgr.store.db.models import key_at
from linkmgr.store.db.schema import read_schema, upgrade
from tests.support.store import partition_names

pytestmark = pytest.mark.slow

BEFORE = "campaigns_7"
START = 1_772_290_800_000
FAR = 4_000_000_000_000  # in 2096
FEWEST = 200
ADD = text("INSERT INTO clicks VALUES (:id, :time, 'a', '', '', 0, '', 'go', '', 'phone', '', 1)")

# Ends as by `kill -9` when the long check begins.
KILLED = """
import os, signal, sys
from linkmgr.settings import read_settings
from linkmgr.store.db.schema import upgrade
upgrade(read_settings(os.environ), lambda _: os.kill(os.getpid(), signal.SIGKILL))
"""


@pytest.fixture
def before(postgresql_url):
    """Connect to a database of before with some clicks, one of them by a clock that is far off."""
    engine = open_engine(postgresql_url)
    with engine.begin() as connection:
        migrate(connection, BEFORE)
    add(engine, *(START + n for n in range(50)), FAR)
    yield engine
    engine.dispose()


@pytest.fixture
def settings(postgresql_url):
    return read_settings({"LINKMGR_DATABASE_URL": postgresql_url})


def add(engine, *times):
    with engine.begin() as connection:
        connection.execute(ADD, [{"id": key_at(each), "time": each} for each in times])


def times(engine):
    with engine.connect() as connection:
        return connection.scalars(text("SELECT time FROM clicks ORDER BY id")).all()


def version(engine):
    with engine.connect() as connection:
        return read_schema(connection).found


def table_of(engine, time):
    with engine.connect() as connection:
        query = text("SELECT tableoid::regclass::text FROM clicks WHERE time = :time")
        return connection.scalar(query, {"time": time})


def test_the_table_of_before_is_the_first_partition_and_keeps_its_clicks(before, settings):
    told = []
    upgrade(settings, told.append)
    assert [each.code for each in told] == ["store.checking-clicks"]
    assert times(before) == [*(START + n for n in range(50)), FAR]
    assert table_of(before, START).startswith("clicks_before_")
    assert table_of(before, FAR) == "clicks_default"
    upgrade(settings, told.append)
    assert len(told) == 1


def test_a_database_without_clicks_has_no_partition_of_before(postgresql_url, settings):
    engine = open_engine(postgresql_url)
    with engine.begin() as connection:
        migrate(connection, BEFORE)
    upgrade(settings)
    with engine.connect() as connection:
        assert not [name for name in partition_names(connection) if "before" in name]
    engine.dispose()


@pytest.mark.usefixtures("before")
def test_no_row_is_read_under_the_lock_of_the_exchange(postgresql_url):
    engine = open_engine(f"{postgresql_url}&options=-c client_min_messages=debug1")
    told = []
    with engine.begin() as connection:
        driver = connection.connection.driver_connection
        driver.add_notice_handler(lambda notice: told.append(notice.message_primary))
        migrate(connection)
    engine.dispose()
    (implied,) = [each for each in told if '"clicks_before_' in each and "constraint" in each]
    assert implied.endswith("is implied by existing constraints")


def test_an_upgrade_that_is_killed_leaves_the_version_before_and_can_be_run_again(
    before, settings, postgresql_url
):
    environ = {**os.environ, "LINKMGR_DATABASE_URL": postgresql_url}
    done = subprocess.run([sys.executable, "-c", KILLED], env=environ, check=False)
    assert done.returncode == -signal.SIGKILL
    assert version(before) == "oldest_version_8"
    # Servers of before go on, also those whose clock is far off.
    add(before, START + 60, FAR + 1)
    with pytest.raises(IntegrityError):
        add(before, FAR + 1)
    all_ = [*(START + n for n in range(50)), START + 60, FAR, FAR + 1]
    assert times(before) == all_
    upgrade(settings)
    assert times(before) == all_
    assert table_of(before, FAR + 1) == "clicks_default"


def test_roles_keep_what_they_may_do_with_the_table(before, settings):
    with before.begin() as connection:
        connection.execute(text('CREATE ROLE "my reader"'))
        connection.execute(text('GRANT SELECT ON clicks TO "my reader"'))
        connection.execute(text("GRANT INSERT ON clicks TO PUBLIC"))
    try:
        upgrade(settings)
        with before.begin() as connection:
            connection.execute(text('SET LOCAL ROLE "my reader"'))
            assert connection.scalar(text("SELECT count(*) FROM clicks")) == 51
            connection.execute(ADD, {"id": key_at(START + 99), "time": START + 99})
    finally:
        with before.begin() as connection:
            connection.execute(text('DROP OWNED BY "my reader"'))
            connection.execute(text('DROP ROLE "my reader"'))


def test_statements_by_the_tables_name_go_on_during_the_upgrade(before, settings):
    """As a loader and an admin of before have them, on connections that stay open."""
    over, went_back, added = threading.Event(), [], []

    def load():
        with before.connect() as connection:
            number = 0
            while not over.is_set() or number < FEWEST:
                time = START + 1000 + number
                driver = connection.connection.driver_connection
                with driver.cursor().copy("COPY clicks FROM STDIN") as copied:
                    copied.write(f"{key_at(time)}\t{time}\ta\t\t\t0\t\tgo\t\tphone\t\t1\t\n")
                driver.commit()
                added.append(time)
                number += 1

    def read():
        with before.connect() as connection:
            query = text("SELECT time FROM clicks WHERE id >= :since ORDER BY id DESC LIMIT 1")
            last = 0
            while not over.is_set():
                found = connection.scalar(query, {"since": key_at(START)})
                connection.commit()
                if found < last:
                    went_back.append((found, last))
                last = found

    with ThreadPoolExecutor() as pool:
        working = [pool.submit(load), pool.submit(read)]
        try:
            upgrade(settings)
        finally:
            over.set()
    for each in working:
        each.result()
    assert went_back == []
    assert times(before) == [*(START + n for n in range(50)), *added, FAR]
