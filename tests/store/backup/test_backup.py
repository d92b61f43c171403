"""What is backed up comes back as it was, whatever went on meanwhile, or nothing does."""

import errno
import gzip
import hashlib
import io
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tarfile
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Boolean, Date, Integer, LargeBinary, String, Text, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from linkmgr.clicks.counts import Dimension
from linkmgr.clicks.periods import last_days
from linkmgr.figures.queries import sums
from linkmgr.fs import scratch_folder
from linkmgr.messages.errors import LinkmgrError
from linkmgr.settings import read_settings
from linkmgr.store import backup as module
from linkmgr.store import restore as restoring
from linkmgr.store.accounts import users
from linkmgr.store.backup import KEPT_TABLES, back_up
from linkmgr.store.clicks.last_targets import record_renames
from linkmgr.store.db.engine import open_engine, sqlite_file
from linkmgr.store.db.models import Base, ClickRow, CountedDay, RevisionRow, key_at
from linkmgr.store.db.partitions import make_partitions, partitions
from linkmgr.store.db.schema import check_tables
from linkmgr.store.instance.folder import RESTORING, make_instance
from linkmgr.store.restore import restore
from linkmgr.store.visitor_key_file import KeyFile
from linkmgr.store.visitor_keys import fetch_keys
from tests.support.accounts import add_user
from tests.support.checkouts import git, in_git
from tests.support.databases import create_tables
from tests.support.disks import enlarge, small_disk
from tests.support.postgres import drop_database, new_database
from tests.support.store import DAY, START, load, make_click, spool_up

CATALOG = "site: {url: https://blog.example}\n"


def place(folder, url):
    """Return the settings of an instance in a folder, over a database."""
    return read_settings(
        {
            "LINKMGR_CATALOG": str(folder / "catalog.yaml"),
            "LINKMGR_INSTANCE": str(folder / "instance"),
            "LINKMGR_DATABASE_URL": url,
        }
    )


pytestmark = pytest.mark.usefixtures("quick_hashing")

# For what becomes of files alone, whatever the database.
OVER_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def here(tmp_path, database_url):
    """Give an instance with two loaded clicks, one that waits, an account and secrets."""
    folder = tmp_path / "here"
    folder.mkdir()
    url = database_url.replace(str(tmp_path / "instance"), str(folder / "instance"))
    settings = place(folder, url)
    settings.instance.mkdir(mode=0o700)
    (folder / "catalog.yaml").write_text(CATALOG)
    settings.secret_key.write_text("secret")
    settings.visitor_key.write_text("of the day")
    (settings.instance / "targets.json").write_text("{}")
    engine = open_engine(url)
    create_tables(engine)
    spool_up(settings.spool, make_click(START), make_click(START + 60_000, item="本"))
    load(engine, settings.spool)
    spool_up(settings.spool, make_click(START + 120_000, item="waiting"))
    add_user(engine, "owner", "a long password of ours")
    with engine.begin() as connection:
        row = {"time": 1, "user": "owner", "action": "edit", "summary": "\t\\N", "revision": "r"}
        connection.execute(RevisionRow.__table__.insert(), {**row, "text": b"\0\n\\."})
    yield settings, engine
    engine.dispose()


@pytest.fixture
def there(tmp_path, request, here):
    """Give the settings of an instance that is not there yet, over an empty database."""
    folder = tmp_path / "there"
    _, engine = here
    if engine.dialect.name == "postgresql":
        url = new_database(request.getfixturevalue("postgresql_server"))
    else:
        url = f"sqlite:///{folder}/instance/linkmgr.db"
    made = open_engine(url)
    yield place(folder, url), made
    made.dispose()


def tables(engine):
    with engine.connect() as connection:
        return {
            table.name: sorted(map(repr, plain(connection.execute(select(*table.columns)))))
            for table in KEPT_TABLES
        }


def plain(rows):
    """Yield rows without what the databases write differently: the dashes of ids."""
    for row in rows:
        yield tuple(
            each.replace("-", "") if isinstance(each, str) and len(each) == 36 else each
            for each in row
        )


def names_of(file):
    with tarfile.open(file) as tar:
        return set(tar.getnames())


def test_all_that_is_to_be_kept_comes_back(here, there, tmp_path):
    (settings, engine), (restored, new_engine) = here, there
    file = tmp_path / "backup.tar.gz"
    back_up(settings, engine, file)
    assert file.stat().st_mode & 0o777 == 0o600
    restore(restored, new_engine, file)
    assert tables(new_engine) == tables(engine)
    assert restored.secret_key.read_text() == "secret"
    assert restored.catalog.read_text() == CATALOG
    assert restored.instance.stat().st_mode & 0o777 == 0o700
    assert not restored.visitor_key.exists()
    load(new_engine, restored.spool)
    load(engine, settings.spool)
    here_now, there_now = tables(engine), tables(new_engine)
    for now in (here_now, there_now):
        del now["days"]  # which were counted at another time
    assert there_now == here_now
    assert [path.name for path in restored.instance.iterdir() if "restore" in path.name] == []


def test_an_old_backup_counts_for_a_renamed_item(here, there, tmp_path):
    back_up(*here, tmp_path / "b.tar.gz")
    settings, engine = there
    restore(settings, engine, tmp_path / "b.tar.gz")
    record_renames(engine, {"genai-law": "law"}, {"law"})
    with engine.connect() as connection:
        counts = sums(connection, Dimension.ITEM, last_days(1, date(2026, 3, 1)))
    assert {item: own.clicks for item, own in counts.items()} == {"law": 1, "本": 1}


