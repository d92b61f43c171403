"""docs/how-to/move-to-postgresql.md, typed as it stands: no click is lost or counted twice."""

import re
import shutil
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import text

from linkmgr.store.db.engine import open_engine
from tests.support.cli import run
from tests.support.guides import Machine, shown_commands, shown_settings
from tests.support.markdown import DOCS
from tests.support.postgres import USER
from tests.support.servers import SITE, Server, free_port, wait_for, write_catalog

pytestmark = [pytest.mark.docs, pytest.mark.server]

PAGE = DOCS / "how-to" / "move-to-postgresql.md"
AS_SHOWN = 3


@pytest.fixture
def postgresql(postgresql_server, monkeypatch):
    """Give the server without what a test's guide makes in it."""
    monkeypatch.setenv("PGHOST", str(postgresql_server))
    monkeypatch.setenv("PGUSER", "linkmgr")  # as the server's system user is called
    yield postgresql_server
    with psycopg.connect(host=str(postgresql_server), user=USER, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS linkmgr WITH (FORCE)")
        connection.execute("DROP ROLE IF EXISTS linkmgr")


@pytest.fixture
def server(tmp_path):
    write_catalog(tmp_path, ("letter", f"{SITE}/letter/"))
    running = Server(tmp_path).start()
    yield running
    if running.process.poll() is None:
        running.stop()


def click(server, number):
    server.get(f"/go/letter?p={number:016x}")


def posts(url, folder):
    """Return the clicks of each post, none while they are loaded and not counted yet."""
    engine = open_engine(url.replace("sqlite:///", f"sqlite:///{folder}/"))
    with engine.connect() as connection:
        query = text("SELECT post, count(*) FROM clicks WHERE kind IN (1, 2) GROUP BY post")
        rows = dict(map(tuple, connection.execute(query)))
        query = text("SELECT clicks + bots FROM totals WHERE dimension = 'all'")
        total = sum(connection.scalars(query))
    engine.dispose()
    return rows if total == sum(rows.values()) else {}


@pytest.mark.usefixtures("postgresql")
def test_the_guide_moves_a_server_to_postgresql_and_back(server):
    machine = Machine(server)
    creation, saving, restoring, _, going_back = shown_commands(PAGE)
    for number in range(AS_SHOWN):
        click(server, number)
    wait_for(lambda: len(server.posts()) == AS_SHOWN)
    machine.follow(creation)
    machine.follow(saving)
    *before, start = restoring
    machine.follow(before)
    (new,) = shown_settings(PAGE).values()
    server.settings["DATABASE_URL"] = new
    machine.follow([start])
    click(server, AS_SHOWN)
    wait_for(lambda: len(posts(new, server.folder)) == AS_SHOWN + 1)
    assert set(posts(new, server.folder).values()) == {1}
    assert len(posts("sqlite:///.instance-sqlite/linkmgr.db", server.folder)) == AS_SHOWN
    del server.settings["DATABASE_URL"]  # in /etc/linkmgr.env, which no command typed reads
    for command, _ in going_back:
        machine.type(command)
    assert server.posts() == posts(new, server.folder)


def refusals():
    """Return what the page's table of refusals quotes."""
    table = PAGE.read_text(encoding="utf-8").partition("| it says | do |\n")[2].partition("\n\n")[0]
    return re.findall(r"`([^`]+)`", " ".join(row.split("|")[1] for row in table.splitlines()))


@pytest.fixture
def target(postgresql):
    """Give what makes a database, by words after CREATE DATABASE, and returns its URL."""

    def make(words=""):
        with psycopg.connect(host=str(postgresql), user=USER, autocommit=True) as connection:
            connection.execute("CREATE ROLE linkmgr LOGIN")
            connection.execute(f"CREATE DATABASE linkmgr {words}")
        return f"postgresql+psycopg://linkmgr@/linkmgr?host={postgresql}"

    return make


@pytest.fixture
def blog(tmp_path):
    """Give a blog with a backup whose instance was moved away."""
    write_catalog(tmp_path, ("letter", f"{SITE}/letter/"))
    for command in (("db", "upgrade"), ("backup", "backup.tar.gz")):
        assert run(*command, cwd=tmp_path).code == 0
    (tmp_path / "instance").rename(tmp_path / ".instance-sqlite")
    return tmp_path


@pytest.fixture
def refused(blog, monkeypatch):
    """Give what restores the backup into a database that is refused; it returns what is said."""

    def restore(url):
        monkeypatch.setenv("LINKMGR_DATABASE_URL", url)
        done = run("restore", "backup.tar.gz", cwd=blog)
        assert done.code == 1
        assert "secret" not in done.err
        return done.err

    return restore


def test_what_stops_a_move_is_said_as_the_guide_quotes_it(refused, target, postgresql, monkeypatch):
    other = "ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'"
    local = target(f"{other} TEMPLATE template0 OWNER postgres")
    remote = "postgresql+psycopg://linkmgr:secret@{}/linkmgr"
    found = {
        "stores text as SQL_ASCII": refused(local),
        "connection refused": refused(remote.format(f"127.0.0.1:{free_port()}")),
        "failed to resolve host": refused(remote.format("nowhere.invalid")),
    }
    with passwords(postgresql):
        found["no password supplied"] = refused(local)
        monkeypatch.setenv("PGPASSWORD", "secret")
        found["password authentication failed"] = refused(local)
    for quoted, error in found.items():
        assert quoted.lower() in error.lower()
        assert quoted in refusals()


@contextmanager
def passwords(server):
    """Have the role linkmgr asked for its password, which it has not."""
    before = (server / "data" / "pg_hba.conf").read_text()
    follow_rules(server, f"local all linkmgr scram-sha-256\n{before}")
    try:
        yield
    finally:
        follow_rules(server, before)


def follow_rules(server, rules):
    def ask(query):
        with psycopg.connect(host=str(server), user=USER, autocommit=True) as connection:
            return connection.execute(query).fetchone()

    (server / "data" / "pg_hba.conf").write_text(rules)
    # Each new process begins with what the postmaster has read last.
    before = ask("SELECT pg_conf_load_time()")
    ask("SELECT pg_reload_conf()")
    wait_for(lambda: ask("SELECT pg_conf_load_time()") > before)


def test_a_role_that_may_make_no_tables_is_told_so(refused, target):
    error = refused(target("OWNER postgres"))
    assert "permission denied for schema public" in error
    assert "permission denied for schema public" in refusals()


def test_a_database_whose_tables_a_server_has_made_is_refused(blog, refused, target, monkeypatch):
    url = target("OWNER linkmgr")
    monkeypatch.setenv("LINKMGR_DATABASE_URL", url)
    assert run("db", "upgrade", cwd=blog).code == 0
    shutil.rmtree(blog / "instance")
    assert "has tables" in refused(url)
    assert "has tables" in refusals()
