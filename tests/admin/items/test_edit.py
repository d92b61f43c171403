"""Items are edited; what is refused comes back as it was typed."""

import re

import html5lib
import pytest

from linkmgr.admin.common.context import EXTENSION
from linkmgr.admin.editing.edits import Change, save
from linkmgr.catalog.editing.edit import remove_entry
from linkmgr.catalog.reading.parse import checked
from linkmgr.store.revisions import Action
from tests.support.checkouts import git, in_git
from tests.support.items import (
    BOOK,
    add_one,
    by_hand,
    catalog,
    form_in,
    form_of,
    recorded,
    revision,
    sent,
    text_of,
    written,
)


def test_a_form_that_is_sent_untouched_changes_nothing(admin_client, site, engine):
    before = written(site)
    for item in catalog(site).items:
        path = f"/admin/items/{item}/edit"
        assert sent(admin_client, path).status_code == 303, item
    assert written(site) == before
    assert recorded(engine) == []


def test_an_edit_changes_its_lines_alone_and_says_who_made_it(admin_client, site, engine):
    in_git(site)
    answer = sent(admin_client, BOOK, title="台所のコーヒー")
    assert (answer.status_code, answer.location) == (303, "/admin/items/kitchen-coffee")
    assert catalog(site).books["kitchen-coffee"].title == "台所のコーヒー"
    assert git(site, "diff", "--numstat").split() == ["1", "1", "catalog.yaml"]
    audit = recorded(engine)[0]
    assert (audit.user, audit.action, audit.summary) == ("owner", Action.CHANGED, "台所のコーヒー")
    assert [(entry.section, entry.name) for entry in audit.entries] == [("books", "kitchen-coffee")]


ADD = "/admin/add-item?paste=4999999005"


def test_a_second_book_with_an_asin_asks_whether_to_change_first(admin_client, site):
    before = written(site)
    answer = sent(admin_client, ADD, title="また台所のコーヒー", blurb="読み直した")
    assert answer.status_code == 409
    assert written(site) == before
    html5lib.HTMLParser(strict=True).parse(answer.text)
    assert "(kitchen-coffee) has the same ASIN, 4999999005." in text_of(answer)
    assert 'value="また台所のコーヒー"' in answer.text
    assert f'formaction="{BOOK}"' in answer.text


def test_a_saved_book_is_followed_by_what_was_typed_for_the_next(admin_client, site):
    before, first = written(site), catalog(site).books["kitchen-coffee"]
    form = form_of(admin_client, ADD) | {"title": "また台所のコーヒー", "do": "merge"}
    answer = admin_client.client.post(BOOK, data=form)
    assert answer.status_code == 200
    assert written(site) == before
    assert 'value="また台所のコーヒー"' in answer.text
    assert f'value="{first.author}"' in answer.text
    assert 'name="name" value="kitchen-coffee"' in answer.text


def test_both_books_are_saved_if_that_is_meant(admin_client, site):
    answer = sent(admin_client, ADD, title="また台所のコーヒー", do="twice")
    assert answer.status_code == 303
    assert catalog(site).books["b-4999999005"].asin == "4999999005"
    # From then on nobody asks again.
    assert sent(admin_client, "/admin/items/b-4999999005/edit", title="三").status_code == 303


PASTED = "/admin/add-item?paste=4873119324"


def test_an_item_is_added_with_rule_that_shows_it_as_one_change(admin_client, site, engine):
    answer = sent(admin_client, PASTED, title="鍵", name="key", shown_on="写真、旅, 写真")
    assert answer.status_code == 303
    (rule,) = (each for each in catalog(site).mappings.values() if "key" in each.items)
    assert (rule.any_of.tags, rule.items) == (("写真", "旅"), ("key",))
    (audit,) = (each for each in recorded(engine) if each.action is Action.ADDED)
    assert [entry.section for entry in audit.entries] == ["books", "mappings"]


