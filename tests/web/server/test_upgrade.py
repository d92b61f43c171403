"""From this version to a later one, and back: each click is counted once, whatever comes."""

import re
from contextlib import ExitStack

import pytest
from sqlalchemy import text

from linkmgr.store.db.engine import open_engine
from tests.support.guides import Machine, shown_commands
from tests.support.markdown import DOCS
from tests.support.releases import LATER, ReleasedServer, later_version
from tests.support.servers import SITE, Load, wait_for, write_catalog

pytestmark = [pytest.mark.docs, pytest.mark.server]

NODES = 2
CLICKS = 300
PAGE = DOCS / "how-to" / "upgrade.md"


@pytest.fixture
def later(tmp_path):
    """Give the program of a later version."""
    return later_version(tmp_path / "later")


def make_node(folder, url="", **settings):
    folder.mkdir()
    write_catalog(folder, ("letter", f"{SITE}/letter/"))
    # The version before, whose clicks wait, has nothing to load when it is stopped.
    own = {"STOP_SECONDS": 1} | ({"DATABASE_URL": url} if url else {})
    return ReleasedServer(folder, **own | settings)


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


def test_an_older_node_keeps_its_clicks_until_it_is_upgraded(tmp_path, later, postgresql_url):
    node = make_node(tmp_path / "node", postgresql_url, ROLE="redirect")
    with ExitStack() as stack:
        stack.callback(end, node.start())
        click(node, 3)
        wait_for(lambda: counted(postgresql_url) == (dict.fromkeys(posts(3), 1), 3))
        node.program = later
        node.run("db", "upgrade")
        assert version(postgresql_url) == LATER
        # It does not know the tables: from now on its clicks wait.
        click(node, 3, first=3)
        wait_for(lambda: node.health()["problems"])
        assert len(counted(postgresql_url)[0]) == 3
        assert node.stop() == 0
        node.start()
        click(node, 3, first=6)
        wait_for(lambda: len(counted(postgresql_url)[0]) == 9)
        assert node.stop() == 0
    assert counted(postgresql_url) == (dict.fromkeys(posts(9), 1), 9)
    assert node.waiting() == 0


@pytest.mark.soak
def test_a_rolling_upgrade_under_load_loses_and_doubles_no_click(tmp_path, later, postgresql_url):
    admin = make_node(tmp_path / "admin", postgresql_url, ROLE="admin")
    nodes = [
        make_node(tmp_path / f"node{number}", postgresql_url, ROLE="redirect")
        for number in range(NODES)
    ]
    answered = {}
    with ExitStack() as stack:
        for server in (admin, *nodes):  # the first makes the tables
            stack.callback(end, server.start())
        loads = [
            stack.enter_context(Load(node, "letter", clients=1, first=number << 32))
            for number, node in enumerate(nodes)
        ]
        for load in loads:
            load.wait(CLICKS)
        wait_for(lambda: counted(postgresql_url)[0])
        admin.program = later
        admin.run("db", "upgrade")
        assert version(postgresql_url) == LATER
        # Nodes of the version before do not know the tables: from now on their clicks wait.
        before = counted(postgresql_url)
        for load in loads:
            load.wait(CLICKS)
            assert load.failures == []
        assert counted(postgresql_url) == before
        for server in (admin, *nodes):
            assert server.stop() == 0
            server.program = later
            server.start()
        for load in loads:
            load.wait(CLICKS)
            answered |= load.answered
    assert_counted_once(postgresql_url, nodes, answered)


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


def posts(number, first=0):
    return [f"{each:016x}" for each in range(first, first + number)]


def click(server, number, first=0):
    for post in posts(number, first):
        server.get(f"/go/letter?p={post}")


def test_the_guide_upgrades_a_machine_and_goes_back(tmp_path, later):
    server = make_node(tmp_path / "node")
    machine = Machine(server)
    upgrading, _, going_back = filter(None, shown_commands(PAGE))
    with ExitStack() as stack:
        stack.callback(end, server.start())
        click(server, 3)
        wait_for(lambda: len(server.posts()) == 3)
        machine.follow(upgrading[:2])
        server.program = later  # as pip installs it
        machine.follow(upgrading[2:])
        click(server, 1, first=3)
        wait_for(lambda: len(server.posts()) == 4)
        machine.follow(going_back[:-2])
        server.program = None
        *restoring, start = going_back[-2:]
        for command, _ in restoring:
            assert "Traceback" not in machine.type(command)
        machine.follow([start])
        click(server, 1, first=4)
        wait_for(lambda: len(server.posts()) == 4)  # without that of the later version
    assert set(server.posts().values()) == {1}


def test_the_guide_installs_as_the_one_before_it():
    installing = re.search(r"^```sh\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    install = (DOCS / "how-to" / "install.md").read_text()
    assert all(line in install for line in installing[1].splitlines())