def test_clicks_come_back_into_the_tables_of_their_months(postgresql_engine, tmp_path, request):
    here = place(tmp_path / "here", postgresql_engine.url.render_as_string(hide_password=False))
    make_partitions(postgresql_engine, [date(2026, 3, 1)])
    spool_up(here.spool, *(make_click(START + day * DAY) for day in (-400, 0, 1, 40)))
    load(postgresql_engine, here.spool)
    back_up(here, postgresql_engine, tmp_path / "backup.tar.gz")
    url = new_database(request.getfixturevalue("postgresql_server"))
    engine = open_engine(url)
    restore(place(tmp_path / "there", url), engine, tmp_path / "backup.tar.gz")
    months = ["2025_01", "2026_02", "2026_03", "2026_04"]
    assert names_of_tables(engine) == [f"clicks_{month}" for month in months]
    engine.dispose()


@pytest.mark.parametrize("day", [date(1970, 1, 1), date(1, 1, 1), date(9999, 12, 31)])
def test_a_total_of_an_impossible_day_comes_back(postgresql_server, sqlite_engine, tmp_path, day):
    with sqlite_engine.begin() as connection:
        connection.execute(insert(CountedDay), {"day": day, "loaded": 1, "counted": 1})
        connection.execute(insert(ClickRow), {**value_row(CLICKS, 0), "id": "0" * 32, "time": 0})
    back_up(place(tmp_path, str(sqlite_engine.url)), sqlite_engine, tmp_path / "backup.tar.gz")
    url = new_database(postgresql_server)
    engine = open_engine(url)
    restore(place(tmp_path / "there", url), engine, tmp_path / "backup.tar.gz")
    assert tables(engine) == tables(sqlite_engine)
    with engine.connect() as connection:
        assert not any(each.name[7:11] in ("1969", "9999") for each in partitions(connection))
    engine.dispose()
    drop_database(postgresql_server, url)


def names_of_tables(engine):
    with engine.connect() as connection:
        query = "SELECT tableoid::regclass::text FROM clicks ORDER BY id"
        return connection.scalars(text(query)).all()


def test_a_new_row_gets_a_number_of_its_own(here, there, tmp_path):
    (settings, engine), (restored, new_engine) = here, there
    back_up(settings, engine, tmp_path / "backup.tar.gz")
    restore(restored, new_engine, tmp_path / "backup.tar.gz")
    with new_engine.begin() as connection:
        row = {"time": 2, "user": "", "action": "edit", "summary": "", "revision": "s", "text": b""}
        connection.execute(RevisionRow.__table__.insert(), row)
        assert sorted(connection.scalars(select(RevisionRow.id))) == [1, 2]


def test_tables_of_other_programs_do_not_stop_a_restoration(here, there, tmp_path):
    (settings, engine), (restored, new_engine) = here, there
    with engine.begin() as connection:
        connection.exec_driver_sql('CREATE TABLE "another; table" (id INTEGER)')
    back_up(settings, engine, tmp_path / "backup.tar.gz")
    assert not any("another" in name for name in names_of(tmp_path / "backup.tar.gz"))
    restore(restored, new_engine, tmp_path / "backup.tar.gz")
    assert tables(new_engine) == tables(engine)


def test_the_key_of_the_day_is_in_no_backup(here, tmp_path):
    settings, engine = here
    keys = [b"of the day"]
    if settings.several_nodes:
        file = KeyFile(tmp_path / "key")
        fetch_keys(engine, file, "UTC", datetime.now(UTC))
        keys += [each.key for each in file.read()]
    back_up(settings, engine, tmp_path / "backup.tar.gz")
    names = names_of(tmp_path / "backup.tar.gz")
    assert not any(name.endswith("visitor-key") or "visitor_keys" in name for name in names)
    content = gzip.decompress((tmp_path / "backup.tar.gz").read_bytes())
    assert not any(key in content or key.hex().encode() in content for key in keys)


@pytest.mark.parametrize("moment", ["before the spool", "before the database", "after both"])
def test_clicks_that_are_loaded_meanwhile_are_counted_once(
    here, there, tmp_path, monkeypatch, moment
):
    (settings, engine), (restored, new_engine) = here, there
    spooled, copied = module.copy_spool, module.copy_database

    def copy_spool(*args):
        if moment == "before the spool":
            load(engine, settings.spool)
        return spooled(*args)

    def copy_database(*args):
        if moment == "before the database":
            spool_up(settings.spool, make_click(START + 180_000, item="late"))
            load(engine, settings.spool)
        return copied(*args)

    monkeypatch.setattr(module, "copy_spool", copy_spool)
    monkeypatch.setattr(module, "copy_database", copy_database)
    back_up(settings, engine, tmp_path / "backup.tar.gz")
    if moment == "after both":
        load(engine, settings.spool)
    restore(restored, new_engine, tmp_path / "backup.tar.gz")
    load(engine, settings.spool)
    load(new_engine, restored.spool)
    here_now, there_now = tables(engine), tables(new_engine)
    for name in ("clicks", "totals", "views", "view_totals"):
        assert there_now[name] == here_now[name]