def test_an_item_joins_rule_that_has_same_terms_and_no_more(admin_client, site):
    before = catalog(site).mappings
    for name, terms in (("one", "旅"), ("two", "旅"), ("three", "パン、bread")):
        form = form_of(admin_client, PASTED) | {"title": name, "name": name, "shown_on": terms}
        form |= {"do": "twice"}
        assert admin_client.client.post("/admin/add-item", data=form).status_code == 303
    added = [each for name, each in catalog(site).mappings.items() if name not in before]
    assert [each.items for each in added] == [("one", "two"), ("three",)]
    assert catalog(site).mappings["bread"] == before["bread"]


def test_edit_that_leaves_item_where_it_is_says_that_beside_form(admin_client):
    form = form_of(admin_client, BOOK) | {"title": "別", "do": "impact"}
    answer = admin_client.client.post(BOOK, data=form)
    assert "All posts keep their items" in answer.text


def test_an_edit_that_gives_a_book_the_asin_of_another_asks_too(admin_client, site):
    before = written(site)
    answer = sent(admin_client, BOOK, asin="", isbn="978-4-9999990-1-9")
    assert answer.status_code == 409
    assert 'href="/admin/items/drip-notes/edit"' in answer.text
    assert written(site) == before


def test_bad_input_comes_back_with_the_message_beside_its_field(admin_client, site):
    before = written(site)
    answer = sent(admin_client, BOOK, asin="4999999006", title="", author="だれか")
    assert answer.status_code == 400
    assert 'value="4999999006"' in answer.text
    assert 'value="だれか"' in answer.text
    assert re.search(r'id="asin-error">.*should be 5', answer.text)
    assert re.search(r'id="title-error">.*Fill this in\.', answer.text)
    assert '<a href="#asin">' in answer.text
    assert written(site) == before


def test_bad_input_is_reported_in_japanese_too(admin_client):
    admin_client.headers = {"Accept-Language": "ja"}
    form = form_of(admin_client, BOOK)
    answer = admin_client.client.post(
        BOOK, data=form | {"asin": "4999999006"}, headers={"Accept-Language": "ja"}
    )
    assert "チェックディジット" in answer.text


@pytest.mark.parametrize(
    ("over", "field"),
    [
        pytest.param({"utm_source": ""}, "utm_source", id="one of three is missing"),
        pytest.param({"utm_medium": "E Mail"}, "utm_medium", id="odd characters"),
        pytest.param({"url": "tezukuri"}, "url", id="no address"),
        pytest.param({"css_class": "1st"}, "css_class", id="no class"),
        pytest.param({"valid_from": "soon"}, "valid_from", id="no day"),
        pytest.param({"fallback": "kitchen-coffee"}, "fallback", id="another kind"),
        pytest.param({"fallback": "newsletter"}, "fallback", id="itself"),
        pytest.param({"programme": "amazon"}, "url", id="not of its programme"),
    ],
)
def test_each_mistake_in_a_cta_appears_beside_its_field(admin_client, over, field):
    filled = {"utm_source": "blog", "utm_medium": "email", "utm_campaign": "letter"}
    answer = sent(admin_client, "/admin/items/newsletter/edit", **(filled | over))
    assert answer.status_code == 400
    assert f'id="{field}-error"' in answer.text


def test_mistake_in_further_shop_appears_beside_its_own_field(admin_client):
    answer = sent(admin_client, BOOK, **{"shops-0-url": "ftp://x", "shops-0-label": "店"})
    assert 'id="shops-0-url-error"' in answer.text
    assert 'id="shops-0-programme-error"' in answer.text


def test_addresses_become_rows_of_shops_that_are_arranged(admin_client, site):
    addresses = "https://item.rakuten.co.jp/a/pot/\nhttps://jp.mercari.com/item/m1"
    rows = form_in(sent(admin_client, BOOK, do="shop-add", more_shops=addresses))
    assert [rows[f"shops-{n}-preset"] for n in range(2)] == ["rakuten", "mercari"]
    rows = form_in(sent(admin_client, BOOK, **rows | {"do": "shop-up:2"}))
    assert [rows[f"shops-{n}-preset"] for n in range(2)] == ["mercari", "rakuten"]
    rows = form_in(sent(admin_client, BOOK, **rows | {"do": "shop-remove:1"}))
    assert "shops-1-preset" not in rows
    assert sent(admin_client, BOOK, **rows | {"do": "save"}).status_code == 303
    (shop,) = catalog(site).books["kitchen-coffee"].shops
    assert (shop.preset, shop.url) == ("rakuten", "https://item.rakuten.co.jp/a/pot/")


