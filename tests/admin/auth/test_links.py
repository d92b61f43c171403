"""Links with which somebody joins or chooses another password, as an attacker would try them."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from linkmgr.store.accounts import users
from linkmgr.store.accounts.tokens import known_tokens, new_token
from tests.admin.conftest import NAME, PASSWORD, Browser
from tests.support.accounts import add_user

OTHER = "other plain words"
CHOSEN = {"password": OTHER, "again": OTHER}
DAY = 24 * 3600


def names(engine):
    with engine.connect() as connection:
        return users.known_users(connection)


def path_of(link):
    return f"/admin/join/{link.token}"


def now():
    return int(time.time() * 1000)


@pytest.fixture
def invitation(engine):
    """Give the path of a link that invites yuki."""
    return path_of(users.invite(engine, "Yuki", now()))


@pytest.fixture
def reset(engine):
    """Give the path of a link that resets the password of yuki."""
    add_user(engine, "yuki", PASSWORD)
    return path_of(users.new_reset_link(engine, "yuki", now()))


def test_an_invitation_asks_for_a_password_and_signs_in(admin_app, engine, invitation):
    browser = Browser(admin_app)
    assert "the name yuki" in browser.get(invitation).text
    joined = browser.post(invitation, CHOSEN)
    assert (joined.status_code, joined.headers["Location"]) == (303, "/admin/")
    assert browser.get("/admin/").status_code == 200
    assert names(engine) == ["yuki"]
    assert Browser(admin_app).log_in(OTHER, name="yuki").status_code == 303


def test_a_reset_ends_sessions_tokens_and_the_old_password(admin_app, engine, reset):
    there, browser = Browser(admin_app), Browser(admin_app)
    there.log_in(name="yuki")
    new_token(engine, "deploy", "yuki", date(2026, 3, 1))
    new_token(engine, "other", NAME, date(2026, 3, 1))
    assert there.get("/admin/").status_code == 200
    assert "its 1 token: deploy" in browser.get(reset).text
    assert browser.post(reset, {**CHOSEN, "revoke": "y"}).status_code == 303
    assert browser.get("/admin/").status_code == 200
    assert there.get("/admin/").status_code == 303
    assert Browser(admin_app).log_in(name="yuki").status_code == 400
    with engine.connect() as connection:
        assert [token.name for token in known_tokens(connection)] == ["other"]


def test_until_a_reset_link_is_used_the_old_password_works(admin_app, reset):
    assert Browser(admin_app).get(reset).status_code == 200
    assert Browser(admin_app).log_in(name="yuki").status_code == 303


def is_dead(app, path):
    """Whether a link shows nothing and takes no password."""
    answers = [Browser(app).get(path), Browser(app).post(path, CHOSEN, page="/admin/login")]
    return {answer.status_code for answer in answers} == {404}


def plain(text):
    """Return what a page says."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text))


def test_a_link_that_was_used_answers_as_one_that_was_never_made(admin_app, invitation):
    Browser(admin_app).post(invitation, CHOSEN)
    used = Browser(admin_app).get(invitation).text
    assert "This link no longer works" in used
    assert "yuki" not in used
    assert plain(used) == plain(Browser(admin_app).get("/admin/join/never-made").text)


def test_a_link_works_once(admin_app, engine, invitation):
    Browser(admin_app).post(invitation, CHOSEN)
    assert is_dead(admin_app, invitation)
    assert names(engine) == ["yuki"]


@pytest.mark.parametrize(("link", "days"), [("invitation", 7), ("reset", 1)])
def test_a_link_expires(admin_app, request, monkeypatch, link, days):
    path, now = request.getfixturevalue(link), time.time()
    monkeypatch.setattr("linkmgr.admin.auth.views.time.time", lambda: now + days * DAY - 60)
    assert Browser(admin_app).get(path).status_code == 200
    monkeypatch.setattr("linkmgr.admin.auth.views.time.time", lambda: now + days * DAY + 60)
    assert is_dead(admin_app, path)