def test_nothing_is_brought_back_where_something_is(here, tmp_path):
    settings, engine = here
    file = tmp_path / "backup.tar.gz"
    back_up(settings, engine, file)
    before = tables(engine)
    with pytest.raises(LinkmgrError) as refused:
        restore(settings, engine, file)
    assert refused.value.message.code == "store.restore-into-instance"
    shutil.move(settings.instance, tmp_path / "away")
    if engine.dialect.name == "postgresql":
        with pytest.raises(LinkmgrError) as refused:
            restore(settings, engine, file)
        assert refused.value.message.code == "store.restore-into-tables"
        assert tables(engine) == before


@OVER_SQLITE
def test_open_links_are_in_no_backup(here, there, tmp_path):
    settings, engine = here
    token = users.invite(engine, "yuki", 0).token
    back_up(settings, engine, tmp_path / "backup.tar.gz")
    with tarfile.open(tmp_path / "backup.tar.gz") as archive:
        assert not [name for name in archive.getnames() if "links" in name]
    restored, new_engine = there
    restore(restored, new_engine, tmp_path / "backup.tar.gz")
    with new_engine.connect() as connection:
        assert users.known_users(connection) == ["owner"]
        assert users.find_link(connection, token, 0) is None


@OVER_SQLITE
def test_a_backup_replaces_no_file(here, tmp_path):
    (tmp_path / "backup.tar.gz").write_text("mine")
    with pytest.raises(LinkmgrError) as refused:
        back_up(*here, tmp_path / "backup.tar.gz")
    assert refused.value.message.code == "store.backup-exists"
    assert (tmp_path / "backup.tar.gz").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".linkmgr")] == []


@OVER_SQLITE
@pytest.mark.parametrize(
    ("name", "config", "is_refused"),
    [
        ("before.tar.gz", "", True),
        ("files/before.tar.gz", "", True),
        ("_site/before.tar.gz", "", True),
        ("public/before.tar.gz", "destination: public", True),
        ("files/before.tar.gz", "exclude: [files]", False),
        ("before.tar.gz", "exclude: ['*.tar.gz']", False),
        ("before.tar.gz", "source: src", False),
        ("_files/before.tar.gz", "", False),
        ("_files/before.tar.gz", "include: [_files]", True),
    ],
)
def test_a_backup_that_jekyll_would_publish_is_refused(here, tmp_path, name, config, is_refused):
    blog = tmp_path / "blog"
    (blog / name).parent.mkdir(parents=True)
    (blog / "src").mkdir(exist_ok=True)
    (blog / "_config.yml").write_text(config)
    if not is_refused:
        back_up(*here, blog / name)
        return
    with pytest.raises(LinkmgrError) as refused:
        back_up(*here, blog / name)
    assert refused.value.message.code == "store.backup-published"
    assert str(here[0].instance / "backups" / "before.tar.gz") in refused.value.excerpt()
    assert not (blog / name).exists()


@OVER_SQLITE
def test_a_backup_that_git_would_take_is_refused(here, tmp_path):
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / ".gitignore").write_text("*.gz\n")
    in_git(folder)
    back_up(*here, folder / "ignored.tar.gz")
    (folder / ".gitignore").write_text("")
    with pytest.raises(LinkmgrError) as refused:
        back_up(*here, folder / "before.tar.gz")
    assert refused.value.message.code == "store.backup-committed"
    assert not (folder / "before.tar.gz").exists()


@OVER_SQLITE
def test_link_into_folder_that_is_published_is_refused_as_well(here, tmp_path):
    blog = tmp_path / "blog"
    blog.mkdir()
    (blog / "_config.yml").write_text("")
    (tmp_path / "elsewhere").symlink_to(blog)
    with pytest.raises(LinkmgrError):
        back_up(*here, tmp_path / "elsewhere" / "before.tar.gz")


