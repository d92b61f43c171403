"""Items are added, edited, retired and deleted; what is refused comes back as it was typed."""

import re
import subprocess
from html import unescape

import html5lib
import pytest

from linkmgr.admin.edits import Change, save
from linkmgr.catalog.edit import remove_entry, replace_entry
from linkmgr.catalog.files import load_catalog
from linkmgr.store.revisions import Action, history
from tests.admin.conftest import queries

BOOK = "/admin/items/kitchen-coffee/edit"


def form_of(browser, path):
    """Return what a browser would send of the page's item form, untouched."""
    document = html5lib.parse(browser.get(path).text, namespaceHTMLElements=False)
    form = next(
        form
        for form in document.iter("form")
        if form.find(".//input[@name='revision']") is not None
    )
    sent = {}
    for field in form.iter():
        if field.tag not in {"input", "textarea", "select"}:
            continue
        if field.tag == "select":
            chosen = field.find("option[@selected]")
            sent[field.get("name")] = "" if chosen is None else chosen.get("value")
        elif field.get("type") != "checkbox" or "checked" in field.attrib:
            value = (field.text or "") if field.tag == "textarea" else field.get("value", "")
            sent[field.get("name")] = value.removeprefix("\n")
    return sent


def sent(browser, path, **over):
    form = form_of(browser, path)
    return browser.client.post(path.partition("?")[0], data=form | over)


def text_of(answer):
    return unescape(re.sub(r"<[^>]+>", " ", answer.text))


def catalog(site):
    return load_catalog(site / "catalog.yaml")


def written(site):
    return (site / "catalog.yaml").read_text(encoding="utf-8")


def recorded(engine):
    with engine.connect() as connection:
        return [row.deed for row in history(connection, 1)[0]]


def test_a_form_that_is_sent_untouched_changes_nothing(admin_client, site, engine):
    before = written(site)
    for item in catalog(site).items:
        path = f"/admin/items/{item}/edit"
        assert sent(admin_client, path).status_code == 303, item
    assert written(site) == before
    assert recorded(engine) == []


def test_an_edit_changes_its_lines_alone_and_says_who_made_it(admin_client, site, engine):
    commit(site)
    answer = sent(admin_client, BOOK, title="台所のコーヒー")
    assert (answer.status_code, answer.location) == (303, "/admin/items/kitchen-coffee")
    assert catalog(site).books["kitchen-coffee"].title == "台所のコーヒー"
    changed = subprocess.run(
        ["git", "diff", "--numstat"], cwd=site, check=True, capture_output=True, text=True
    )
    assert changed.stdout.split() == ["1", "1", "catalog.yaml"]
    deed = recorded(engine)[0]
    assert (deed.user, deed.action, deed.summary) == ("owner", Action.CHANGED, "台所のコーヒー")
    assert [(entry.section, entry.name) for entry in deed.entries] == [("books", "kitchen-coffee")]


def commit(site):
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "all"]):
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b.example", *command],
            cwd=site,
            check=True,
        )


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


def test_bad_input_is_told_in_japanese_too(admin_client):
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
def test_each_mistake_in_a_cta_stands_beside_its_field(admin_client, over, field):
    filled = {"utm_source": "blog", "utm_medium": "email", "utm_campaign": "letter"}
    answer = sent(admin_client, "/admin/items/newsletter/edit", **(filled | over))
    assert answer.status_code == 400
    assert f'id="{field}-error"' in answer.text


def test_a_mistake_in_a_further_shop_stands_beside_its_own_field(admin_client):
    form = form_of(admin_client, BOOK)
    last = max(name for name in form if re.fullmatch(r"shops-\d+-url", name))
    answer = sent(admin_client, BOOK, **{last: "ftp://x", last.replace("url", "label"): "店"})
    assert f'id="{last}-error"' in answer.text
    assert f'id="{last.replace("url", "programme")}-error"' in answer.text


