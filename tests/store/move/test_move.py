"""A history moves whole, whatever ends the move, and servers use it only then."""

import os
import resource
import signal
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import (
    Boolean,
    Date,
    Integer,
    LargeBinary,
    String,
    Text,
    Uuid,
    event,
    insert,
    select,
    text,
)

from linkmgr.builder.processes import silently
from linkmgr.fs import locked
from linkmgr.messages.errors import LinkmgrError
from linkmgr.settings import read_settings
from linkmgr.store import move as module
from linkmgr.store import move as reading
from linkmgr.store.clicks.prune import prune
from linkmgr.store.db.engine import open_engine, sqlite_file
from linkmgr.store.db.models import ClickRow, key_at, visitor_keys
from linkmgr.store.db.schema import check_tables
from linkmgr.store.move import RowSum, batches_of, move, own_tables, read_rows, sums_of
from tests.support.databases import create_tables
from tests.support.disks import enlarge, small_disk
from tests.support.postgres import drop_database, new_database
from tests.support.store import START, load, make_click, spool_up

PAIRS = [
    ("sqlite", "sqlite"),
    pytest.param(("sqlite", "postgresql"), marks=pytest.mark.slow),
    pytest.param(("postgresql", "sqlite"), marks=pytest.mark.slow),
    pytest.param(("postgresql", "postgresql"), marks=pytest.mark.slow),
]
A_DAY = 86_400_000
CLICKS = ClickRow.__table__
# What COPY, SQL and Python each write in a way of their own; clicks have no tab and no line break.
ODD = "本\t\\N\\.\n\r'\"%s{}\x7f🫖"


def database(request, folder, kind):
    if kind == "postgresql":
        return new_database(request.getfixturevalue("postgresql_server"))
    return f"sqlite:///{folder}/linkmgr.db"


@pytest.fixture(params=PAIRS, ids=" to ".join)
def pair(request, tmp_path):
    """Give the settings of an instance, and engines for its database and an empty one."""
    kinds = request.param
    urls = [
        database(request, tmp_path / name, kind)
        for name, kind in zip(("old", "new"), kinds, strict=True)
    ]
    settings = read_settings(
        {"LINKMGR_INSTANCE": str(tmp_path / "instance"), "LINKMGR_DATABASE_URL": urls[0]}
    )
    source, target = map(open_engine, urls)
    create_tables(source)
    yield settings, source, target
    source.dispose()
    target.dispose()


def value(column, number):
    """Make a value of a column's type: the number decides which."""
    kinds = {
        Date: date(2026, 3, 1) + timedelta(number),
        LargeBinary: bytes([0, 92, 255, number % 256]),
        Integer: number,
        Boolean: number % 2 == 1,
    }
    if isinstance(column.type, String | Text):
        odd = ODD.replace("\t", "").replace("\n", "") if column.table is CLICKS else ODD
        return f"{number}{odd}"[: column.type.length or 99]
    return next((made for kind, made in kinds.items() if isinstance(column.type, kind)), number)


def fill(engine, first=1, rows=3, days=1):
    """Add rows of odd values to every table, the clicks over some days."""
    with engine.begin() as connection:
        for table in own_tables(connection):
            made = [
                {column.name: value(column, number) for column in table.columns}
                for number in range(first, first + rows)
            ]
            if table is CLICKS:
                for number, click in enumerate(made, first):
                    click["time"] = START + number * days * A_DAY // rows
                    click["id"] = key_at(click["time"])[:20] + f"{number:012x}"
            connection.execute(insert(table), made)


def tables(engine):
    with engine.connect() as connection:
        return {
            table.name: sorted(map(repr, plain(connection.execute(select(table)))))
            for table in own_tables(connection)
        }


def plain(rows):
    """Yield rows without what the databases write differently: the dashes of ids."""
    for row in rows:
        yield tuple(
            each.replace("-", "") if isinstance(each, str) and len(each) == 36 else each
            for each in row
        )


def run(pair):
    return move(*pair, silently)