@OVER_SQLITE
def test_the_folder_for_backups_is_made_for_its_owner_alone(here):
    settings, engine = here
    blog = settings.instance.parent
    (blog / "_config.yml").write_text(f"exclude: [{settings.instance.name}]")
    in_git(blog)
    file = settings.instance / "backups" / "before.tar.gz"
    back_up(settings, engine, file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert "backups" not in git(blog, "status", "--porcelain", "-uall")


@OVER_SQLITE
def test_a_catalog_that_is_there_stays(here, there, tmp_path):
    (settings, engine), (restored, new_engine) = here, there
    back_up(settings, engine, tmp_path / "backup.tar.gz")
    restored.catalog.parent.mkdir()
    restored.catalog.write_text("mine")
    restore(restored, new_engine, tmp_path / "backup.tar.gz")
    assert restored.catalog.read_text() == "mine"


def repacked(file, change):
    """Change the members of a backup, as bytes by name."""
    with tarfile.open(file) as tar:
        members = {each.name: tar.extractfile(each).read() for each in tar}
    change(members)
    with tarfile.open(file, "w:gz") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def newer(members):
    manifest = json.loads(members["manifest.json"])
    manifest["database"]["version"] = "clicks_99"
    members["manifest.json"] = json.dumps(manifest).encode()


def wrong_sum(members):
    manifest = json.loads(members["manifest.json"])
    manifest["database"]["clicks"] += 1
    members["manifest.json"] = json.dumps(manifest).encode()


def at_no_time(members):
    manifest = json.loads(members["manifest.json"])
    members["manifest.json"] = json.dumps({**manifest, "made": "x"}).encode()


def no_database(members):
    manifest = json.loads(members["manifest.json"])
    for name in [name for name in members if name.startswith("database/")]:
        del members[name], manifest["files"][name]
    members["manifest.json"] = json.dumps(manifest).encode()


def unnamed(members):
    manifest = json.loads(members["manifest.json"])
    manifest["files"] = [*manifest["files"]]
    members["manifest.json"] = json.dumps(manifest).encode()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param(lambda of: of.pop("secret-key"), "store.backup-damaged", id="missing"),
        pytest.param(lambda of: of.pop("manifest.json"), "store.backup-damaged", id="no list"),
        pytest.param(
            lambda of: of.update({"secret-key": b"other"}), "store.backup-damaged", id="changed"
        ),
        pytest.param(
            lambda of: of.update({"manifest.json": b"[]"}), "store.backup-damaged", id="no object"
        ),
        pytest.param(
            lambda of: of.update({"manifest.json": b"[" * 99_999}),
            "store.backup-damaged",
            id="deep",
        ),
        pytest.param(at_no_time, "store.backup-damaged", id="made at no time"),
        pytest.param(no_database, "store.backup-damaged", id="no database"),
        pytest.param(unnamed, "store.backup-damaged", id="files without sums"),
        pytest.param(
            lambda of: of.update({"spool/a.spool": b""}), "store.backup-other-file", id="not listed"
        ),
        pytest.param(
            lambda of: of.update({"../../evil": b""}), "store.backup-other-file", id="elsewhere"
        ),
        pytest.param(
            lambda of: of.update({"visitor-key": b""}), "store.backup-other-file", id="a key"
        ),
        pytest.param(newer, "store.backup-newer", id="newer"),
    ],
)
@OVER_SQLITE
def test_a_damaged_backup_is_refused_and_leaves_nothing(here, there, tmp_path, change, code):
    assert_refused(here, there, tmp_path / "backup.tar.gz", change, code)


def test_a_backup_with_other_rows_than_said_leaves_nothing(here, there, tmp_path):
    file = tmp_path / "backup.tar.gz"
    assert_refused(here, there, file, wrong_sum, "store.backup-damaged")


def assert_refused(here, there, file, change, code):
    """See that a backup which is changed is refused, and that a whole one comes back after it."""
    (settings, engine), (restored, new_engine) = here, there
    back_up(settings, engine, file)
    repacked(file, change)
    with pytest.raises(LinkmgrError) as refused:
        restore(restored, new_engine, file)
    assert refused.value.message.code == code
    assert {path.name for path in restored.instance.iterdir()} == {".gitignore"}
    assert not restored.catalog.exists()
    back_up(settings, engine, file.with_name("second.tar.gz"))
    restore(restored, new_engine, file.with_name("second.tar.gz"))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda _: b"junk", id="no JSON"),
        pytest.param(lambda _: b"", id="no columns"),
        pytest.param(lambda _: b"[" * 99_999, id="deep"),
        pytest.param(lambda of: of.replace(b'"epoch"', b'"another"'), id="another column"),
        pytest.param(lambda of: of.replace(b', "epoch"', b""), id="a column less"),
        pytest.param(lambda of: of + b'"row"\n', id="a row that is none"),
        pytest.param(lambda of: of + b"\xff\n", id="another encoding"),
        pytest.param(lambda of: of + b'["other", ""]\n', id="a value less"),
        pytest.param(lambda of: of[: of.index(b"\n") + 1], id="rows less"),
    ],
)
@OVER_SQLITE
def test_a_table_that_is_no_such_table_leaves_nothing(here, there, tmp_path, change):
    assert_table_refused(here, there, tmp_path, change)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(b'["other", "", %s]\n' % (b"9" * 30), id="too large"),
        pytest.param(b'["other", "", {}]\n', id="a value that is none"),
        pytest.param(b'["other", "", null]\n', id="a value that is needed"),
        pytest.param(b'["other", "", 1]\n', id="a row more"),
    ],
)
def test_row_that_cant_be_in_table_is_refused_and_leaves_nothing(here, there, tmp_path, row):
    assert_table_refused(here, there, tmp_path, lambda of: of + row)


@pytest.mark.parametrize(
    ("found", "other"),
    [
        (rb'"20\d\d-\d\d-\d\d"', b'"2026-13-01"'),
        (rb'"20\d\d-\d\d-\d\d"', b'"someday"'),
        (rb"\d+(?=\]\n)", b'"many"'),
        (rb"\d+(?=\]\n)", b"1.5"),
    ],
)
def test_a_value_of_another_kind_is_refused_and_leaves_nothing(here, there, tmp_path, found, other):
    assert_table_refused(here, there, tmp_path, lambda of: re.sub(found, other, of), "totals")


def assert_table_refused(here, there, tmp_path, change, table="users"):
    """See that a backup with another table is refused, and that a whole one comes back."""
    (settings, engine), (restored, new_engine) = here, there
    name = f"database/{table}.jsonl"

    def put(members):
        manifest = json.loads(members["manifest.json"])
        members[name] = change(members[name])
        manifest["files"][name] = hashlib.sha256(members[name]).hexdigest()
        members["manifest.json"] = json.dumps(manifest).encode()

    back_up(settings, engine, tmp_path / "backup.tar.gz")
    repacked(tmp_path / "backup.tar.gz", put)
    with pytest.raises((LinkmgrError, SQLAlchemyError)):
        restore(restored, new_engine, tmp_path / "backup.tar.gz")
    assert {path.name for path in restored.instance.iterdir()} == {".gitignore"}
    back_up(settings, engine, tmp_path / "second.tar.gz")
    restore(restored, new_engine, tmp_path / "second.tar.gz")


