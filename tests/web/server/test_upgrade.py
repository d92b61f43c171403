"""From the version before to this one, and back: each click is counted once, whatever comes."""

import json
import os
import re
import shutil
import signal
from contextlib import ExitStack

import pytest
from sqlalchemy import text

from linkmgr.store.db.engine import open_engine
from linkmgr.store.db.schema import versions_known
from tests.support.guides import Machine, shown_commands
from tests.support.markdown import DOCS
from tests.support.postgres import new_database
from tests.support.releases import ReleasedServer, earlier_version
from tests.support.servers import SITE, Load, wait_for, write_catalog

pytestmark = pytest.mark.slow

NODES = 3
CLICKS = 300
PAGES = {"en": DOCS / "how-to" / "upgrade.md", "ja": DOCS / "ja" / "how-to" / "upgrade.md"}


@pytest.fixture
def program(tmp_path):
    """Give the version before."""
    return earlier_version(tmp_path / "program")


def make_node(folder, program, url="", **settings):
    folder.mkdir()
    write_catalog(folder, ("letter", f"{SITE}/letter/"))
    node = ReleasedServer(folder, **({"DATABASE_URL": url} if url else {}), **settings)
    node.program = program
    return node


def counted(url):
    """Return the rows of clicks by post, and the clicks of the totals."""
    engine = open_engine(url)
    with engine.connect() as connection:
        query = text("SELECT post, count(*) FROM clicks GROUP BY post")
        rows = dict(map(tuple, connection.execute(query)))
        query = text("SELECT sum(clicks + bots) FROM totals WHERE dimension = 'all'")
        total = connection.scalar(query)
    engine.dispose()
    return rows, total


def version(url):
    engine = open_engine(url)
    with engine.connect() as connection:
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    engine.dispose()
    return found


def test_a_rolling_upgrade_under_load_loses_and_doubles_no_click(tmp_path, program, postgresql_url):
    admin = make_node(tmp_path / "admin", program, postgresql_url, ROLE="admin")
    nodes = [
        make_node(tmp_path / f"node{number}", program, postgresql_url, ROLE="redirect")
        for number in range(NODES)
    ]
    answered = {}
    with ExitStack() as stack:
        for server in (admin, *nodes):  # the first makes the tables
            stack.callback(end, server.start())
        assert version(postgresql_url) == "campaigns_7"
        loads = [
            stack.enter_context(Load(node, "letter", clients=1, first=number << 32))
            for number, node in enumerate(nodes)
        ]
        for load in loads:
            load.wait(CLICKS)
        wait_for(lambda: counted(postgresql_url)[0])
        admin.run("db", "upgrade", program=None)
        assert version(postgresql_url) == versions_known()[-1]
        # One whose worker begins anew does not know the tables: its clicks wait.
        os.kill(nodes[0].worker, signal.SIGKILL)
        wait_for(lambda: "clicks are waiting in the spool" in nodes[0].log)
        for load in loads:
            load.wait(CLICKS)
            assert load.failures == []
        for server in (admin, *nodes):
            exchange(server)
        for load in loads:
            load.wait(CLICKS)
            answered |= load.answered
    assert_counted_once(postgresql_url, nodes, answered)


def exchange(server):
    """Put a server of this version in the place of one of the version before."""
    assert server.stop() == 0
    server.program = None
    server.start()


def end(server):
    if server.process.poll() is None:
        server.stop()


def assert_counted_once(url, nodes, answered):
    assert len(answered) >= 3 * NODES * CLICKS
    assert set(answered.values()) == {f"{SITE}/letter/"}
    assert [node.waiting() for node in nodes] == [0] * NODES
    rows, total = counted(url)
    assert answered.keys() <= rows.keys()
    assert set(rows.values()) == {1}
    assert total == len(rows)


def figures(server):
    """Return the figures of each item and post, as the command has them."""
    tables = (server.run("stats", "--by", by, "--json") for by in ("item", "post"))
    return [json.loads(table)["rows"] for table in tables]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_backup_of_the_version_before_brings_back_the_same_figures(
    tmp_path, program, postgresql_server, database
):
    urls = [new_database(postgresql_server) for _ in range(2)] if database != "sqlite" else ["", ""]
    server = make_node(tmp_path / "node", program, urls[0])
    with ExitStack() as stack:
        stack.callback(end, server.start())
        click(server, 5)
    before = figures(server)
    server.run("backup", "backup.tar.gz")
    shutil.rmtree(server.instance)
    server.settings["DATABASE_URL"] = urls[1]
    server.program = None
    server.run("restore", "backup.tar.gz")
    server.run("db", "upgrade")
    assert figures(server) == before
    assert len(before[1]) == 5


def click(server, posts, first=0):
    for number in range(first, first + posts):
        server.get(f"/go/letter?p={number:016x}")


@pytest.mark.parametrize("language", PAGES)
def test_the_guide_upgrades_a_machine_and_goes_back(tmp_path, program, language):
    server = make_node(tmp_path / "node", program)
    machine = Machine(server, language)
    upgrading, _, _, going_back = shown_commands(PAGES[language])
    with ExitStack() as stack:
        stack.callback(end, server.start())
        click(server, 3)
        wait_for(lambda: len(server.posts()) == 3)
        machine.follow(upgrading[:2])
        server.program = None  # pip has installed this version
        machine.follow(upgrading[2:])
        click(server, 1, first=3)
        wait_for(lambda: len(server.posts()) == 4)
        machine.follow(going_back[:-3])
        server.program = program
        *restoring, start = going_back[-3:]
        for command, _ in restoring:
            assert "Traceback" not in machine.type(command)
        machine.follow([start])
        click(server, 1, first=4)
        wait_for(lambda: len(server.posts()) == 5)
    assert set(server.posts().values()) == {1}


def test_the_guide_installs_as_the_one_before_it():
    installing = re.search(r"^```sh\n(.*?)^```$", PAGES["en"].read_text(), re.DOTALL | re.MULTILINE)
    install = (DOCS / "how-to" / "install.md").read_text()
    assert all(line in install for line in installing[1].splitlines())
