"""Several machines: an admin with the catalog, nodes without one, and one PostgreSQL."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from linkmgr.blocks.include import INDEX
from linkmgr.store.accounts import tokens, users
from linkmgr.store.accounts.tokens import Grant, Scope
from linkmgr.store.db.engine import open_engine
from tests.support.servers import (
    PATIENCE,
    SITE,
    Load,
    Server,
    processes,
    wait_for,
    write_catalog,
)

pytestmark = pytest.mark.slow

POST, OTHER = "00000000000000aa", "00000000000000bb"


class Deployment:
    """An admin in a folder of its own, with its database; nodes are made beside it."""

    def __init__(self, folder, url):
        self.folder, self.url = folder, url
        self.blog = folder / "admin"
        self.blog.mkdir()
        self.publish(letter="letter", course="course")
        (self.blog / "_config.yml").write_text("exclude: [instance]\n")
        index = self.blog / INDEX
        index.parent.mkdir()
        index.write_text(json.dumps({"_posts/a.md": POST}))
        self.admin = Server(self.blog, ROLE="admin", DATABASE_URL=url).start()
        self.engine = open_engine(url)
        users.add_user(self.engine, "owner", "four plain words here")
        grant = Grant(frozenset([Scope.CATALOG]))
        today = datetime.now(UTC).date()
        self.token = tokens.new_token(self.engine, "nodes", "owner", today, grant)

    def publish(self, **ctas):
        write_catalog(self.blog, *((name, f"{SITE}/{path}/") for name, path in ctas.items()))

    def node(self, name, **settings):
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        own = {"CATALOG": self.admin.admin_url, "CATALOG_TOKEN": self.token, "ROLE": "redirect"}
        return Server(folder, **own | {"DATABASE_URL": self.url, "NEW_NAMES": 0} | settings)

    def clicks(self):
        """Count the rows by item and post."""
        query = text("SELECT item, post, COUNT(*) FROM clicks GROUP BY item, post")
        with self.engine.connect() as connection:
            return {(item, post): count for item, post, count in connection.execute(query)}

    def close(self):
        self.engine.dispose()
        if self.admin.process.poll() is None:
            self.admin.stop()


@pytest.fixture
def deployment(tmp_path, postgresql_url):
    made = Deployment(tmp_path, postgresql_url)
    yield made
    made.close()


@pytest.fixture
def nodes(deployment):
    started = [deployment.node(name) for name in ("one", "two")]
    try:
        for node in started:
            node.start()
        yield started
    finally:
        for node in started:
            if node.process and node.process.poll() is None:
                node.stop()


def leads(node, item):
    return node.get(f"/go/{item}").headers.get("location")


def test_nodes_serve_and_count_what_the_admin_publishes(deployment, nodes):
    for number, node in enumerate(nodes):
        for post in (POST, OTHER):
            assert node.get(f"/go/course?p={post}&b=cta.{number + 1}").status_code == 302
    # As where the site is: its own post by its name, and any other where there is no room for it.
    wait_for(lambda: deployment.clicks() == {("course", POST): 2, ("course", "(other)"): 2})
    deployment.publish(letter="new")
    for node in nodes:
        wait_for(lambda node=node: leads(node, "letter") == f"{SITE}/new/")
        assert leads(node, "course") == f"{SITE}/course/"  # deleted, and still leading on
        assert node.health()["status"] == "ok"


def test_nodes_go_on_while_the_admin_is_away_and_after_a_restart_of_theirs(deployment, nodes):
    first, second = nodes
    wait_for(lambda: all((node.instance / "admin-links.json").exists() for node in nodes))
    deployment.admin.stop()
    first.kill()
    first.start()
    with Load(first, "letter") as load, Load(second, "letter") as other:
        load.wait(50)
        other.wait(50)
        wait_for(lambda: "the links that were taken last are served" in first.log)
    assert load.failures == other.failures == []
    assert set(load.answered.values()) == {f"{SITE}/letter/"}
    deployment.publish(letter="late")
    deployment.admin.start()
    for node in nodes:
        wait_for(lambda node=node: leads(node, "letter") == f"{SITE}/late/")
    wait_for(lambda: "the admin's links are followed again" in first.log)


def test_a_new_node_gets_the_last_good_links_of_a_broken_catalog(deployment):
    (deployment.blog / "catalog.yaml").write_text("site: [")
    wait_for(lambda: "the last good catalog is served" in deployment.admin.log)
    deployment.admin.stop()
    deployment.admin.start()
    node = deployment.node("one").start()
    try:
        assert leads(node, "letter") == f"{SITE}/letter/"
        assert node.health()["problems"] == []
    finally:
        node.stop()


def test_a_node_waits_at_its_first_start_for_an_admin_that_is_down(deployment):
    deployment.admin.stop()
    node = deployment.node("one")
    node.launch()
    try:
        wait_for(lambda: "no links to serve yet, waiting for the admin" in node.log)
        assert node.process.poll() is None
        deployment.admin.start()
        wait_for(node.answers)
        assert leads(node, "letter") == f"{SITE}/letter/"
    finally:
        node.stop()


def test_a_node_with_a_wrong_token_ends_and_says_what_to_do(deployment):
    node = deployment.node("one", CATALOG_TOKEN="linkmgr_wrong")  # noqa: S106 - it opens nothing
    node.launch()
    assert node.process.wait(PATIENCE) == 1
    assert "the token is refused (401)" in node.log
    assert "linkmgr_wrong" not in node.log


def test_the_token_is_in_no_log_command_line_or_file_of_a_node(deployment, nodes):
    node = nodes[0]
    deployment.admin.stop()
    wait_for(lambda: "the links that were taken last are served" in node.log)
    node.health()
    for pid in processes(node.process.pid):
        assert deployment.token.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
    doctor = subprocess.run(
        [sys.executable, "-m", "linkmgr", "doctor"],
        check=False,
        cwd=node.folder,
        env=node.environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert "the admin doesn't answer" in doctor.stdout
    assert deployment.token not in doctor.stdout + doctor.stderr
    node.stop()
    for folder, _, files in os.walk(deployment.folder):
        for file in files:
            data = (Path(folder) / file).read_bytes()
            assert deployment.token.encode() not in data, file