def test_a_damaged_database_is_not_backed_up(sqlite_engine, tmp_path):
    settings = place(tmp_path, str(sqlite_engine.url))
    with sqlite_file(sqlite_engine).open("r+b") as file:
        file.write(b"junk" * 1000)
    with pytest.raises(SQLAlchemyError):
        back_up(settings, sqlite_engine, tmp_path / "backup.tar.gz")
    assert not (tmp_path / "backup.tar.gz").exists()


def test_a_backup_that_ends_early_is_refused_wherever_it_does(sqlite_engine, tmp_path):
    settings = place(tmp_path, str(sqlite_engine.url))
    file = tmp_path / "backup.tar.gz"
    back_up(settings, sqlite_engine, file)
    whole = file.read_bytes()
    target = place(tmp_path / "there", f"sqlite:///{tmp_path}/there/instance/linkmgr.db")
    engine = open_engine(target.database_url)
    for length in range(0, len(whole) * 3 // 4, len(whole) // 20):  # the rest may be padding
        file.write_bytes(whole[:length])
        with pytest.raises(LinkmgrError):
            restore(target, engine, file)
    assert {path.name for path in target.instance.iterdir()} == {".gitignore"}


@OVER_SQLITE
def test_a_backup_with_a_broken_block_in_a_large_file_is_refused(there, tmp_path):
    restored, engine = there
    file, packed = tmp_path / "backup.tar.gz", io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        info = tarfile.TarInfo("spool/a.spool")
        info.size = 400_000
        tar.addfile(info, io.BytesIO(bytes(info.size)))
    # Blocks of 64 kB as they are, each after five bytes that say how long it is.
    blocks = bytearray(gzip.compress(packed.getvalue(), 0))
    blocks[300_000:] = b"\xff" * (len(blocks) - 300_000)
    file.write_bytes(blocks)
    with pytest.raises(LinkmgrError) as refused:
        restore(restored, engine, file)
    assert refused.value.message.code == "store.backup-unreadable"


MEBIBYTE = 2**20
TEBIBYTE = 2**40


def member(name, content=b"", **facts):
    """Return the blocks of a tar's member whose header may claim what is not so."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for fact, value in facts.items():
        setattr(info, fact, value)
    form = tarfile.PAX_FORMAT if info.pax_headers else tarfile.GNU_FORMAT
    padding = bytes(-len(content) % tarfile.BLOCKSIZE)
    return info.tobuf(form) + content + padding


def old_sparse(name, size):
    """Return a member that is one hole, as GNU tar marked it first (its manual, "Sparse")."""
    header = bytearray(member(name, type=tarfile.GNUTYPE_SPARSE))
    header[386:398] = header[398:410] = b"%011o\0" % 0  # a piece of no bytes at its start
    header[483:495] = b"\x80" + size.to_bytes(11)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header[:512])
    return bytes(header)


def pax_sparse(name, size):
    """Return a member that is one hole, as GNU tar's version 1.0 marks it in PAX headers."""
    facts = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": name}
    facts["GNU.sparse.realsize"] = str(size)
    return member(name, b"0\n".ljust(tarfile.BLOCKSIZE, b"\0"), pax_headers=facts)


def zeros(name, count):
    return member(name, bytes(count))


def nested_names(count):
    """Return headers that each give the next one a long name."""
    return member("././@LongLink", b"name\0", type=tarfile.GNUTYPE_LONGNAME) * count


SPOOL_FILE = "spool/a.spool"


@pytest.mark.parametrize(
    ("members", "code"),
    [
        pytest.param(old_sparse(SPOOL_FILE, TEBIBYTE), "store.backup-inflated", id="hole"),
        pytest.param(old_sparse(SPOOL_FILE, 9), "store.backup-inflated", id="small hole"),
        pytest.param(pax_sparse(SPOOL_FILE, TEBIBYTE), "store.backup-inflated", id="hole in PAX"),
        pytest.param(pax_sparse(SPOOL_FILE, 9), "store.backup-inflated", id="small hole in PAX"),
        pytest.param(
            member(SPOOL_FILE, size=TEBIBYTE), "store.backup-inflated", id="more than is there"
        ),
        pytest.param(member(SPOOL_FILE, size=-1), "store.backup-inflated", id="less than nothing"),
        pytest.param(
            member(SPOOL_FILE, pax_headers={"size": str(TEBIBYTE)}),
            "store.backup-inflated",
            id="more than is there in PAX",
        ),
        pytest.param(
            zeros("manifest.json", 9 * MEBIBYTE), "store.backup-inflated", id="large list"
        ),
        pytest.param(
            member("././@LongLink", bytes(MEBIBYTE), type=tarfile.GNUTYPE_LONGNAME),
            "store.backup-unreadable",
            id="name of a megabyte",
        ),
        pytest.param(
            member("PaxHeader", size=TEBIBYTE, type=tarfile.XHDTYPE),
            "store.backup-unreadable",
            id="header of a terabyte",
        ),
        pytest.param(nested_names(2000), "store.backup-unreadable", id="chain of names"),
        pytest.param(member(SPOOL_FILE) * 2, "store.backup-twice", id="twice"),
        pytest.param(
            member(SPOOL_FILE, type=tarfile.SYMTYPE, linkname="/etc/passwd"),
            "store.backup-other-file",
            id="link",
        ),
        pytest.param(
            member(SPOOL_FILE) + member("spool/b.spool", type=tarfile.LNKTYPE, linkname=SPOOL_FILE),
            "store.backup-other-file",
            id="hard link",
        ),
        pytest.param(
            member(SPOOL_FILE, type=tarfile.FIFOTYPE), "store.backup-other-file", id="pipe"
        ),
        pytest.param(
            member(SPOOL_FILE, type=tarfile.CHRTYPE), "store.backup-other-file", id="device"
        ),
        pytest.param(member("spool", type=tarfile.DIRTYPE), "store.backup-other-file", id="folder"),
        pytest.param(member("/etc/a.spool"), "store.backup-other-file", id="absolute"),
        pytest.param(member("spool/../a.spool"), "store.backup-other-file", id="upwards"),
    ],
)
@OVER_SQLITE
def test_an_archive_that_fills_the_disk_or_escapes_is_refused(there, tmp_path, members, code):
    (restored, engine), file = there, tmp_path / "backup.tar.gz"
    file.write_bytes(gzip.compress(members + bytes(2 * tarfile.BLOCKSIZE)))
    with pytest.raises(LinkmgrError) as refused:
        restore(restored, engine, file)
    assert refused.value.message.code == code
    assert {path.name for path in restored.instance.iterdir()} == {".gitignore"}


@OVER_SQLITE
def test_a_backup_without_room_on_disk_is_refused_beforehand(here, there, tmp_path, monkeypatch):
    (settings, engine), (restored, new_engine) = here, there
    file = tmp_path / "backup.tar.gz"
    back_up(settings, engine, file)
    usage = shutil.disk_usage(tmp_path)._replace(free=127 * MEBIBYTE)
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda _: usage)
        with pytest.raises(LinkmgrError) as refused:
            restore(restored, new_engine, file)
    assert refused.value.message.code == "store.restore-no-room"
    assert {path.name for path in restored.instance.iterdir()} == {".gitignore"}
    restore(restored, new_engine, file)
    assert tables(new_engine) == tables(engine)