def test_an_item_gets_a_rule_from_its_form(admin_client, site):
    answer = sent(admin_client, BOOK, shown_on="種まき", confirmed="yes")
    assert answer.status_code == 303
    rules = catalog(site).mappings.values()
    assert any(
        rule.any_of.tags == ("種まき",) and rule.items == ("kitchen-coffee",) for rule in rules
    )


def test_all_that_a_book_has_can_be_written(admin_client, site):
    answer = sent(
        admin_client,
        BOOK,
        **{
            "cover": "/covers/coffee.jpg",
            "also": "B000000001\r\nB000000002",
            "shops-0-programme": "rakuten",
            "shops-0-url": "https://books.rakuten.co.jp/rb/1/",
            "valid_from": "2026-01-31",
            "retired": "y",
            "fallback": "drip-notes",
        },
    )
    assert answer.status_code == 303
    book = catalog(site).books["kitchen-coffee"]
    assert (book.cover, book.retired, book.fallback) == ("/covers/coffee.jpg", True, "drip-notes")
    assert book.also == ("B000000001", "B000000002")
    assert [shop.programme for shop in book.shops] == ["rakuten"]
    assert str(book.validity.since) == "2026-01-31"
    sent(admin_client, BOOK, title="台所のコーヒー")
    assert catalog(site).books["kitchen-coffee"].also == book.also


def test_an_edit_made_meanwhile_is_shown_and_not_overwritten(admin_client, site):
    mine = form_of(admin_client, BOOK) | {"title": "わたしの題"}
    by_hand(site, "kitchen-coffee", {"title": "かれの題", "asin": "4999999005"})
    answer = admin_client.client.post(BOOK, data=mine)
    assert answer.status_code == 409
    assert "わたしの題" in text_of(answer)
    assert "かれの題" in text_of(answer)
    assert catalog(site).books["kitchen-coffee"].title == "かれの題"
    again = re.search(r'name="revision"[^>]* value="(\w+)"', answer.text)[1]
    assert admin_client.client.post(BOOK, data=mine | {"revision": again}).status_code == 303
    assert catalog(site).books["kitchen-coffee"].title == "わたしの題"


def test_a_hand_edit_made_meanwhile_is_recorded_first(admin_client, site, engine):
    sent(admin_client, BOOK, title="一")
    by_hand(site, "drip-notes", {"title": "二", "asin": "4999999013"})
    sent(admin_client, BOOK, title="三")
    assert [(audit.user, audit.action) for audit in recorded(engine)] == [
        ("owner", Action.CHANGED),
        ("", Action.BY_HAND),
        ("owner", Action.CHANGED),
        ("", Action.FOUND),
    ]
    assert [entry.name for entry in recorded(engine)[1].entries] == ["drip-notes"]


def test_item_that_was_deleted_in_meantime_can_be_saved_all_same(admin_client, site, engine):
    add_one(admin_client)
    path = "/admin/items/spare/edit"
    mine = form_of(admin_client, path)
    file = site / "catalog.yaml"
    file.write_text(remove_entry(written(site), "books", "spare"), encoding="utf-8")
    answer = admin_client.client.post(path, data=mine)
    assert answer.status_code == 409
    assert "was deleted" in answer.text
    assert "spare" not in catalog(site).items
    again = {
        name: re.search(rf'name="{name}"[^>]* value="(\w+)"', answer.text)[1]
        for name in ("revision", "gone")
    }
    assert admin_client.client.post(path, data=mine | again).status_code == 303
    assert "spare" in catalog(site).items
    assert recorded(engine)[0].action is Action.ADDED


