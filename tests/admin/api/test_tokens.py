"""The Settings page tells of the server; tokens are made there, shown once and revoked."""

import re
from datetime import timedelta

import pytest

from linkmgr.store.accounts import tokens
from linkmgr.store.accounts.tokens import Grant, Scope
from tests.admin.conftest import NAME, today
from tests.support.api_examples import Program

SETTINGS = "/admin/settings/tokens"
HEALTH = "/admin/health"
MAKE, REVOKE = SETTINGS, f"{SETTINGS}/revoke"


def make(browser, name="deploy", **fields):
    typed = {"token_name": name, "scopes": ["read", "edit"], "expires": ""} | fields
    return browser.post(MAKE, typed, page=SETTINGS)


def shown(page):
    return re.findall(r"linkmgr_[\w-]{40,}", page.text.replace("<wbr>", ""))


def test_a_token_is_shown_once_and_lets_in(admin_app, admin_client):
    made = make(admin_client)
    assert made.status_code == 200
    (token,) = shown(made)
    assert ">deploy<" in made.text
    assert shown(admin_client.get(SETTINGS)) == []
    assert Program(admin_app, token)("GET", "/health").status_code == 200


def test_the_sessions_cookie_holds_no_token(admin_app, admin_client):
    (token,) = shown(make(admin_client))
    cookie = admin_client.client.get_cookie("linkmgr_session", path="/admin")
    held = admin_app.session_interface.get_signing_serializer(admin_app).loads(cookie.value)
    assert token not in str(held)


def test_a_token_is_listed_with_its_account_and_last_use(admin_app, admin_client):
    make(admin_client, "<deploy>")
    text = admin_client.get(SETTINGS).text
    assert "&lt;deploy&gt;" in text
    assert f">{NAME} · Created" in text
    assert text.count(">never</td>") == 1
    (token,) = shown(make(admin_client, "reports"))
    Program(admin_app, token)("GET", "/health")
    assert admin_client.get(SETTINGS).text.count(">never</td>") == 1


def test_a_revoked_token_is_gone(admin_app, admin_client):
    (token,) = shown(make(admin_client))
    revoked = admin_client.post(REVOKE, {"name": "deploy"}, page=SETTINGS)
    assert revoked.status_code == 303
    text = admin_client.get(SETTINGS).text
    assert "Token deploy revoked." in text
    assert "Tokens in use" not in text
    assert Program(admin_app, token)("GET", "/health").status_code == 401


def test_revoking_what_is_not_there_says_nothing(admin_client):
    admin_client.post(REVOKE, {"name": "deploy"}, page=SETTINGS)
    assert "deploy revoked" not in admin_client.get(SETTINGS).text


@pytest.mark.parametrize(
    ("name", "reported"),
    [
        pytest.param("", "Fill this in.", id="empty"),
        pytest.param("a" * 41, "Use 1 to 40 visible characters", id="long"),
        pytest.param("taken", "a name no other token has", id="taken"),
    ],
)
def test_a_wrong_name_is_told_beside_it_and_what_was_typed_stays(admin_client, name, reported):
    make(admin_client, "taken")
    refused = make(admin_client, name)
    assert refused.status_code == 400
    assert refused.text.count(reported) == 2  # on top and beside the field
    assert f'value="{name}"' in refused.text
    assert 'href="#token_name"' in refused.text


def test_a_token_is_listed_with_what_it_may_do_and_its_last_day(admin_client, engine):
    last = today() + timedelta(days=300)
    make(admin_client, scopes=["read", "edit"], expires=last.isoformat())
    text = admin_client.get(SETTINGS).text
    assert "· read · edit the catalog<" in text
    assert f">{last:%b} {last.day}, {last.year}</td>" in text
    with engine.connect() as connection:
        (token,) = tokens.known_tokens(connection)
    assert token.grant == Grant(frozenset({Scope.READ, Scope.EDIT}), last)