@pytest.mark.parametrize("step", ["copyfileobj", "replace_file", "sync_folder"])
def test_a_disk_that_fills_up_at_any_step_leaves_all_as_it_was(
    here, there, tmp_path, monkeypatch, step
):
    (settings, engine), (restored, new_engine) = here, there
    back_up(settings, engine, tmp_path / "backup.tar.gz")
    module_of_step = shutil if step == "copyfileobj" else restoring
    done = getattr(module_of_step, step)

    def fill(*arguments):
        done(*arguments)
        if step != "sync_folder" or arguments[0] == restored.instance:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as full:
        full.setattr(module_of_step, step, fill)
        with pytest.raises(OSError, match="No space"):
            restore(restored, new_engine, tmp_path / "backup.tar.gz")
    assert {path.name for path in restored.instance.iterdir()} == {".gitignore"}
    assert not restored.catalog.exists()
    restore(restored, new_engine, tmp_path / "backup.tar.gz")
    assert tables(new_engine) == tables(engine)


def test_where_another_restores_meanwhile_nothing_comes_back(here, there, tmp_path, monkeypatch):
    (settings, engine), (restored, new_engine) = here, there
    back_up(settings, engine, tmp_path / "backup.tar.gz")
    make = restoring.make_instance

    with ExitStack() as beside:

        def make_instance(folder):
            make(folder)
            beside.enter_context(scratch_folder(folder, RESTORING))

        monkeypatch.setattr(restoring, "make_instance", make_instance)
        with pytest.raises(LinkmgrError) as refused:
            restore(restored, new_engine, tmp_path / "backup.tar.gz")
        assert refused.value.message.code == "store.restore-into-instance"
        names = [path.name.startswith(RESTORING) for path in restored.instance.iterdir()]
        assert sorted(names) == [False, True]


# A process that receives a signal when it comes to a step.
ENDED = """
import os, signal, sys
from linkmgr.cli import main
from linkmgr.store import backup, restore
module, step, number, *sys.argv[1:] = sys.argv[1:]
def end(*_):
    os.kill(os.getpid(), int(number))
setattr(globals()[module], step, end)
main()
"""


def end_at(module, step, number, settings, *arguments):
    """Run a command that is ended by a signal at a step of a module. Return its exit code."""
    places = {
        "LINKMGR_CATALOG": str(settings.catalog),
        "LINKMGR_INSTANCE": str(settings.instance),
        "LINKMGR_DATABASE_URL": settings.database_url,
    }
    command = [sys.executable, "-c", ENDED, module, step, str(int(number)), *map(str, arguments)]
    return subprocess.run(command, check=False, env={**os.environ, **places}).returncode


def scratch_of(folder):
    return [path for path in folder.rglob(".linkmgr-*") if path.is_dir()]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@OVER_SQLITE
def test_a_backup_that_is_ended_leaves_no_secrets_behind(here, tmp_path, number):
    settings, _ = here
    file = tmp_path / "backup.tar.gz"
    assert end_at("backup", "_pack", number, settings, "backup", file) == 128 + number
    assert scratch_of(tmp_path) == []
    assert not file.exists()