def test_all_that_happened_is_in_the_new_database_and_the_old_one_stays(pair):
    _, source, target = pair
    fill(source, rows=20, days=90)
    before = tables(source)
    content = file.read_bytes() if (file := sqlite_file(source)) else None
    rows = run(pair)
    assert tables(target) == tables(source) == before
    assert content == (file.read_bytes() if file else None)
    assert rows == {name: len(of) for name, of in before.items()}
    assert set(rows.values()) == {20}
    check_tables(target)


def test_what_waits_in_the_spool_is_loaded_into_the_new_database_each_click_once(pair):
    settings, source, target = pair
    spool_up(settings.spool, make_click(START), make_click(START + 60_000, item="本"))
    load(source, settings.spool)
    spool_up(settings.spool, make_click(START + 120_000, item="waiting"))
    run(pair)
    load(target, settings.spool)
    with target.connect() as connection:
        assert sorted(connection.scalars(select(ClickRow.item))) == sorted(
            [make_click(START).item, "waiting", "本"]
        )


@pytest.mark.slow
def test_a_table_of_postgresql_is_read_some_rows_at_a_time(postgresql_engine, monkeypatch):
    monkeypatch.setattr(reading, "_FETCHED", 2)
    fill(postgresql_engine, rows=5)
    cursors = text("SELECT count(*) FROM pg_cursors WHERE name = 'rows'")
    with postgresql_engine.connect() as connection:
        rows = read_rows(connection, CLICKS)
        next(rows)
        assert connection.scalar(cursors) == 1
        assert len([*rows]) == 4
        assert connection.scalar(cursors) == 0


def test_the_next_revision_gets_a_number_of_its_own(pair):
    _, source, target = pair
    fill(source)
    run(pair)
    with target.begin() as connection:
        row = {"time": 2, "user": "", "action": "edit", "summary": "", "revision": "s", "text": b""}
        revisions = next(each for each in own_tables(connection) if each.name == "revisions")
        connection.execute(insert(revisions).values(row))
        assert sorted(connection.scalars(select(revisions.c.id))) == [1, 2, 3, 4]


def test_an_empty_history_moves_too(pair):
    assert set(run(pair).values()) == {0}
    check_tables(pair[2])


def test_moving_again_what_is_moved_says_the_same(pair):
    fill(pair[1])
    assert run(pair) == run(pair)


@contextmanager
def server(settings):
    """Play a background worker that is at work."""
    settings.instance.mkdir(exist_ok=True)
    with locked(settings.worker_lock, 0):
        yield


def refused(pair):
    with pytest.raises(LinkmgrError) as error:
        run(pair)
    return error.value.message


def test_beside_a_server_the_clicks_are_copied_and_the_rest_once_it_is_stopped(pair):
    settings, source, target = pair
    fill(source, rows=20, days=90)
    with server(settings):
        message = refused(pair)
        assert (message.code, dict(message.params)) == ("store.move-beside-server", {"clicks": 20})
        found = tables(target)
        assert found["clicks"] == tables(source)["clicks"]
        assert not found["totals"]
        # Meanwhile clicks come, one of them late, and old ones go.
        fill(source, first=100, rows=5)
        prune(source, 1, date(2026, 3, 20))
        assert refused(pair).code == "store.move-beside-server"
    assert 0 < run(pair)["clicks"] < 25
    assert tables(target) == tables(source)


def test_a_server_refuses_a_database_that_a_move_has_not_finished(pair):
    settings, source, target = pair
    fill(source)
    with server(settings):
        refused(pair)
    for act in (check_tables, create_tables, check_tables):
        if act is create_tables:
            act(target)
            continue
        with pytest.raises(LinkmgrError) as error:
            act(target)
        assert error.value.message.code == "store.unfinished-move"


def test_a_database_with_other_data_is_refused_and_stays(pair):
    _, source, target = pair
    fill(source)
    create_tables(target)
    fill(target, first=10)
    before = tables(target)
    assert refused(pair).code == "store.move-into-data"
    assert tables(target) == before


