"""A real server: its first start, what it does in each role, and the commands for accounts."""

import re
from datetime import date

import httpx
import pytest

from linkmgr.store.accounts.tokens import new_token
from linkmgr.store.accounts.users import log_in
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


@pytest.mark.usefixtures("blog")
def test_accounts_are_added_changed_and_removed(settings, engine, monkeypatch):
    monkeypatch.setenv("LINKMGR_DATABASE_URL", settings.database_url)
    asked = ("--password", PASSWORD)
    assert run("user", "add", "Owner", *asked).out == "owner can sign in now\n"
    assert log_in(engine, "owner", PASSWORD, 0) is not None
    again = run("user", "add", "owner", *asked)
    assert (again.code, again.err) == (1, "owner: this account already exists\n")
    changed = run("user", "passwd", "owner", "--password", "other plain words")
    assert changed.out == "owner has the new password and is signed out everywhere\n"
    assert log_in(engine, "owner", PASSWORD, 0) is None
    new_token(engine, "nodes", "owner", date(2026, 3, 1))
    passwd = ("user", "passwd", "owner", "--password", PASSWORD)
    assert run(*passwd, "--keep-tokens").out == changed.out
    assert run(*passwd).out == f"{changed.out}revoked its API tokens, too: nodes\n"
    assert run(*passwd).out == changed.out
    assert run("user", "remove", "owner").out == "owner can no longer sign in\n"
    assert run("user", "remove", "owner").err == "owner: no such account\n"


@pytest.mark.parametrize(
    ("name", "password", "reported"),
    [
        pytest.param("owner", "short", "a password has 12 to 256 characters", id="short"),
        pytest.param(" ", PASSWORD, "a name has 1 to 64 visible characters", id="blank"),
        pytest.param("a\nb", PASSWORD, "a name has 1 to 64 visible characters", id="line"),
    ],
)
@pytest.mark.usefixtures("engine")
def test_a_name_or_password_that_cannot_be_had_is_reported(
    settings, monkeypatch, name, password, reported
):
    monkeypatch.setenv("LINKMGR_DATABASE_URL", settings.database_url)
    done = run("user", "add", name, "--password", password)
    assert done.code == 1
    assert done.err.startswith(reported)
