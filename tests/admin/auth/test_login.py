"""Coming in and staying out."""

import re
import time
from datetime import date
from pathlib import Path

import pytest

from linkmgr.store.accounts import users
from linkmgr.store.accounts.attempts import begin_attempt
from linkmgr.store.accounts.tokens import known_tokens, new_token
from tests.admin.conftest import NAME, PASSWORD, Browser
from tests.support.accounts import add_user

NEW_PASSWORD = "other plain words"  # noqa: S105 - of these tests alone


def test_a_stranger_is_led_to_log_in_and_from_there_to_page(stranger):
    refused = stranger.get("/admin/items?q=bread&page=2")
    assert refused.status_code == 303
    login = refused.headers["Location"]
    assert login == "/admin/login?next=%2Fadmin%2Fitems%3Fq%3Dbread%26page%3D2"
    entered = stranger.log_in(path=login)
    assert (entered.status_code, entered.headers["Location"]) == (
        303,
        "/admin/items?q=bread&page=2",
    )


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/admin/",
        "//evil.example/admin/",
        "/admin/../..//evil.example",
        "/admin//evil.example",
        "/admin/\\evil.example",
        "/admin/\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "/go/kitchen-coffee",
    ],
)
def test_the_log_in_leads_to_no_page_but_the_admins(stranger, target):
    page = "/admin/login"
    token = re.search(r'csrf-token" content="([^"]+)', stranger.get(page).text)[1]
    entered = stranger.client.post(
        page,
        query_string={"next": target},
        data={"csrf_token": token, "name": NAME, "password": PASSWORD},
    )
    assert (entered.status_code, entered.headers["Location"]) == (303, "/admin/")


def test_a_part_of_a_page_sends_a_stranger_to_log_in_as_a_whole(stranger):
    refused = stranger.get("/admin/items", HX_Request="true")
    assert refused.status_code == 401
    assert refused.headers["HX-Redirect"] == "/admin/login"


def test_a_stranger_changes_nothing(stranger):
    refused = stranger.post("/admin/settings/sign-out", page="/admin/login")
    assert (refused.status_code, refused.headers["Location"]) == (303, "/admin/login")


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_change_without_the_pages_token_is_refused(admin_client, token):
    refused = admin_client.client.post("/admin/settings/sign-out", data={"csrf_token": token})
    assert refused.status_code == 400
    assert "This form has expired" in refused.text
    assert admin_client.get("/admin/").status_code == 200


@pytest.mark.parametrize("name", [NAME, "nobody", " "])
def test_a_wrong_password_and_an_unknown_name_are_reported_alike(stranger, name):
    refused = stranger.log_in("not the password", name=name)
    assert refused.status_code == 400
    if name.strip():
        assert "Wrong name or password." in refused.text
        assert f'value="{name}"' in refused.text
        assert 'href="#password"' not in refused.text
        assert "aria-invalid" not in refused.text
    assert "not the password" not in refused.text


@pytest.mark.parametrize("name", [NAME, "nobody"])
def test_after_some_failures_even_the_right_password_has_to_wait(stranger, name):
    for _ in range(4):
        assert stranger.log_in("wrong", name=name).status_code == 400
    stranger.log_in("wrong", name=name)
    slowed = stranger.log_in(name=name)
    assert slowed.status_code == 429
    assert int(slowed.headers["Retry-After"]) >= 1
    assert stranger.get("/admin/").status_code == 303


def test_failures_of_one_account_do_not_slow_another(stranger):
    for _ in range(6):
        stranger.log_in("wrong", name="nobody")
    assert stranger.log_in().status_code == 303


def test_each_failure_doubles_pause_to_five_minutes_for_a_day(engine):
    now, pauses = 1_000_000_000_000, []
    for _ in range(20):
        pause = begin_attempt(engine, NAME, now)
        pauses.append(pause)
        now += pause * 1000
        if pause:
            assert begin_attempt(engine, NAME, now) == 0
    assert pauses[:8] == [0, 0, 0, 0, 1, 2, 4, 8]
    assert max(pauses) == pauses[-1] == 300
    assert begin_attempt(engine, NAME, now + 24 * 3600 * 1000) == 0
    assert begin_attempt(engine, NAME, now + 24 * 3600 * 1000) == 0


def test_a_success_forgets_the_failures(stranger, engine):
    add_user(engine, "other", PASSWORD)
    for _ in range(3):
        stranger.log_in("wrong")
    stranger.log_in()
    for _ in range(4):
        assert begin_attempt(engine, NAME, 1) == 0


