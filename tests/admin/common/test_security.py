"""What browsers are told to keep away, and how cookies are sent."""

from ipaddress import ip_network

import pytest

from linkmgr.admin.common.security import FORM_BYTES, SIGN_IN_BYTES, trust_proxies
from linkmgr.clicks.request import OPT_OUT_COOKIE
from tests.admin.conftest import Browser

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; "


def cookie(answer, name):
    """Return the attributes of a cookie that an answer sets."""
    (found,) = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith(f"{name}=")]
    return set(found.split("; ")[1:])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/admin/", 200, id="page"),
        pytest.param("/admin/nothing", 404, id="missing"),
        pytest.param("/admin/static/admin.css", 200, id="static"),
        pytest.param("/admin/logout", 303, id="a form's address"),
    ],
)
def test_every_answer_has_the_headers(admin_client, path, status):
    answer = admin_client.get(path)
    answer.get_data()  # or Flask's client leaves the static file open
    answer.close()
    assert answer.status_code == status
    assert answer.headers["Content-Security-Policy"].startswith(POLICY)
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert ("no-store" in answer.headers["Cache-Control"]) == ("static" not in path)


@pytest.mark.parametrize(
    ("path", "above"),
    [
        pytest.param("/admin/items/plan/retire", "/admin/items/plan", id="retire"),
        pytest.param("/admin/health/commit", "/admin/health", id="commit"),
        pytest.param("/admin/logout", "/admin", id="log out"),
    ],
)
def test_who_opens_address_of_a_form_comes_to_page_above_it(admin_client, path, above):
    answer = admin_client.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, above)
    assert admin_client.client.patch(path).status_code == 405


def test_a_refusal_has_the_headers_too(stranger):
    assert stranger.get("/admin/").headers["Content-Security-Policy"].startswith(POLICY)


def test_sessions_cookie_is_kept_from_scripts_and_other_sites(stranger):
    attributes = cookie(stranger.log_in(), "linkmgr_session")
    assert attributes >= {"HttpOnly", "Path=/admin", "SameSite=Lax"}
    assert "Secure" not in attributes


def test_a_stranger_may_send_little(stranger):
    login = "/admin/login"
    assert stranger.post(login, {"name": "x" * SIGN_IN_BYTES}, page=login).status_code == 413


def test_a_form_of_an_owner_has_its_limit(admin_client):
    large = {"name": "x" * SIGN_IN_BYTES}
    path, page = "/admin/settings/own-clicks", "/admin/settings/account"
    assert admin_client.post(path, {"count": "no", **large}, page=page).status_code == 303
    larger = {"count": "no", "more": "x" * FORM_BYTES}
    assert admin_client.post(path, larger, page=page).status_code == 413


def test_what_was_said_outlives_the_answer_to_a_part_of_the_page(admin_client):
    account = "/admin/settings/account"
    admin_client.post("/admin/settings/own-clicks", {"count": "no"}, page=account)
    part = admin_client.get("/admin/items?q=plan", **{"HX-Request": "true"})
    assert "no longer count" not in part.text
    # Asked for before and answered after the form, it would bring the session of before back.
    assert "Set-Cookie" not in part.headers
    assert "no longer count" in admin_client.get("/admin/items").text


@pytest.mark.parametrize(
    ("peer", "secure"),
    [
        pytest.param("127.0.0.1", True, id="trusted proxy"),
        pytest.param("::ffff:127.0.0.1", True, id="trusted proxy, written as IPv6"),
        pytest.param("203.0.113.9", False, id="stranger"),
        pytest.param("", False, id="unknown"),
    ],
)
def test_a_cookie_is_secure_where_a_trusted_proxy_says_https(admin_app, peer, secure, monkeypatch):
    believing = trust_proxies(admin_app.wsgi_app, (ip_network("127.0.0.0/8"),))
    monkeypatch.setattr(admin_app, "wsgi_app", believing)
    answer = admin_app.test_client().get(
        "/admin/login",
        headers={"X-Forwarded-Proto": "https"},
        environ_overrides={"REMOTE_ADDR": peer},
    )
    assert ("Secure" in cookie(answer, "linkmgr_session")) == secure
    assert ("Strict-Transport-Security" in answer.headers) == secure


def test_opting_out_sets_cookie_that_redirects_and_hits_look_at(admin_client):
    path, page = "/admin/settings/own-clicks", "/admin/settings/account"
    out = admin_client.post(path, {"count": "no"}, page=page)
    assert cookie(out, OPT_OUT_COOKIE) >= {"Path=/", "HttpOnly"}
    assert "Count my clicks" in admin_client.get(page).text
    admin_client.post(path, {"count": "yes"}, page=page)
    assert "Don't count my clicks" in admin_client.get(page).text


def test_a_database_that_is_down_is_reported(admin_client, settings):
    (settings.instance / "linkmgr.db").unlink()
    answer = admin_client.get("/admin/")
    assert answer.status_code == 503
    assert "The database isn&#39;t responding" in answer.text
    assert "no clicks are lost" in answer.text


def test_the_language_is_the_browsers_until_one_is_chosen(admin_app):
    browser = Browser(admin_app, Accept_Language="ja-JP,ja;q=0.9,en;q=0.5")
    assert "ログイン" in browser.get("/admin/login").text
    chosen = browser.post(
        "/admin/language", {"language": "en", "next": "/admin/login"}, page="/admin/login"
    )
    assert (chosen.status_code, chosen.headers["Location"]) == (303, "/admin/login")
    assert '<html lang="en">' in browser.get("/admin/login").text


def test_no_language_leads_to_another_site(admin_app):
    data = {"language": "ja", "next": "https://evil.example/"}
    answer = Browser(admin_app).post("/admin/language", data, page="/admin/login")
    assert answer.headers["Location"] == "/admin/"