def test_a_token_is_made_to_read_alone_unless_more_is_ticked(admin_client):
    form = admin_client.get(SETTINGS).text
    ticked = re.findall(r'<input checked [^>]*name="scopes"[^>]*value="(\w+)"', form)
    assert ticked == ["read"]


@pytest.mark.parametrize(
    ("fields", "reported"),
    [
        pytest.param({"scopes": []}, "Choose at least one.", id="no scope"),
        pytest.param({"expires": "2020-01-01"}, "Choose today or a later day.", id="past"),
        pytest.param({"expires": "soon"}, "Not a valid date value.", id="no day"),
    ],
)
def test_what_a_token_cannot_have_is_reported(admin_client, engine, fields, reported):
    refused = make(admin_client, **fields)
    assert refused.status_code == 400
    assert refused.text.count(reported) == 2  # on top and beside the field
    with engine.connect() as connection:
        assert tokens.known_tokens(connection) == []


def test_the_owner_is_warned_of_a_token_that_expires_soon(admin_client):
    make(admin_client, "later", expires=(today() + timedelta(days=100)).isoformat())
    assert "expires soon" not in admin_client.get(SETTINGS).text
    assert "One expires after" not in admin_client.get(HEALTH).text
    make(admin_client, "soon", expires=today().isoformat())
    assert admin_client.get(SETTINGS).text.count("expires soon") == 1
    health = admin_client.get(HEALTH).text
    assert "One expires after" in health
    assert "It is “soon”." in health


def test_an_expired_token_is_listed_as_such(admin_client, engine):
    yesterday = Grant(expires=today() - timedelta(days=1))
    tokens.new_token(engine, "old", NAME, today(), grant=yesterday)
    assert ">expired</span>" in admin_client.get(SETTINGS).text
    assert "One expires after" not in admin_client.get(HEALTH).text


@pytest.mark.parametrize("path", [MAKE, REVOKE])
def test_a_change_of_tokens_needs_the_pages_token(admin_client, engine, path):
    assert admin_client.client.post(path, data={"token_name": "x"}).status_code == 400
    with engine.connect() as connection:
        assert tokens.known_tokens(connection) == []


def test_a_stranger_makes_no_token(stranger, engine):
    assert stranger.post(MAKE, {"token_name": "x"}, page="/admin/login").status_code == 303
    with engine.connect() as connection:
        assert tokens.known_tokens(connection) == []


def test_settings_say_what_environment_sets_of_server(admin_client, settings, site):
    text = admin_client.get("/admin/settings/server").text.replace("<wbr>", "")
    for fact in (settings.catalog, site, settings.database_url, "400 days"):
        assert f"{fact}<" in text
    (site / "_config.yml").unlink()
    text = admin_client.get("/admin/settings/server").text
    assert "none (no posts, tags or builds here)" in text


def test_the_settings_say_where_a_programme_forbids_its_redirect(admin_client, site):
    file, reported = site / "catalog.yaml", ">against the programme's rules<"
    text = file.read_text(encoding="utf-8")
    server = "  server: https://go.example.com\n"
    text = text.replace("  language: ja", f"{server}  language: ja", 1)
    file.write_text(text, encoding="utf-8")
    assert reported not in admin_client.get("/admin/settings").text
    text = text.replace(
        "    name: 楽天ブックス\n", "    name: 楽天ブックス\n    tracking: redirect\n"
    )
    file.write_text(text, encoding="utf-8")
    page = admin_client.get("/admin/settings").text
    assert page.count(reported) == 1
    assert "programmes.rakuten.tracking: Rakuten forbids the redirect" in page


def test_who_signs_out_everywhere_is_reported_that_tokens_stay(admin_client):
    reported = f'<a href="{SETTINGS}">Revoke tokens you don\'t trust</a>'
    assert reported not in admin_client.get("/admin/settings/account").text
    make(admin_client)
    assert reported in admin_client.get("/admin/settings/account").text
