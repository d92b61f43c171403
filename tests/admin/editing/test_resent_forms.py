"""What was typed outlives a token that is too old, and a session that ended."""

import html5lib
import pytest

from linkmgr.admin.common.context import EXTENSION
from linkmgr.store.accounts import users
from tests.admin.conftest import NAME
from tests.support.items import BOOK, catalog, form_of, written

TITLE = "何分もかけて書いた題"


def resent_form(answer):
    """Return what the page's button sends."""
    html5lib.HTMLParser(strict=True).parse(answer.text)
    document = html5lib.parse(answer.text, namespaceHTMLElements=False)
    titled = "input[@name='title']"
    forms = [form for form in document.iter("form") if form.find(titled) is not None]
    assert len(forms) == 1
    return {each.get("name"): each.get("value") for each in forms[0].iter("input")}


def typed(browser):
    return form_of(browser, BOOK) | {"title": TITLE, "do": "save"}


def send_again(browser, answer):
    return browser.client.post(BOOK, data=resent_form(answer))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_form_with_an_old_token_can_be_sent_again_as_it_was(admin_client, site, language):
    form = typed(admin_client) | {"csrf_token": "old"}
    answer = admin_client.client.post(BOOK, data=form, headers={"Accept-Language": language})
    assert answer.status_code == 400
    assert catalog(site).books["kitchen-coffee"].title != TITLE
    assert resent_form(answer).keys() == form.keys()
    assert send_again(admin_client, answer).status_code == 303
    assert catalog(site).books["kitchen-coffee"].title == TITLE


def expire(browser):
    browser.client.delete_cookie("linkmgr_session", path="/admin")


def sign_out_everywhere(browser):
    users.sign_out_everywhere(browser.client.application.extensions[EXTENSION].engine, NAME)


@pytest.mark.parametrize("end", [expire, sign_out_everywhere])
def test_after_a_session_ended_one_signs_in_and_sends_again(admin_client, site, end):
    form, before = typed(admin_client), written(site)
    end(admin_client)
    answer = admin_client.client.post(BOOK, data=form)
    assert "You're signed out" in answer.text
    assert written(site) == before
    answer = send_again(admin_client, answer)  # too early
    assert "You're signed out" in answer.text
    assert admin_client.log_in().status_code == 303
    answer = send_again(admin_client, answer)
    assert "This form has expired" in answer.text
    assert send_again(admin_client, answer).status_code == 303
    assert catalog(site).books["kitchen-coffee"].title == TITLE


def test_what_another_site_has_typed_is_not_kept(admin_client):
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = admin_client.client.post(BOOK, data={"title": TITLE}, headers=headers)
    assert answer.status_code == 400
    assert TITLE not in answer.text


def test_no_password_is_kept(admin_client):
    for path in ("/admin/login", "/admin/settings/password"):
        answer = admin_client.client.post(path, data={"password": TITLE})
        assert answer.status_code == 400
        assert TITLE not in answer.text


def test_an_items_form_says_why_a_broken_file_keeps_it_closed(admin_client, site):
    admin_client.get(BOOK)
    (site / "catalog.yaml").write_text("site: [", encoding="utf-8")
    answer = admin_client.get(BOOK)
    assert answer.status_code == 409
    html5lib.HTMLParser(strict=True).parse(answer.text)
    assert "catalog.yaml:1" in answer.text
