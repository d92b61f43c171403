"""The page of the users."""

from datetime import date

from linkmgr.store.accounts import users
from linkmgr.store.accounts.tokens import known_tokens, new_token
from tests.admin.conftest import NAME, PASSWORD, Browser
from tests.support.accounts import add_user

PAGE = "/admin/settings/users"


REMOVAL = f"{PAGE}/remove?name={NAME}"


def test_a_stranger_removes_nobody(stranger, engine):
    refused = stranger.post(REMOVAL, {"name": NAME}, page="/admin/login")
    assert (refused.status_code, refused.headers["Location"]) == (303, "/admin/login")
    with engine.connect() as connection:
        assert users.known_users(connection) == [NAME]


def test_another_site_removes_nobody(admin_client):
    assert admin_client.client.post(REMOVAL, data={"name": NAME}).status_code == 400


COMMANDS = ("linkmgr users add", "linkmgr users password")


def test_signing_in_says_which_commands_make_links(stranger):
    text = stranger.get("/admin/login").text
    assert all(f"<code>{command}</code>" in text for command in COMMANDS)


def test_the_page_says_which_commands_make_links(admin_client):
    text = admin_client.get(PAGE).text
    assert all(f"{command} NAME" in text for command in COMMANDS)


def test_page_is_in_accounts_menu_and_lists_who_may_sign_in(admin_client, engine):
    add_user(engine, "yuki", PASSWORD)
    assert f'<a href="{PAGE}">Users</a>' in admin_client.get("/admin/").text
    page = admin_client.get(PAGE).text
    assert NAME in page
    assert "yuki" in page


def test_an_account_is_removed_with_its_sessions_and_tokens(admin_app, admin_client, engine):
    add_user(engine, "yuki", PASSWORD)
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
    add_user(engine, "yuki", PASSWORD)
    gone = admin_client.post(f"{PAGE}/remove?name={NAME}", {"name": NAME})
    assert gone.headers["Location"] == "/admin/login"
    assert admin_client.get("/admin/").status_code == 303
