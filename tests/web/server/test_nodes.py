"""Several machines: an admin with the catalog, nodes without one, and one PostgreSQL."""

import os
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.support.deployment import OTHER, POST, Deployment
from tests.support.postgres import drop_database, new_database
from tests.support.readers import waits
from tests.support.servers import (
    PATIENCE,
    SITE,
    Load,
    processes,
    wait_for,
)
from tests.support.store import count

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def deployment(tmp_path_factory, postgresql_server):
    url = new_database(postgresql_server)
    made = Deployment(tmp_path_factory.mktemp("deployment"), url)
    yield made
    made.close()
    drop_database(postgresql_server, url)


@pytest.fixture(scope="module")
def nodes(deployment):
    started = [deployment.node(name) for name in ("one", "two")]
    with ExitStack() as stack:
        for node in started:
            node.launch()
            stack.callback(end, node)
        for node in started:
            wait_for(node.answers)
        yield started


def end(node):
    if node.process.poll() is None:
        node.stop()


def leads(node, item):
    return node.get(f"/go/{item}").headers.get("location")


def test_nodes_serve_and_count_what_the_admin_publishes(deployment, nodes):
    for number, node in enumerate(nodes):
        for post in (POST, OTHER):
            assert node.get(f"/go/course?p={post}&b=cta.{number + 1}").status_code == 302
    # As where the site is: its own post by its name, and any other where there is no room for it.
    wanted = {("course", POST): 2, ("course", "(other)"): 2}
    wait_for(lambda: deployment.clicks().items() >= wanted.items())
    deployment.publish(letter="new")
    for node in nodes:
        wait_for(lambda node=node: leads(node, "letter") == f"{SITE}/new/")
        assert leads(node, "course") == f"{SITE}/course/"  # deleted, and still leading on
        assert node.health()["status"] == "ok"


def test_a_reader_on_two_nodes_is_one_visitor_with_one_click(deployment, nodes):
    wait_for(lambda: not waits(nodes))
    for number in range(10, 20):  # on either node first
        for node in nodes if number % 2 else reversed(nodes):
            assert node.get(f"/go/letter?p={POST}&b=cta.{number}").status_code == 302
    wait_for(lambda: repeated(deployment.engine) == 10)
    with deployment.engine.connect() as connection:
        ranks = connection.scalars(
            text("SELECT rank FROM clicks WHERE kind = 1 AND rank >= 10 ORDER BY rank")
        )
        assert [*ranks] == [*range(10, 20)]
        visitors = text("SELECT visitors FROM totals WHERE dimension = 'all'")
        assert connection.scalars(visitors).all() == [1]


def repeated(engine):
    count(engine, new_names=0)  # which nodes do a little later
    with engine.connect() as connection:
        query = text("SELECT count(*) FROM clicks WHERE kind = 3 AND rank >= 10")
        return connection.scalar(query)


def test_nodes_go_on_without_the_admin_with_the_last_good_links(deployment, nodes):
    first, second = nodes
    deployment.publish(letter="letter", course="course")
    for node in nodes:
        wait_for(lambda node=node: leads(node, "letter") == f"{SITE}/letter/")
    deployment.admin.stop()
    first.kill()
    first.launch()
    third = deployment.node("three")
    third.launch()
    try:
        wait_for(first.answers)
        with Load(first, "letter") as load, Load(second, "letter") as other:
            load.wait(50)
            other.wait(50)
            wait_for(lambda: "the links that were taken last are served" in first.log)
        assert load.failures == other.failures == []
        assert set(load.answered.values()) == {f"{SITE}/letter/"}
        wait_for(lambda: "no links to serve yet, waiting for the admin" in third.log)
        assert third.process.poll() is None
        assert "the admin doesn't answer" in doctor(first)
        (deployment.blog / "catalog.yaml").write_text("site: [")
        deployment.admin.start()
        wait_for(third.answers)
        assert leads(third, "letter") == f"{SITE}/letter/"
        assert third.health()["problems"] == []
    finally:
        end(third)
    deployment.publish(letter="late")
    for node in nodes:
        wait_for(lambda node=node: leads(node, "letter") == f"{SITE}/late/")
    wait_for(lambda: "the admin's links are followed again" in first.log)


def doctor(node):
    done = subprocess.run(
        [sys.executable, "-m", "linkmgr", "doctor"],
        check=False,
        cwd=node.folder,
        env=node.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
    )
    return done.stdout


def test_a_node_with_a_wrong_token_ends_and_says_what_to_do(deployment):
    node = deployment.node("four", CATALOG_TOKEN="linkmgr_wrong")  # noqa: S106 - it opens nothing
    node.launch()
    assert node.process.wait(PATIENCE) == 1
    assert "the token is refused (401)" in node.log
    assert "linkmgr_wrong" not in node.log


def test_the_token_is_in_no_log_command_line_or_file_of_a_node(deployment, nodes):
    token = deployment.token
    for node in nodes:
        wait_for((node.instance / "admin-links.json").exists)
        for pid in processes(node.process.pid):
            assert token.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
    assert token not in doctor(nodes[0])
    for folder, _, files in os.walk(deployment.folder):
        for file in files:
            with suppress(OSError):  # a socket, and the spool's files that are gone once loaded
                assert token.encode() not in (Path(folder) / file).read_bytes(), file
