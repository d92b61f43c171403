"""The page of the users."""

import re
from datetime import date

import pytest

from linkmgr.store.accounts import users
from linkmgr.store.accounts.tokens import known_tokens, new_token
from tests.admin.conftest import NAME, PASSWORD, Browser

PAGE = "/admin/settings/users"


@pytest.mark.parametrize("what", ["invite", "reset", "withdraw", "remove?name=owner"])
def test_a_stranger_makes_no_link_and_removes_nobody(stranger, engine, what):
    data = {"name": NAME if what != "invite" else "yuki", "account": NAME}
    refused = stranger.post(f"{PAGE}/{what}", data, page="/admin/login")
    assert (refused.status_code, refused.headers["Location"]) == (303, "/admin/login")
    with engine.connect() as connection:
        assert users.known_users(connection) == [NAME]
        assert users.open_links(connection, 0) == []


@pytest.mark.parametrize("what", ["invite", "reset", "withdraw", "remove?name=owner"])
def test_another_site_makes_no_link_and_removes_nobody(admin_client, what):
    refused = admin_client.client.post(f"{PAGE}/{what}", data={"name": "yuki"})
    assert refused.status_code == 400


def test_the_page_is_in_the_accounts_menu_and_lists_who_may_sign_in(admin_client, engine):
    users.add_user(engine, "yuki", PASSWORD)
    assert f'<a href="{PAGE}">Users</a>' in admin_client.get("/admin/").text
    page = admin_client.get(PAGE).text
    assert NAME in page
    assert "yuki" in page


@pytest.mark.parametrize(
    ("name", "reported"), [(NAME, "already exists"), ("", "Fill this in"), ("a\tb", "visible")]
)
def test_nobody_is_invited_under_a_name_that_cannot_be(admin_client, name, reported):
    refused = admin_client.post(f"{PAGE}/invite", {"name": name}, page=PAGE)
    assert refused.status_code == 400
    assert reported in refused.text


def test_a_session_left_open_does_not_change_its_own_password(admin_client, engine):
    sent = admin_client.post(f"{PAGE}/reset", {"account": NAME}, page=PAGE)
    assert sent.headers["Location"] == "/admin/settings/account"
    with engine.connect() as connection:
        assert users.open_links(connection, 0) == []


def test_an_account_is_removed_by_its_name_with_its_sessions_and_tokens(
    admin_app, admin_client, engine
):
    users.add_user(engine, "yuki", PASSWORD)
    new_token(engine, "deploy", "yuki", date(2026, 3, 1))
    there, path = Browser(admin_app), f"{PAGE}/remove?name=yuki"
    there.log_in(name="yuki")
    assert "its 1 token: deploy" in admin_client.get(path).text
    for typed in ("", "yuk", NAME):
        assert admin_client.post(path, {"name": typed}).status_code == 400
    assert there.get("/admin/").status_code == 200
    assert admin_client.post(path, {"name": "yuki"}).status_code == 303
    assert there.get("/admin/").status_code == 303
    assert there.log_in(name="yuki").status_code == 400
    with engine.connect() as connection:
        assert not known_tokens(connection)


def test_the_only_account_stays(admin_client, engine):
    assert "/users/remove" not in admin_client.get(PAGE).text
    path = f"{PAGE}/remove?name={NAME}"
    admin_client.post(path, {"name": NAME})
    with engine.connect() as connection:
        assert users.known_users(connection) == [NAME]
    assert "this is the only account" in admin_client.get(PAGE).text.lower()


def test_who_removes_the_own_account_is_signed_out(admin_client, engine):
    users.add_user(engine, "yuki", PASSWORD)
    gone = admin_client.post(f"{PAGE}/remove?name={NAME}", {"name": NAME})
    assert gone.headers["Location"] == "/admin/login"
    assert admin_client.get("/admin/").status_code == 303


def test_a_link_expires_at_a_minute(admin_client):
    made = admin_client.post(f"{PAGE}/invite", {"name": "yuki"}, page=PAGE)
    assert re.search(r"It works once, until \w{3} \d+, \d{4}, \d+:\d\d.[AP]M\.", made.text)


def test_the_link_has_the_address_that_the_browser_has(admin_client):
    made = admin_client.post(
        f"{PAGE}/invite", {"name": "yuki"}, page=PAGE, Origin="https://admin.example"
    )
    assert ">https://admin.example/admin/join/" in made.text.replace("<wbr>", "")