def test_name_may_begin_with_a_capital_as_telephones_write_it(stranger):
    assert stranger.log_in(name=" Owner ").status_code == 303


def test_signing_out_ends_this_session_and_no_other(admin_app, admin_client):
    other = Browser(admin_app)
    other.log_in()
    admin_client.post("/admin/logout", page="/admin/")
    assert admin_client.get("/admin/").status_code == 303
    assert other.get("/admin/").status_code == 200


def test_signing_out_everywhere_ends_every_session(admin_app, admin_client):
    other = Browser(admin_app)
    other.log_in()
    admin_client.post("/admin/settings/sign-out", page="/admin/settings")
    assert admin_client.get("/admin/").status_code == 303
    assert other.get("/admin/").status_code == 303


def test_an_account_that_was_removed_is_signed_out(admin_client, engine):
    users.remove_user(engine, NAME)
    assert admin_client.get("/admin/").status_code == 303
    add_user(engine, NAME, PASSWORD)
    assert admin_client.get("/admin/").status_code == 303


def test_another_password_signs_out_all_other_browsers(admin_app, admin_client):
    other = Browser(admin_app)
    other.log_in()
    data = {"current": PASSWORD, "password": NEW_PASSWORD, "again": NEW_PASSWORD}
    changed = admin_client.post("/admin/settings/password", data, page="/admin/settings")
    assert changed.status_code == 303
    assert admin_client.get("/admin/").status_code == 200
    assert other.get("/admin/").status_code == 303
    assert other.log_in().status_code == 400
    assert other.log_in(NEW_PASSWORD).status_code == 303


@pytest.mark.parametrize("ticked", [True, False])
def test_another_password_ends_accounts_tokens_as_its_form_says(admin_client, engine, ticked):
    assert 'name="revoke"' not in admin_client.get("/admin/settings/account").text
    for name, user in (("nodes", NAME), ("deploy", NAME), ("other", "somebody")):
        new_token(engine, name, user, date(2026, 3, 1))
    shown = admin_client.get("/admin/settings/account").text
    assert "Programs can no longer use its 2 tokens: deploy, nodes" in shown
    assert re.search(r'<input[^>]* checked[^>]* name="revoke"', shown)
    data = {"current": PASSWORD, "password": NEW_PASSWORD, "again": NEW_PASSWORD}
    data |= {"revoke": "y"} if ticked else {}
    admin_client.post("/admin/settings/password", data, page="/admin/settings")
    assert ("Tokens revoked: deploy, nodes." in admin_client.get("/admin/settings").text) is ticked
    with engine.connect() as connection:
        left = [token.name for token in known_tokens(connection)]
    assert left == (["other"] if ticked else ["deploy", "nodes", "other"])


@pytest.mark.parametrize(
    ("over", "reported"),
    [
        pytest.param({"current": "wrong"}, "Wrong current password.", id="present"),
        pytest.param({"password": "short"}, "Use 12 to 256 characters", id="short"),
        pytest.param({"password": "password1234"}, "those that attackers try first", id="common"),
        pytest.param({"again": "something else"}, "The passwords don&#39;t match.", id="again"),
        pytest.param({"current": ""}, "Fill this in.", id="empty"),
    ],
)
def test_a_wrong_new_password_is_told_beside_its_field(admin_client, over, reported):
    data = {"current": PASSWORD, "password": NEW_PASSWORD, "again": NEW_PASSWORD} | over
    refused = admin_client.post("/admin/settings/password", data, page="/admin/settings")
    assert refused.status_code == 400
    (field,) = over
    assert f'<a href="#{field}">' in refused.text
    assert re.search(rf'id="{field}-error">.*{re.escape(reported)}', refused.text)
    assert f'aria-describedby="{field}-hint {field}-error"' in refused.text or field != "password"


def test_link_of_first_start_makes_one_account_and_is_gone(admin_app, engine):
    token = users.new_setup_token(engine)
    browser, path = Browser(admin_app), f"/admin/setup/{token}"
    assert "There is no account yet" in browser.get("/admin/login").text
    data = {"name": "Owner", "password": PASSWORD, "again": PASSWORD}
    made = browser.post(path, data)
    assert (made.status_code, made.headers["Location"]) == (303, "/admin/")
    assert browser.get("/admin/").status_code == 200
    assert Browser(admin_app).get(path).status_code == 404
    assert users.new_setup_token(engine) is None


