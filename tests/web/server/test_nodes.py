"""Several machines: an admin with the catalog, nodes without one, and one PostgreSQL."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.support.deployment import OTHER, POST, Deployment
from tests.support.servers import (
    PATIENCE,
    SITE,
    Load,
    processes,
    wait_for,
)

pytestmark = pytest.mark.slow


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


def test_a_reader_whom_two_nodes_see_is_one_visitor_and_a_second_click_is_none(deployment, nodes):
    for number in range(10):  # on either node first
        for node in nodes if number % 2 else reversed(nodes):
            assert node.get(f"/go/letter?p={POST}&b=cta.{number}").status_code == 302
    wait_for(lambda: sum(node.metric("loaded_lines_total") for node in nodes) == 20)
    assert sum(node.metric("repeated_clicks_total") for node in nodes) == 10
    assert deployment.clicks() == {("letter", POST): 10}
    with deployment.engine.connect() as connection:
        query = text("SELECT clicks, visitors FROM totals WHERE dimension = 'all'")
        assert tuple(*connection.execute(query)) == (10, 1)


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
