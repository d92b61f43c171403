"""docs/how-to/several-machines.md as it stands: three machines, and a build elsewhere."""

import re

import httpx
import pytest

from tests.support.builds import write_blog
from tests.support.cli import run_alone
from tests.support.deployment import POST, Deployment
from tests.support.guides import Machine, shown_commands, shown_settings
from tests.support.markdown import DOCS
from tests.support.postgres import drop_database, new_database
from tests.support.reverse_proxies import caddy_with
from tests.support.servers import CHROME, SITE, free_port, wait_for

pytestmark = [pytest.mark.docs, pytest.mark.server]

PAGE = DOCS / "how-to" / "several-machines.md"
TEXT = PAGE.read_text(encoding="utf-8")
ADMIN = "https://go.example.com"


@pytest.fixture(scope="module")
def deployment(tmp_path_factory, postgresql_server):
    url = new_database(postgresql_server)
    made = Deployment(tmp_path_factory.mktemp("deployment"), url)
    yield made
    made.close()
    drop_database(postgresql_server, url)


class Node(Machine):
    """A machine whose settings are in a file."""

    def __init__(self, server, file):
        super().__init__(server)
        self._file = file

    def type(self, command):
        return super().type(command.replace("/etc/linkmgr.env", str(self._file)))


def test_a_node_is_set_up_by_settings_and_commands_of_guide(deployment, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(TEXT.replace(ADMIN, deployment.admin.admin_url), encoding="utf-8")
    own = {"CATALOG_TOKEN": deployment.token, "DATABASE_URL": deployment.url, "HOST": "127.0.0.1"}
    settings = shown_settings(page)
    assert settings.pop("ROLE") == "admin"  # of the other machine
    server = deployment.node("node", ROLE="")
    assert set(settings) > set(own)
    server.settings |= settings | own
    file = tmp_path / "linkmgr.env"
    file.write_text("".join(f"LINKMGR_{name}={value}\n" for name, value in settings.items()))
    (commands,) = filter(None, shown_commands(page))
    server.settings["ROLE"] = "redirect"  # by which the test waits for it
    try:
        file.write_text(file.read_text().replace("linkmgr_…", deployment.token))
        Node(server, file).follow(commands)
        assert server.get("/go/letter").headers["location"] == f"{SITE}/letter/"
    finally:
        server.stop()


def test_readers_are_spread_over_nodes_and_admin_is_reached(deployment, tmp_path):
    file = re.search(r"^```\n(go\.example\.com .*?)^```$", TEXT, re.DOTALL | re.MULTILINE)[1]
    nodes = [deployment.node(name, TRUSTED_PROXIES="127.0.0.1") for name in ("one", "two")]
    for node in nodes:
        node.launch()
    try:
        for node in nodes:
            wait_for(node.answers)
        for node, address in zip(nodes, ("10.0.0.11:8910", "10.0.0.12:8910"), strict=True):
            file = file.replace(address, node.url.removeprefix("http://"))
        file = file.replace("127.0.0.1:8911", deployment.admin.admin_url.removeprefix("http://"))
        port = free_port()
        with caddy_with(tmp_path, f"{{\n    admin off\n}}\n{file}", port):
            url = f"http://127.0.0.1:{port}"
            token = {"Authorization": f"Bearer {deployment.token}"}
            assert httpx.get(f"{url}/api/targets", headers=token).status_code == 200
            reader = {"User-Agent": CHROME, "X-Forwarded-For": "203.0.113.7"}

            def both_have_answered():
                answer = httpx.get(f"{url}/go/letter?p={POST}", headers=reader)
                assert answer.status_code == 302
                return all(node.metric("redirects_total") for node in nodes)

            wait_for(both_have_answered)
            nodes[0].stop()
            wait_for(lambda: httpx.get(f"{url}/go/letter", headers=reader).status_code == 302)
    finally:
        for node in nodes:
            if node.process.poll() is None:
                node.stop()


def test_a_blog_is_built_by_the_commands_of_the_guide(deployment, tmp_path):
    shown = re.search(r"^export (LINKMGR_\w+)=linkmgr_…\nlinkmgr (.*)$", TEXT, re.MULTILINE)
    blog = tmp_path / "blog"
    write_blog(blog)
    (blog / "catalog.yaml").unlink()
    command = shown[2].replace(ADMIN, deployment.admin.admin_url).split()
    assert run_alone(*command, cwd=blog, **{shown[1]: deployment.token}).code == 0
    copy = re.search(r"`--catalog (\S+yaml)`", TEXT)[1]
    assert (blog / copy).read_bytes() == (deployment.blog / "catalog.yaml").read_bytes()