def test_a_start_ends_the_link_of_the_start_before(admin_app, engine):
    first, second = users.new_setup_token(engine), users.new_setup_token(engine)
    assert Browser(admin_app).get(f"/admin/setup/{first}").status_code == 404
    assert Browser(admin_app).get(f"/admin/setup/{second}").status_code == 200


def test_the_link_is_gone_once_an_account_was_made_elsewhere(admin_app, engine):
    token = users.new_setup_token(engine)
    add_user(engine, NAME, PASSWORD)
    data = {"name": "intruder", "password": PASSWORD, "again": PASSWORD}
    assert Browser(admin_app).post(f"/admin/setup/{token}", data).status_code == 404
    with engine.connect() as connection:
        assert users.epoch_of(connection, "intruder") is None


def test_the_first_start_keeps_the_name_that_was_typed(admin_app, engine):
    path = f"/admin/setup/{users.new_setup_token(engine)}"
    data = {"name": "Owner", "password": "short", "again": "short"}
    refused = Browser(admin_app).post(path, data)
    assert refused.status_code == 400
    assert 'value="Owner"' in refused.text
    assert "short" not in refused.text


def test_database_holds_no_passwords_tokens_or_tried_names(stranger, engine):
    token = users.new_setup_token(engine)
    stranger.log_in("wrong", name="a password where the name belongs")
    with engine.connect() as connection:
        assert token is None
        dump = "\n".join(connection.connection.driver_connection.iterdump())
    assert NAME in dump
    assert PASSWORD not in dump
    assert "a password where" not in dump


def test_a_setup_token_lies_in_the_database_as_a_hash(engine, admin_app):
    token = users.new_setup_token(engine)
    with engine.connect() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())
    assert "setup_links" in dump
    assert token not in dump
    assert admin_app is not None


def test_the_key_of_the_sessions_is_for_its_owner_alone(admin_app, settings):
    file = Path(settings.secret_key)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_bytes() == admin_app.config["SECRET_KEY"]
    assert [each.name for each in file.parent.glob("secret-key*")] == ["secret-key"]


@pytest.fixture
def _one_moment(monkeypatch):
    """Have all attempts made at one time, however slow the machine is: their pauses are short."""
    now = time.time()
    monkeypatch.setattr("linkmgr.admin.auth.views.time.time", lambda: now)


def try_often(browser):
    for _ in range(6):
        browser.log_in("wrong")


@pytest.mark.usefixtures("_one_moment")
def test_a_stranger_who_guesses_does_not_lock_owners_browser_out(admin_app, stranger):
    stranger.log_in()
    stranger.post("/admin/logout", page="/admin/")
    try_often(Browser(admin_app))
    assert Browser(admin_app).log_in().status_code == 429
    assert stranger.log_in().status_code == 303


def test_a_guessing_stranger_keeps_nobody_from_a_new_password(admin_app, stranger):
    stranger.log_in()
    try_often(Browser(admin_app))
    data = {"current": PASSWORD, "password": NEW_PASSWORD, "again": NEW_PASSWORD}
    changed = stranger.post("/admin/settings/password", data, page="/admin/settings")
    assert changed.status_code == 303


@pytest.mark.usefixtures("_one_moment")
@pytest.mark.parametrize("change", ["", "forged", "another's"])
def test_a_browser_is_known_by_what_we_signed_for_account_alone(
    admin_app, engine, stranger, change
):
    add_user(engine, "other", PASSWORD)
    stranger.log_in(name="other" if change == "another's" else NAME)
    stranger.post("/admin/logout", page="/admin/")
    if change == "forged":
        stranger.client.set_cookie("linkmgr_known", "WyJvd25lciIsIngiXQ.x", path="/admin")
    try_often(Browser(admin_app))
    assert stranger.log_in().status_code == (429 if change else 303)
    assert stranger.get("/admin/").status_code == (303 if change else 200)


def test_signing_out_everywhere_ends_a_copied_cookie_too(admin_app, admin_client):
    cookie = admin_client.client.get_cookie("linkmgr_session", path="/admin")
    copied = Browser(admin_app)
    copied.client.set_cookie("linkmgr_session", cookie.value, path="/admin")
    assert copied.get("/admin/").status_code == 200
    admin_client.post("/admin/settings/sign-out", page="/admin/settings")
    assert copied.get("/admin/").status_code == 303