@pytest.mark.parametrize(
    "change",
    ["DROP TABLE alembic_version", "UPDATE alembic_version SET version_num = 'later_2'"],
)
def test_a_database_with_tables_that_are_not_this_versions_is_refused(pair, change):
    _, source, target = pair
    create_tables(target)
    with target.begin() as connection:
        connection.execute(text(change))
    fill(source)
    assert refused(pair).code == "store.move-into-data"


def test_a_database_with_tables_of_another_program_is_refused(pair):
    _, source, target = pair
    if file := sqlite_file(target):
        file.parent.mkdir()
        file.touch()
    with target.begin() as connection:
        connection.execute(text("CREATE TABLE another (id INTEGER)"))
    fill(source)
    assert refused(pair).code == "store.move-into-data"


def test_a_move_that_another_version_began_is_refused(pair):
    settings, source, target = pair
    fill(source)
    with server(settings):
        refused(pair)
    with target.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'moving:later_2'"))
    assert refused(pair).code == "store.move-of-another-version"


@pytest.mark.parametrize("version", ["campaigns_7", "later_99"])
def test_tables_of_another_version_are_not_moved(pair, version):
    _, source, target = pair
    with source.begin() as connection:
        connection.execute(
            text("UPDATE alembic_version SET version_num = :version"), {"version": version}
        )
    assert refused(pair).code in {"store.older-tables", "store.newer-tables"}
    if not (file := sqlite_file(target)) or file.exists():
        assert tables(target) == {}


def test_a_copy_that_differs_is_refused_and_can_be_made_again(pair, monkeypatch):
    _, source, target = pair
    fill(source)
    with monkeypatch.context() as changing:
        changing.setattr(module, "read_rows", lambda *args: [*read_rows(*args)][1:])
        message = refused(pair)
    assert message.code == "store.move-differs"
    assert "totals" in dict(message.params)["tables"]
    with pytest.raises(LinkmgrError):
        check_tables(target)
    run(pair)
    assert tables(target) == tables(source)


def steps(engines, act):
    """Have `act` called before each statement, each commit and each row that is read."""

    def listen(*_):
        act()

    for engine in engines:
        event.listen(engine, "before_cursor_execute", listen)
        event.listen(engine, "commit", listen)
    read = module.read_rows

    def read_slowly(*args):
        for row in read(*args):
            act()
            yield row

    module.read_rows = read_slowly


def killed_at(urls, settings, number):
    """Move in a process that is killed at a step; whether there was such a step."""
    child = os.fork()
    if child == 0:
        engines = [*map(open_engine, urls)]
        left = iter(range(number))
        steps(engines, lambda: next(left, None) is None and os.kill(os.getpid(), signal.SIGKILL))
        try:
            move(settings, *engines, silently)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_a_move_that_is_killed_at_any_step_goes_on(pair, monkeypatch):
    settings, source, target = pair
    monkeypatch.setattr(module, "_BATCH", 4)
    fill(source, rows=12, days=90)
    expected = tables(source)
    urls = [settings.database_url, target.url.render_as_string(hide_password=False)]
    source.dispose()
    number = 0
    while killed_at(urls, settings, number):
        number += 7 if "postgresql" in source.dialect.name + target.dialect.name else 3
        if number % 2:  # every other time from the beginning, else on and on
            run(pair)
            assert tables(target) == expected
            empty(target)
        source.dispose()
        target.dispose()
    assert number > 100
    run(pair)
    assert tables(target) == expected == tables(source)


def empty(engine):
    """Have a database be as before a move."""
    with engine.begin() as connection:
        for table in reversed(own_tables(connection)):
            connection.execute(table.delete())