def test_a_restoration_that_is_ended_leaves_all_as_it_was(here, there, tmp_path):
    (settings, engine), (restored, _) = here, there
    file = tmp_path / "backup.tar.gz"
    back_up(settings, engine, file)
    code = end_at("restore", "replace_file", signal.SIGTERM, restored, "restore", file)
    assert code == 128 + signal.SIGTERM
    assert {path.name for path in restored.instance.iterdir()} == {".gitignore"}


@OVER_SQLITE
def test_the_next_backup_deletes_what_a_killed_one_left(here, tmp_path):
    settings, engine = here
    end_at("backup", "_pack", signal.SIGKILL, settings, "backup", tmp_path / "backup.tar.gz")
    assert len(scratch_of(tmp_path)) == 1
    with scratch_folder(tmp_path, ".linkmgr-backup-") as at_work:
        back_up(settings, engine, tmp_path / "backup.tar.gz")
        assert scratch_of(tmp_path) == [at_work]


@pytest.mark.parametrize("step", ["_unpack", "replace_file"])
@pytest.mark.parametrize(
    ("database_url", "elsewhere"),
    [("sqlite", False), ("sqlite", True), ("postgresql", True)],
    indirect=["database_url"],
)
def test_a_killed_restoration_stops_the_server_and_is_undone(
    here, there, tmp_path, step, elsewhere
):
    (settings, engine), (restored, new_engine) = here, there
    if elsewhere and new_engine.dialect.name == "sqlite":  # PostgreSQL's is so in any case
        restored = place(tmp_path / "there", f"sqlite:///{tmp_path}/elsewhere/linkmgr.db")
        new_engine = open_engine(restored.database_url)
    file = tmp_path / "backup.tar.gz"
    back_up(settings, engine, file)
    code = end_at("restore", step, signal.SIGKILL, restored, "restore", file)
    assert code == -signal.SIGKILL
    with pytest.raises(LinkmgrError) as refused:
        make_instance(restored.instance)
    assert refused.value.message.code == "store.restore-unfinished"
    restore(restored, new_engine, file)
    assert scratch_of(tmp_path) == []
    assert tables(new_engine) == tables(engine)
    make_instance(restored.instance)
    new_engine.dispose()


def test_a_restoration_killed_when_done_is_not_undone(sqlite_engine, tmp_path):
    settings = place(tmp_path, str(sqlite_engine.url))
    spool_up(settings.spool, make_click(START))
    (settings.instance / f"{RESTORING}x").mkdir()
    back_up(settings, sqlite_engine, tmp_path / "backup.tar.gz")
    with pytest.raises(LinkmgrError) as refused:
        restore(settings, sqlite_engine, tmp_path / "backup.tar.gz")
    assert refused.value.message.code == "store.restore-into-instance"
    assert [*settings.spool.iterdir()] != []


def test_database_for_which_its_own_disk_has_no_room_is_refused(
    sqlite_engine, tmp_path, monkeypatch
):
    settings = place(tmp_path, str(sqlite_engine.url))
    back_up(settings, sqlite_engine, tmp_path / "backup.tar.gz")
    database = tmp_path / "elsewhere" / "linkmgr.db"
    target = place(tmp_path / "there", f"sqlite:///{database}")
    usage = shutil.disk_usage

    def disk_usage(folder):
        return usage(folder)._replace(**({"free": MEBIBYTE} if folder == database.parent else {}))

    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", disk_usage)
        with pytest.raises(LinkmgrError) as refused:
            restore(target, open_engine(target.database_url), tmp_path / "backup.tar.gz")
    assert refused.value.message.code == "store.restore-no-room"
    assert [*database.parent.iterdir()] == []
    restore(target, open_engine(target.database_url), tmp_path / "backup.tar.gz")
    assert database.exists()


def test_a_disk_that_is_full_before_database_is_leaves_nothing(tmp_path, sqlite_engine):
    fill(sqlite_engine, rows=4000, days=90)
    back_up(place(tmp_path, str(sqlite_engine.url)), sqlite_engine, tmp_path / "backup.tar.gz")
    database = tmp_path / "there" / "linkmgr.db"
    target = place(tmp_path / "there", f"sqlite:///{database}")
    engine = open_engine(target.database_url)
    with tarfile.open(tmp_path / "backup.tar.gz") as tar:
        unpacked = max(member.size for member in tar)
    with files_of_at_most(unpacked), pytest.raises(SQLAlchemyError):
        restore(target, engine, tmp_path / "backup.tar.gz")
    assert not database.exists()
    assert {path.name for path in target.instance.iterdir()} == {".gitignore"}
    restore(target, engine, tmp_path / "backup.tar.gz")
    assert tables(engine) == tables(sqlite_engine)
    engine.dispose()


@OVER_SQLITE
def test_an_archive_of_very_many_files_is_refused(there, tmp_path, monkeypatch):
    (restored, engine), file = there, tmp_path / "backup.tar.gz"
    monkeypatch.setattr(restoring, "_MOST_FILES", 3)
    members = b"".join(member(f"spool/{name}.spool") for name in "abcd")
    file.write_bytes(gzip.compress(members + bytes(2 * tarfile.BLOCKSIZE)))
    with pytest.raises(LinkmgrError) as refused:
        restore(restored, engine, file)
    assert refused.value.message.code == "store.backup-many-files"
    assert {path.name for path in restored.instance.iterdir()} == {".gitignore"}


