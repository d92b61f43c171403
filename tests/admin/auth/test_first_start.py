"""A real server: its first start, what it does in each role, and the commands for accounts."""

import re

import httpx
import pytest

from linkmgr.store.accounts.users import log_in, use_link
from tests.admin.conftest import PASSWORD
from tests.support.cli import run
from tests.support.servers import SITE, Server, write_catalog


@pytest.fixture
def blog(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_catalog(tmp_path, ("letter", f"{SITE}/letter/"))
    return tmp_path


def setup_links(server):
    return re.findall(r"first start: create your account at (\S+)", server.greeting)


def status(url):
    """Ask for a page: its status, `None` where nobody listens."""
    try:
        return httpx.get(url).status_code
    except httpx.ConnectError:
        return None


def token_of(page):
    return re.search(r'csrf-token" content="([^"]+)', page.text)[1]


@pytest.mark.server
def test_a_first_start_prints_a_link_that_makes_the_account_once(blog):
    server = Server(blog)
    server.launch()
    try:
        (link,) = setup_links(server)
        assert link.startswith(f"{server.admin_url}/admin/setup/")
        # It can be opened as soon as it is printed.
        assert httpx.get(link).status_code == 200
        assert status(f"{server.url}/go/letter") == 302
        with httpx.Client() as browser:
            data = {"name": "owner", "password": PASSWORD, "again": PASSWORD}
            made = browser.post(link, data=data | {"csrf_token": token_of(browser.get(link))})
            assert made.status_code == 303
            assert browser.get(f"{server.admin_url}/admin/").status_code == 200
        assert httpx.get(link).status_code == 404
        assert server.stop() == 0
        server.start()
        assert setup_links(server) == []
        assert f"admin: {server.admin_url}/admin/" in server.greeting
    finally:
        server.stop()


@pytest.mark.server
@pytest.mark.parametrize(
    ("role", "admin", "go"),
    [("all", 303, 302), ("redirect", None, 302), ("admin", 303, None)],
)
def test_a_server_does_what_its_role_says(blog, role, admin, go):
    server = Server(blog, ROLE=role).start()
    try:
        assert status(f"{server.admin_url}/admin/") == admin
        assert status(f"{server.url}/go/letter") == go
        assert status(f"{server.url}/admin/") == (go and 404)
        assert status(f"{server.admin_url}/go/letter") == (admin and 404)
        assert len(setup_links(server)) == (role != "redirect")
    finally:
        server.stop()


def test_a_role_that_is_none_stops_the_start(blog, monkeypatch):
    monkeypatch.setenv("LINKMGR_ROLE", "reader")
    done = run("serve")
    assert (done.code, done.err) == (
        1,
        "LINKMGR_ROLE: must be one of all, redirect, admin, not reader\n",
    )
    assert not (blog / "instance").exists()


@pytest.fixture
def database(settings, engine, monkeypatch):
    """Have the commands use the database of the test."""
    monkeypatch.setenv("LINKMGR_DATABASE_URL", settings.database_url)
    return engine


@pytest.mark.usefixtures("blog")
def test_commands_add_change_and_remove_accounts(database):
    address = "http://127.0.0.1:8911/admin/join/"
    for command, password in (("add", PASSWORD), ("password", "other plain words")):
        done = run("users", command, "Owner")
        said, link = done.out.splitlines()
        assert said.startswith("Send this link to owner, who chooses a")
        assert link.startswith(address)
        assert done.err == (
            "Where the admin has another address, put that in place of http://127.0.0.1:8911.\n"
        )
        token = link.removeprefix(address)
        assert use_link(database, token, password, 1, keep_tokens=False)
        assert log_in(database, "owner", password, 0) is not None
    assert log_in(database, "owner", PASSWORD, 0) is None
    again = run("users", "add", "owner")
    assert (again.code, again.err) == (1, "owner: this account already exists\n")
    assert run("users", "remove", "owner").out == "owner can no longer sign in\n"
    for command in ("remove", "password"):
        assert run("users", command, "owner").err == "owner: no such account\n"


@pytest.mark.parametrize("name", [" ", "a\nb"])
@pytest.mark.usefixtures("database")
def test_a_name_that_cannot_be_had_is_reported(name):
    done = run("users", "add", name)
    assert done.code == 1
    assert done.err.startswith("a name has 1 to 64 visible characters")