def test_all_that_a_book_has_can_be_written(admin_client, site):
    answer = sent(
        admin_client,
        BOOK,
        **{
            "cover": "/covers/coffee.jpg",
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
    assert [shop.programme for shop in book.shops] == ["rakuten"]
    assert str(book.validity.since) == "2026-01-31"


def test_an_edit_made_meanwhile_is_shown_beside_and_not_overwritten(admin_client, site):
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


def by_hand(site, item, value):
    file = site / "catalog.yaml"
    file.write_text(replace_entry(written(site), "books", item, value), encoding="utf-8")


def test_a_hand_edit_meanwhile_is_recorded_before_the_edit_that_follows(admin_client, site, engine):
    sent(admin_client, BOOK, title="一")
    by_hand(site, "drip-notes", {"title": "二", "asin": "4999999013"})
    sent(admin_client, BOOK, title="三")
    assert [(deed.user, deed.action) for deed in recorded(engine)] == [
        ("owner", Action.CHANGED),
        ("", Action.BY_HAND),
        ("owner", Action.CHANGED),
        ("", Action.FOUND),
    ]
    assert [entry.name for entry in recorded(engine)[1].entries] == ["drip-notes"]


def test_an_item_that_was_deleted_meanwhile_can_be_saved_all_the_same(admin_client, site):
    add_one(admin_client)
    path = "/admin/items/spare/edit"
    mine = form_of(admin_client, path)
    file = site / "catalog.yaml"
    file.write_text(remove_entry(written(site), "books", "spare"), encoding="utf-8")
    answer = admin_client.client.post(path, data=mine)
    assert answer.status_code == 409
    assert "was deleted" in answer.text
    assert "spare" not in catalog(site).items
    again = re.search(r'name="revision"[^>]* value="(\w+)"', answer.text)[1]
    assert admin_client.client.post(path, data=mine | {"revision": again}).status_code == 303
    assert "spare" in catalog(site).items


def test_an_edit_is_refused_while_the_database_is_down(admin_client, site, engine):
    before = written(site)
    form = form_of(admin_client, BOOK) | {"title": "別"}
    engine.dispose()
    database = site.parent / "instance" / "linkmgr.db"
    for file in database.parent.glob("linkmgr.db*"):
        file.rename(file.with_suffix(file.suffix + "-gone"))
    assert admin_client.client.post(BOOK, data=form).status_code == 503
    assert written(site) == before


def test_an_edit_needs_the_forms_token(admin_client, site):
    before = written(site)
    form = form_of(admin_client, BOOK) | {"title": "別", "csrf_token": "wrong"}
    assert admin_client.client.post(BOOK, data=form).status_code == 400
    assert written(site) == before


PATHS = [
    *("/admin/items", "/admin/items/add", "/admin/items/kitchen-coffee", BOOK),
    *("/admin/items/kitchen-coffee/delete", "/admin/items/card.css", "/admin/history/1"),
]


@pytest.mark.parametrize("path", PATHS)
def test_who_is_not_signed_in_sees_none_of_it(stranger, path):
    answer = stranger.get(path)
    assert answer.status_code == 303
    assert answer.location.startswith("/admin/login")


CHANGES = ["add", "preview", *(f"kitchen-coffee/{act}" for act in ("edit", "retire", "delete"))]


@pytest.mark.parametrize("path", CHANGES)
def test_who_is_not_signed_in_changes_nothing(stranger, site, path):
    before = written(site)
    answer = stranger.post(f"/admin/items/{path}", {"kind": "books"}, page="/admin/login")
    assert answer.status_code == 303
    assert written(site) == before


@pytest.mark.parametrize("path", CHANGES)
def test_no_change_is_made_without_a_token(admin_client, site, path):
    before = written(site)
    data = {"kind": "books", "name": "kitchen-coffee", "retired": "yes"}
    assert admin_client.client.post(f"/admin/items/{path}", data=data).status_code == 400
    assert written(site) == before


def test_a_form_of_no_kind_is_refused(admin_client):
    answer = admin_client.post(BOOK, {"kind": "related"})
    assert answer.status_code == 400


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(
    "path",
    [
        *PATHS[1:5],
        "/admin/items/newsletter/edit",
        "/admin/items/add?kind=cta",
        "/admin/items/add?paste=4999999005",
        "/admin/items/add?paste=amzn",
    ],
)
def test_a_page_of_an_item_is_valid_in_either_language(admin_client, path, language):
    answer = admin_client.get(path, Accept_Language=language)
    assert answer.status_code == 200
    html5lib.HTMLParser(strict=True).parse(answer.text)
    ids = re.findall(r'\bid="([^"]+)"', answer.text)
    assert len(ids) == len(set(ids))


def test_a_conflict_is_a_valid_page(admin_client, site):
    mine = form_of(admin_client, BOOK)
    by_hand(site, "kitchen-coffee", {"title": "かれの題", "asin": "4999999005"})
    html5lib.HTMLParser(strict=True).parse(admin_client.client.post(BOOK, data=mine).text)


@pytest.mark.parametrize("path", PATHS[:5])
def test_a_page_of_items_asks_the_database_twice_at_most(admin_client, engine, path):
    with queries(engine) as asked:
        assert admin_client.get(path).status_code == 200
    assert len(asked) <= 2


def test_saving_asks_the_database_as_often_however_long_the_history(admin_client, engine):
    for title in "一二三":
        sent(admin_client, BOOK, title=title)
    form = form_of(admin_client, BOOK) | {"title": "四"}
    with queries(engine) as asked:
        admin_client.client.post(BOOK, data=form)
    assert len(asked) == 5  # who it is, the lock, what was recorded last, the revision, its entry


def test_a_preview_shows_the_card_of_what_is_typed_and_saves_nothing(admin_client, site):
    before = written(site)
    form = form_of(admin_client, BOOK) | {"title": "試し書き", "asin": "4999999006"}
    part = admin_client.client.post("/admin/items/preview", data=form)
    assert '<article class="linkmgr-card">' in part.text
    assert "試し書き" in part.text
    assert "check digit" in part.text
    assert "<html" not in part.text
    whole = admin_client.client.post(BOOK, data=form | {"do": "preview"})
    assert whole.status_code == 200
    assert "試し書き" in whole.text
    assert written(site) == before


def test_the_preview_builds_the_link_and_advises_on_the_medium(admin_client):
    path = "/admin/items/newsletter/edit"
    utm = {"utm_source": "blog", "utm_medium": "cta", "utm_campaign": "letter"}
    form = form_of(admin_client, path) | utm | {"url": "https://elsewhere.example/a#b"}
    text = unescape(admin_client.client.post("/admin/items/preview", data=form).text)
    link = "https://elsewhere.example/a?utm_source=blog&utm_medium=cta&utm_campaign=letter"
    assert f"{link}&utm_content=cta-1#b" in text
    assert "no medium cta" in text
    form["utm_medium"] = "email"
    assert "no medium" not in admin_client.client.post("/admin/items/preview", data=form).text


def test_the_preview_of_a_link_within_the_site_names_the_site_and_advises_against_utm(
    admin_client,
):
    path = "/admin/items/newsletter/edit"
    utm = {"utm_source": "blog", "utm_medium": "email", "utm_campaign": "letter"}
    form = form_of(admin_client, path) | utm
    text = unescape(admin_client.client.post("/admin/items/preview", data=form).text)
    assert "https://tezukuri.example.com/newsletter/?utm_source=blog" in text
    assert "stays on your site" in text
    form |= dict.fromkeys(utm, "") | {"utm_source": "Not good"}
    text = unescape(admin_client.client.post("/admin/items/preview", data=form).text)
    assert ">https://tezukuri.example.com/newsletter/<" in text
    assert "Use only a-z" in text


def test_the_preview_of_an_empty_form_has_no_link_and_can_be_read(admin_client):
    for kind in ("books", "cta"):
        form = form_of(admin_client, "/admin/items/add?kind=cta") | {"kind": kind}
        text = admin_client.client.post("/admin/items/preview", data=form).text
        assert "…" in text
        assert "address" not in text


def test_the_sites_own_template_and_stylesheet_make_the_card(admin_client, site):
    (site / "_linkmgr").mkdir(exist_ok=True)
    template = "{% for book in block.items %}<p>いちおし {{ book.title }}</p>{% endfor %}"
    (site / "_linkmgr" / "books.html").write_text(template, encoding="utf-8")
    assert "いちおし" in admin_client.get("/admin/items/kitchen-coffee").text
    sheet = site / "assets" / "linkmgr" / "linkmgr.css"
    sheet.parent.mkdir(parents=True, exist_ok=True)
    sheet.write_text(".mine {}", encoding="utf-8")
    assert admin_client.get("/admin/items/card.css").text == ".mine {}"


def test_a_template_that_fails_is_told_in_place_of_the_card(admin_client, site):
    (site / "_linkmgr").mkdir(exist_ok=True)
    (site / "_linkmgr" / "books.html").write_text("{{ nothing.here }}", encoding="utf-8")
    for path in ("/admin/items/kitchen-coffee", BOOK):
        answer = admin_client.get(path)
        assert answer.status_code == 200
        assert "_linkmgr/books.html" in answer.text


def test_retiring_and_showing_again_is_one_click_each(admin_client, site, engine):
    before = written(site)
    page = "/admin/items/kitchen-coffee"
    for choice, retired in (("yes", True), ("no", False)):
        answer = admin_client.post(
            f"{page}/retire",
            {"revision": revision(admin_client, page), "retired": choice},
            page=page,
        )
        assert answer.status_code == 303
        assert catalog(site).books["kitchen-coffee"].retired is retired
    assert written(site) == before
    assert [deed.action for deed in recorded(engine)[:2]] == [Action.REVIVED, Action.RETIRED]


def revision(browser, page):
    return re.search(r'name="revision"[^>]* value="(\w+)"', browser.get(page).text)[1]


def test_retiring_what_was_changed_meanwhile_asks_again(admin_client, site):
    page = "/admin/items/kitchen-coffee"
    data = {"revision": "0" * 64, "retired": "yes"}
    answer = admin_client.post(f"{page}/retire", data, page=page)
    assert answer.status_code == 409
    assert "changed meanwhile" in answer.text
    assert not catalog(site).books["kitchen-coffee"].retired


def test_a_deletion_wants_the_id_typed(admin_client, site):
    page = add_one(admin_client)
    for typed in ("", "kitchen-coffee"):
        answer = admin_client.post(page, {"revision": revision(admin_client, page), "name": typed})
        assert answer.status_code == 400
        assert 'id="name-error"' in answer.text
    data = {"revision": revision(admin_client, page), "name": "spare"}
    answer = admin_client.post(page, data)
    assert (answer.status_code, answer.location) == (303, "/admin/items")
    assert "spare" not in catalog(site).items


def add_one(browser):
    """Add a book that nothing refers to, and return the page that deletes it."""
    form = form_of(browser, "/admin/items/add?paste=4873119324")
    form |= {"name": "spare", "title": "予備"}
    answer = browser.client.post("/admin/items/add", data=form)
    assert (answer.status_code, answer.location) == (303, "/admin/items/spare")
    return "/admin/items/spare/delete"


def test_what_others_refer_to_is_not_deleted_and_they_are_named(admin_client, site):
    item = "/admin/items/kitchen-coffee"
    text = admin_client.get(f"{item}/delete").text
    assert "mappings." in text
    assert 'class="danger"' not in text
    data = {"revision": revision(admin_client, item), "name": "kitchen-coffee"}
    assert admin_client.post(f"{item}/delete", data).status_code == 409
    assert "kitchen-coffee" in catalog(site).items


def test_a_deletion_of_an_old_revision_is_refused(admin_client, site):
    page = add_one(admin_client)
    answer = admin_client.post(page, {"revision": "0" * 64, "name": "spare"})
    assert answer.status_code == 409
    assert "spare" in catalog(site).items


@pytest.mark.parametrize("path", ["", "/edit", "/delete"])
def test_an_item_that_is_not_there_is_no_page(admin_client, path):
    assert admin_client.get(f"/admin/items/no-such{path}").status_code == 404


def test_nothing_can_be_saved_while_the_file_is_broken_and_nothing_typed_is_lost(
    admin_client, site
):
    form = form_of(admin_client, BOOK) | {"title": "残る題"}
    (site / "catalog.yaml").write_text("site: [", encoding="utf-8")
    answer = admin_client.client.post(BOOK, data=form)
    assert answer.status_code in {400, 409}
    assert "残る題" in answer.text
    assert written(site) == "site: ["


def test_saving_the_same_again_makes_no_revision(admin_client, site, engine):
    file = site / "catalog.yaml"
    text = written(site)
    digest = revision(admin_client, "/admin/items/kitchen-coffee")
    change = Change(digest, Action.CHANGED, lambda text: text)
    edited = save(engine, file, change, "owner")
    assert edited.after == edited.before == text
    assert recorded(engine) == []
