"""compose.yaml, run for real as docs/how-to/docker.md says: clicks go through Caddy by TLS."""

import re
import shutil
import ssl
from contextlib import contextmanager

import httpx
import pytest

from tests.admin.auth.test_first_start import token_of
from tests.admin.conftest import PASSWORD
from tests.deploy.test_image import PAGE
from tests.support.admin_browser import DEMO
from tests.support.servers import CHROME, wait_for

pytestmark = [pytest.mark.deploy, pytest.mark.xdist_group("engine")]

NAME = "go.localhost"  # for which Caddy asks no authority but its own
OWNER = 10_001
READER = "198.51.100.7"
COMMANDS = [
    re.sub("^ +", "", block, flags=re.MULTILINE)
    for block in re.findall(r"```sh\n(.*?)```", PAGE.partition("\n## Two nodes")[2], re.DOTALL)
]


class Browser(httpx.Client):
    """A client that asks for the name by the address, as if a name server knew it."""

    def send(self, request, **options):
        request.extensions["sni_hostname"] = NAME
        return super().send(request, **options)


class Stack:
    """What compose.yaml says, with what a reader and the owner see of it."""

    def __init__(self, engine):
        self.engine = engine
        self.folder = engine.folder / "source"

    def typed(self, commands):
        """Type commands of the page, and return what they printed."""
        done = self.engine.shell(commands, self.folder)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    @contextmanager
    def browser(self):
        """Give the browser of somebody elsewhere, which knows Caddy's authority."""
        root = "/data/caddy/pki/authorities/local/root.crt"
        pem = self.engine.podman("exec", "linkmgr-caddy-1", "cat", root)
        transport = httpx.HTTPTransport(
            verify=ssl.create_default_context(cadata=pem), local_address=READER
        )
        field = '{{(index .NetworkSettings.Networks "linkmgr_public").IPAddress}}'
        address = self.engine.podman("inspect", "--format", field, "linkmgr-caddy-1").strip()
        headers = {"Host": NAME, "User-Agent": CHROME}
        with Browser(transport=transport, base_url=f"https://{address}", headers=headers) as client:
            yield client

    def asked(self, path):
        """Ask by TLS as a reader does, and return the answer."""

        def ask():
            with self.browser() as client:
                return client.get(path)

        return self.engine.inside(ask)

    def click(self, *numbers):
        """Click on a link in the posts with these numbers."""

        def click():
            with self.browser() as client:
                return [client.get(f"/go/newsletter?p={number:016x}") for number in numbers]

        for clicked in self.engine.inside(click):
            assert clicked.status_code == 302
            target = "https://tezukuri.example.com/newsletter/"
            assert clicked.headers["location"].startswith(target)

    def set_variable(self, name, value):
        """Write a variable into .env, as its owner does by hand."""
        file = self.folder / ".env"
        text = re.sub(f"^{name}=.*$", f"{name}={value}", file.read_text(), flags=re.MULTILINE)
        file.write_text(text)

    def clicks(self):
        """Count the clicks, two by one visitor in a post as one: both nodes know the visitor."""
        query = "SELECT count(DISTINCT (visitor, item, post)) FROM clicks"
        command = ["psql", "-U", "linkmgr", "-Atc", query]
        return int(self.engine.podman("exec", "linkmgr-postgres-1", *command))


@pytest.fixture
def stack(engine):
    found = Stack(engine)
    blog = engine.folder / "blog"
    shutil.rmtree(blog, ignore_errors=True)
    shutil.copytree(DEMO, blog)
    for path in (blog, *blog.rglob("*")):
        shutil.chown(path, OWNER, OWNER)
    engine.shell(f"ip address replace {READER}/32 dev lo", engine.folder)
    with engine.served():
        yield found
        found.typed("docker compose down --volumes --timeout 30")


def test_readers_click_through_caddy_while_nodes_are_exchanged(stack):
    settings, first, rest, upgrade = COMMANDS
    stack.typed(settings)
    stack.set_variable("SERVER_NAME", NAME)
    stack.set_variable("BLOG", stack.engine.folder / "blog")
    logs = stack.typed(first)
    path = re.search(r"http://0\.0\.0\.0:8911(/admin/setup/\S+)", logs)[1]
    token = stack.engine.inside(signs_up, stack, path)
    stack.set_variable("LINKMGR_CATALOG_TOKEN", token)
    stack.typed(rest)

    # Caddy answers for the nodes until the first of them is up.
    wait_for(lambda: stack.asked("/healthz").status_code == 200)
    health = stack.asked("/healthz").json()
    assert health["request"] == {"forwarded": "believed", "https": True}
    stack.click(*range(8), *range(8))  # each twice within ten seconds, on either node
    wait_for(lambda: stack.clicks() == 8)

    build, *others = upgrade.splitlines()
    assert build == "docker compose build"  # done already: the network here leads nowhere
    for number, command in enumerate(others, 8):
        stack.typed(command)
        stack.click(number)
    stack.typed("docker compose stop node-1 admin")
    stack.click(*range(20, 28))
    stack.typed("docker compose stop node-2")
    assert stack.asked("/go/newsletter").status_code in {502, 503}
    assert stack.clicks() == 16 + len(others)
    logs = stack.typed("docker compose logs --no-color")
    assert '"level":"error"' in logs
    assert "Traceback" not in logs
    assert READER not in logs
    assert token not in logs


def signs_up(stack, path):
    """Make the first account and a token for the nodes, and return that."""
    with stack.browser() as owner:

        def send(form, to, **data):
            origin = {"Origin": f"https://{NAME}", "Referer": f"https://{NAME}{form}"}
            token = {"csrf_token": token_of(owner.get(form))}
            return owner.post(to, data=data | token, headers=origin)

        assert send(path, path, name="owner", password=PASSWORD, again=PASSWORD).is_redirect
        named = {"token_name": "nodes", "scopes": "read"}
        made = send("/admin/settings", "/admin/settings/tokens", **named)
        if made.is_redirect:
            made = owner.get(made.headers["location"])
        shown = re.search(r'id="new-token"[^>]*>(.+?)</code>', made.text)[1]
        return shown.replace("<wbr>", "")