def test_an_edit_is_refused_while_the_database_is_down(admin_client, site, engine):
    before = written(site)
    form = form_of(admin_client, BOOK) | {"title": "別"}
    engine.dispose()
    database = site.parent / "instance" / "linkmgr.db"
    gone = {
        file: file.with_name(f"gone-{file.name}") for file in database.parent.glob("linkmgr.db*")
    }
    for file, away in gone.items():
        file.rename(away)
    answer = admin_client.client.post(BOOK, data=form)
    assert answer.status_code == 503
    assert written(site) == before
    for file, away in gone.items():
        away.rename(file)
    *_, kept = html5lib.parse(answer.text, namespaceHTMLElements=False).iterfind(".//main//form")
    fields = {field.get("name"): field.get("value") for field in kept.iterfind("input")}
    assert admin_client.client.post(BOOK, data=fields).status_code == 303
    assert catalog(site).books["kitchen-coffee"].title == "別"


def test_a_password_is_shown_again_by_no_page(stranger, engine, site):
    page = stranger.get("/admin/login").text
    engine.dispose()
    (site.parent / "instance" / "linkmgr.db").unlink()
    token = re.search(r'name="csrf-token" content="([^"]+)"', page)[1]
    form = {"csrf_token": token, "name": "owner", "password": "four plain words"}
    answer = stranger.client.post("/admin/login", data=form)
    assert answer.status_code == 503
    assert "four plain words" not in answer.text


def test_a_broken_file_saves_nothing_and_loses_nothing_typed(admin_client, site):
    form = form_of(admin_client, BOOK) | {"title": "残る題"}
    (site / "catalog.yaml").write_text("site: [", encoding="utf-8")
    answer = admin_client.client.post(BOOK, data=form)
    assert answer.status_code in {400, 409}
    assert "残る題" in answer.text
    assert written(site) == "site: ["


def test_saving_the_same_again_makes_no_revision(admin_client, site, engine):
    text = written(site)
    digest = revision(admin_client, "/admin/items/kitchen-coffee")
    change = Change(digest, Action.CHANGED, checked)
    edited = save(admin_client.client.application.extensions[EXTENSION], change, "owner")
    assert edited.after == edited.before == text
    assert recorded(engine) == []


@pytest.mark.parametrize("name", ["add", "add-item", "preview", "new", "card", "edit", "delete"])
def test_an_item_of_any_id_has_its_pages(admin_client, site, name):
    form = form_of(admin_client, "/admin/add-item?paste=4873119324") | {"name": name, "title": "題"}
    answer = admin_client.client.post("/admin/add-item", data=form)
    assert (answer.status_code, answer.location) == (303, f"/admin/items/{name}")
    assert ">題</h1>" in admin_client.get(answer.location).text
    assert sent(admin_client, f"/admin/items/{name}/edit", title="別の題").status_code == 303
    assert catalog(site).books[name].title == "別の題"


def test_an_item_that_never_was_is_not_made_by_its_form(admin_client, site):
    before = written(site)
    form = form_of(admin_client, BOOK)
    assert admin_client.client.post("/admin/items/no-such/edit", data=form).status_code == 404
    assert written(site) == before


@pytest.mark.parametrize(
    ("over", "reported"),
    [
        pytest.param(
            {"utm_source": "blog", "utm_medium": "", "utm_campaign": ""},
            "足りないもの: メディア、キャンペーン",
            id="UTM",
        ),
        pytest.param({"programme": "zzz"}, "プログラム zzz はありません", id="programme"),
    ],
)
def test_what_is_missing_is_reported_in_japanese(admin_client, over, reported):
    path = "/admin/items/newsletter/edit"
    form = form_of(admin_client, path) | over
    answer = admin_client.client.post(path, data=form, headers={"Accept-Language": "ja"})
    assert answer.status_code == 400
    assert reported in text_of(answer)


def test_hints_name_no_key_of_the_catalog(admin_client):
    page = admin_client.get(f"{BOOK}?lang=en").text
    hints = " ".join(re.findall(r'class="hint"[^>]*>(.*?)</p>', page, re.DOTALL))
    assert "30 days after you saw it" in hints
    assert not re.search(r"price-days|price-at|linkmgr rename|`|<code>", hints)