@contextmanager
def files_of_at_most(size):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def test_a_backup_can_be_written_where_a_file_has_one_name(sqlite_engine, tmp_path, monkeypatch):
    def link(*_):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", link)
    settings, file = place(tmp_path, str(sqlite_engine.url)), tmp_path / "backup.tar.gz"
    back_up(settings, sqlite_engine, file)
    assert "manifest.json" in names_of(file)


# Either database's backup comes back into either.

PAIRS = [
    ("sqlite", "sqlite"),
    ("sqlite", "postgresql"),
    ("postgresql", "sqlite"),
    ("postgresql", "postgresql"),
]
CLICKS = ClickRow.__table__
# What JSON, COPY, SQL and Python each write in a way of their own.
ODD = "本\t\\N\\.\n\r'\"%s{}\x01\x02\x7f🫖"


def value(column, number):
    """Make a value of a column's type: the number decides which."""
    kinds = {
        Date: date(2026, 3, 1) + timedelta(number),
        LargeBinary: bytes([0, 92, 255, number % 256]),
        Integer: number,
        Boolean: number % 2 == 1,
    }
    if column.nullable and number % 2:
        return None
    if isinstance(column.type, String | Text):
        return f"{number}{ODD}"[: column.type.length or 99]
    return next((made for kind, made in kinds.items() if isinstance(column.type, kind)), number)


def value_row(table, number):
    return {column.name: value(column, number) for column in table.columns}


def fill(engine, first=1, rows=3, days=1):
    """Add rows to every table: of odd values, nothing where that may be, clicks of some days."""
    with engine.begin() as connection:
        for table in KEPT_TABLES:
            made = [value_row(table, number) for number in range(first, first + rows)]
            if table is CLICKS:
                for number, click in enumerate(made, first):
                    click["time"] = START + number * days * DAY // rows
                    click["id"] = key_at(click["time"])[:20] + f"{number:012x}"
            connection.execute(insert(table), made)


def test_jobs_and_open_links_are_in_no_backup():
    left_out = {*Base.metadata.tables} - {table.name for table in KEPT_TABLES}
    assert left_out == {"jobs", "setup_links", "account_links"}


@pytest.fixture(params=PAIRS, ids=" to ".join)
def pair(request, tmp_path):
    """Give settings and engine of an instance with tables, and of one that is not there yet."""
    places = []
    for name, kind in zip(("old", "new"), request.param, strict=True):
        url = f"sqlite:///{tmp_path}/{name}.db"
        if kind == "postgresql":
            url = new_database(request.getfixturevalue("postgresql_server"))
        places.append((place(tmp_path / name, url), open_engine(url)))
    create_tables(places[0][1])
    yield places
    for _, engine in places:
        engine.dispose()


def test_every_value_comes_back_into_either_database(pair, tmp_path):
    (old, source), (new, target) = pair
    fill(source, rows=20, days=90)
    before = tables(source)
    made = back_up(old, source, tmp_path / "backup.tar.gz")
    restore(new, target, tmp_path / "backup.tar.gz")
    assert tables(target) == tables(source) == before
    assert made.database.rows == dict.fromkeys(before, 20)
    check_tables(target)


def test_a_backup_from_another_database_comes_back_the_same(pair, tmp_path):
    (old, source), (new, target) = pair
    fill(source, rows=20, days=90)
    first = back_up(old, source, tmp_path / "first.tar.gz")
    restore(new, target, tmp_path / "first.tar.gz")
    assert back_up(new, target, tmp_path / "second.tar.gz").database == first.database


def test_an_empty_history_comes_back_too(pair, tmp_path):
    (old, source), (new, target) = pair
    back_up(old, source, tmp_path / "backup.tar.gz")
    assert set(restore(new, target, tmp_path / "backup.tar.gz").database.rows.values()) == {0}
    check_tables(target)


def test_a_database_that_would_lose_characters_is_refused(postgresql_server, here, tmp_path):
    settings, engine = here
    back_up(settings, engine, tmp_path / "backup.tar.gz")
    url = new_database(postgresql_server)
    name = open_engine(url).url.database
    other = open_engine(url.replace(name, "postgres"))
    with other.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name}")
        connection.exec_driver_sql(
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' "
            "LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'"
        )
    other.dispose()
    target = open_engine(url)
    with pytest.raises(LinkmgrError) as refused:
        restore(place(tmp_path / "there", url), target, tmp_path / "backup.tar.gz")
    assert refused.value.message.code == "store.restore-encoding"
    target.dispose()


def test_a_full_disk_of_postgresql_leaves_it_empty(
    sqlite_engine, postgresql_server, postgresql_url, tmp_path
):
    fill(sqlite_engine, rows=3000, days=90)
    back_up(place(tmp_path, str(sqlite_engine.url)), sqlite_engine, tmp_path / "backup.tar.gz")
    disk = postgresql_server / "small"
    with small_disk(disk, 3), tablespace(postgresql_url, disk):
        url = f"{postgresql_url}&options=-c default_tablespace=small"
        target, restored = open_engine(url), place(tmp_path / "there", url)
        with pytest.raises(SQLAlchemyError, match="No space left on device"):
            restore(restored, target, tmp_path / "backup.tar.gz")
        enlarge(disk, 64)
        restore(restored, target, tmp_path / "backup.tar.gz")
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