@pytest.mark.parametrize("table", [each.name for each in ClickRow.metadata.sorted_tables])
def test_the_sums_tell_any_change(sqlite_engine, table):
    fill(sqlite_engine)
    with sqlite_engine.connect() as connection:
        columns = next(each for each in own_tables(connection) if each.name == table).columns
        sums = sums_of(connection)
    for column in columns:
        with sqlite_engine.connect() as connection:
            changed = value(column, 8)
            one = select(column).limit(1).scalar_subquery()
            statement = column.table.update().where(column == one).values({column.name: changed})
            if isinstance(column.type, Uuid):
                continue
            connection.execute(text("PRAGMA foreign_keys = OFF"))
            connection.execute(statement)
            assert sums.differing(sums_of(connection)) == (table,)
            connection.rollback()


PIECES = st.dictionaries(
    st.text("0123456789abcdef", min_size=6, max_size=6),
    st.builds(RowSum, st.integers(1, 60_000), st.integers(0, 3)),
)


@given(PIECES, PIECES)
def test_the_batches_are_the_pieces_that_differ_and_no_others(wanted, found):
    batches = [*batches_of(wanted, found)]
    for piece in {*wanted, *found}:
        covering = [b for b in batches if b.first[:6] <= piece <= b.last[:6]]
        assert len(covering) == (wanted.get(piece) != found.get(piece))
        assert all(b.replaces for b in covering if piece in found)
    assert sorted(batches, key=lambda batch: batch.first) == batches


def test_a_full_disk_stops_the_move_which_goes_on_once_there_is_room(tmp_path, sqlite_engine):
    fill(sqlite_engine, rows=2000, days=90)
    settings = read_settings(
        {
            "LINKMGR_INSTANCE": str(tmp_path / "instance"),
            "LINKMGR_DATABASE_URL": str(sqlite_engine.url),
        }
    )
    target = open_engine(f"sqlite:///{tmp_path}/new.db")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1]))
    try:
        message = refused((settings, sqlite_engine, target))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert message.code == "store.move-stopped"
    target.dispose()
    run((settings, sqlite_engine, target))
    assert tables(target) == tables(sqlite_engine)
    target.dispose()


@pytest.mark.slow
def test_the_key_of_the_day_stays_where_it_is(postgresql_engine, postgresql_url, tmp_path):
    url = postgresql_engine.url.render_as_string(hide_password=False)
    environ = {"LINKMGR_INSTANCE": str(tmp_path / "instance"), "LINKMGR_DATABASE_URL": url}
    target = open_engine(postgresql_url)
    with postgresql_engine.begin() as connection:
        connection.execute(insert(visitor_keys).values(day=date(2026, 3, 1), key=b"of the day"))
    run((read_settings(environ), postgresql_engine, target))
    with target.connect() as connection:
        assert connection.execute(select(visitor_keys)).all() == []
    target.dispose()


@pytest.mark.slow
def test_a_full_disk_of_postgresql_stops_the_move_which_goes_on_once_there_is_room(
    sqlite_engine, postgresql_server, postgresql_url, tmp_path
):
    fill(sqlite_engine, rows=3000, days=90)
    environ = {
        "LINKMGR_INSTANCE": str(tmp_path / "instance"),
        "LINKMGR_DATABASE_URL": str(sqlite_engine.url),
    }
    settings = read_settings(environ)
    disk = postgresql_server / "small"
    with small_disk(disk, 3), tablespace(postgresql_url, disk):
        target = open_engine(f"{postgresql_url}&options=-c default_tablespace=small")
        message = refused((settings, sqlite_engine, target))
        assert message.code == "store.move-stopped"
        assert "No space left on device" in dict(message.params)["reason"]
        enlarge(disk, 64)
        run((settings, sqlite_engine, target))
        assert tables(target) == tables(sqlite_engine)
        target.dispose()
        drop_database(postgresql_server, postgresql_url)


@contextmanager
def tablespace(url, folder):
    """Have PostgreSQL know a folder for tables, which must be gone from it at the end."""
    engine = open_engine(url).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE TABLESPACE small LOCATION '{folder}'"))
    engine.dispose()
    yield
    other = open_engine(url.replace(engine.url.database, "postgres"))
    with other.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("DROP TABLESPACE small"))
    other.dispose()