def test_a_link_that_was_tampered_with_is_none(admin_app, invitation):
    assert is_dead(admin_app, invitation[:-1] + ("a" if invitation[-1] != "a" else "b"))
    assert Browser(admin_app).get(invitation).status_code == 200


def test_link_for_account_that_was_removed_brings_it_not_back(admin_app, engine, reset):
    users.remove_user(engine, "yuki")
    assert is_dead(admin_app, reset)
    add_user(engine, "yuki", PASSWORD)
    assert is_dead(admin_app, reset)
    assert Browser(admin_app).log_in(name="yuki").status_code == 303


def test_invitation_ends_with_account_of_its_name_made_elsewhere(admin_app, engine, invitation):
    add_user(engine, "yuki", PASSWORD)
    assert is_dead(admin_app, invitation)


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda engine: users.remove_user(engine, "yuki"), id="removed"),
        pytest.param(lambda engine: users.sign_out_everywhere(engine, "yuki"), id="signed out"),
        pytest.param(
            lambda engine: users.set_password(engine, "yuki", OTHER, keep_tokens=True),
            id="another password",
        ),
    ],
)
def test_the_link_for_an_account_ends_with_its_sessions(admin_app, engine, reset, end):
    assert Browser(admin_app).get(reset).status_code == 200
    end(engine)
    assert is_dead(admin_app, reset)


def test_a_newer_link_ends_the_one_before(admin_app, engine, reset):
    newer = path_of(users.new_reset_link(engine, "yuki", now()))
    assert is_dead(admin_app, reset)
    assert Browser(admin_app).get(newer).status_code == 200


def test_a_removed_invitation_is_none(admin_app, engine, invitation):
    users.remove_user(engine, "yuki")
    assert is_dead(admin_app, invitation)


def test_of_many_who_use_a_link_at_once_one_comes_in(admin_app, engine, invitation):
    browsers = [Browser(admin_app) for _ in range(6)]
    pages = [browser.get(invitation).text for browser in browsers]
    tokens = [re.search(r'csrf-token" content="([^"]+)', page)[1] for page in pages]

    def join(number):
        data = {"csrf_token": tokens[number], **CHOSEN}
        return browsers[number].client.post(invitation, data=data).status_code

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(join, range(6)))
    assert answers[0] == 303
    assert set(answers[1:]) <= {404, 429}
    assert names(engine) == ["yuki"]


def test_guessing_links_is_slowed_and_keeps_nobody_with_link_out(admin_app, invitation):
    stranger = Browser(admin_app)
    answers = [stranger.get(f"/admin/join/guess-{number}") for number in range(8)]
    assert [answer.status_code for answer in answers[:4]] == [404] * 4
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert Browser(admin_app).get(invitation).status_code == 200


def test_a_link_takes_no_password_without_the_token_of_its_page(admin_app, engine, invitation):
    assert Browser(admin_app).client.post(invitation, data=CHOSEN).status_code == 400
    assert names(engine) == []


def test_whoever_is_signed_in_does_not_use_a_link_by_mistake(admin_client, engine, invitation):
    assert "or sign out first" in admin_client.get(invitation).text
    sent = admin_client.post(invitation, CHOSEN)
    assert (sent.status_code, sent.headers["Location"]) == (303, invitation)
    assert names(engine) == [NAME]


@pytest.mark.parametrize("password", ["short", "password1234"])
def test_a_link_takes_no_weak_password_and_goes_on_working(admin_app, invitation, password):
    weak = {"password": password, "again": password}
    refused = Browser(admin_app).post(invitation, weak)
    assert refused.status_code == 400
    assert f'value="{password}"' not in refused.text
    assert Browser(admin_app).post(invitation, CHOSEN).status_code == 303


def test_a_link_lies_in_no_table(engine, invitation):
    token = invitation.rpartition("/")[2]
    with engine.connect() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())
    assert "account_links" in dump
    assert token not in dump
