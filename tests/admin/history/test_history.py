"""History tells who changed what, and brings back any of it."""

import re

import html5lib
import pytest

from linkmgr.admin.history.views import diff
from linkmgr.builder.run import build
from linkmgr.catalog.editing.edit import add_entry, remove_entry, replace_entry
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.store import revisions
from tests.admin.conftest import queries
from tests.support.indexed_site import indexer_of
from tests.support.items import BOOK, sent, text_of, written
from tests.support.site_index import hold_anew

HISTORY = "/admin/history"
FIRST = "The catalog as linkmgr found it"


def put(site, text):
    (site / "catalog.yaml").write_text(text, encoding="utf-8")


def restore(browser, number, **data):
    page = f"{HISTORY}/{number}"
    revision = re.findall(r'name="revision"[^>]* value="(\w+)"', browser.get(page).text)[-1]
    data = {"revision": revision, "do": "save", **data}
    return browser.post(f"{page}/restore", data, page=page)


def rows(engine):
    with engine.connect() as connection:
        return revisions.history(connection, 1)[0]


def audits(engine):
    return [(row.audit.user, str(row.audit.action)) for row in rows(engine)]


def test_a_first_visit_records_the_catalog_as_it_is(admin_client, site, engine):
    text = admin_client.get(HISTORY).text
    assert FIRST in text
    with engine.connect() as connection:
        kept = revisions.texts(connection, 1)
    assert (kept.before, kept.after) == (None, written(site))
    admin_client.get(HISTORY)
    assert len(rows(engine)) == 1


@pytest.mark.parametrize(
    ("language", "beginning"),
    [
        ("en", "Contents When its history began, the catalog had: Books"),
        ("ja", "中身 履歴の記録を始めたときのカタログ： 本"),
    ],
)
def test_the_catalog_as_it_was_found_has_its_contents(admin_client, site, language, beginning):
    catalog = load_catalog(site / "catalog.yaml")
    contents = f"{beginning} {len(catalog.books)} · CTA"
    admin_client.get(HISTORY)
    page = admin_client.get(f"{HISTORY}/1", Accept_Language=language)
    assert contents in " ".join(text_of(page).split())
    assert "<ins>books:</ins>" in page.text
    assert "<del>" not in page.text


def test_a_hand_edit_is_recorded_at_next_visit_with_its_entries(admin_client, site, engine):
    admin_client.get(HISTORY)
    text = replace_entry(
        written(site), "books", "drip-notes", {"title": "一", "asin": "4999999013"}
    )
    put(site, replace_entry(text, "site", "name", "よりみち"))
    page = admin_client.get(HISTORY).text
    assert "by hand" in page
    assert "Changed 2 entries by hand" in page
    assert "Site: name" in page
    assert audits(engine) == [("", "by hand"), ("", "found")]


def test_a_broken_file_is_not_recorded(admin_client, site, engine):
    admin_client.get(HISTORY)
    put(site, "site: [")
    assert admin_client.get(HISTORY).status_code == 200
    assert len(rows(engine)) == 1


def test_a_change_is_shown_as_lines_with_signs(admin_client):
    sent(admin_client, BOOK, title="別の題")
    text = admin_client.get(f"{HISTORY}/2").text
    removed = re.search(r"<td>−</td><td><del>(.*?)</del></td>", text)[1]
    added = re.search(r"<td>\+</td><td><ins>(.*?)</ins></td>", text)[1]
    assert (removed.strip(), added.strip()) == (
        "title: 台所からはじめるコーヒー",
        "title: 別の題",
    )
    assert "owner" in text


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_pages_are_valid_in_either_language(admin_client, site, language):
    sent(admin_client, BOOK, title="別の題")
    put(
        site,
        replace_entry(written(site), "books", "drip-notes", {"title": "<b>", "asin": "4999999013"}),
    )
    for path in (HISTORY, *(f"{HISTORY}/{number}" for number in (1, 2, 3))):
        answer = admin_client.get(path, Accept_Language=language)
        assert answer.status_code == 200
        html5lib.HTMLParser(strict=True).parse(answer.text)


def test_the_history_of_one_entry_is_its_own_alone(admin_client):
    sent(admin_client, BOOK, title="別の題")
    sent(admin_client, "/admin/items/newsletter/edit", heading="別の見出し")
    text = admin_client.get(f"{HISTORY}?section=ctas&entry=newsletter").text
    assert "別の見出し" in text
    assert "別の題" not in text
    assert text.count('scope="row"') == 1


def test_of_a_change_of_many_entries_one_can_be_read_alone(admin_client, site):
    admin_client.get(HISTORY)
    text = replace_entry(written(site), "site", "name", "よりみち")
    text = remove_entry(text, "mappings", next(iter(load_catalog(site / "catalog.yaml").mappings)))
    put(site, replace_entry(text, "books", "kitchen-coffee", {"title": "一", "isbn": "4999999005"}))
    page = f"{HISTORY}/2"
    admin_client.get(HISTORY)
    one = admin_client.get(f"{page}?section=books&entry=kitchen-coffee").text
    html5lib.HTMLParser(strict=True).parse(one)
    assert "<ins>    title: 一</ins>" in one
    assert "よりみち" not in one.partition("<main")[2]
    assert f'href="{page}"' in one
    assert "よりみち" in admin_client.get(f"{page}?section=site&entry=name").text
    assert "よりみち" in admin_client.get(page).text
    gone = admin_client.get(f"{page}?section=books&entry=no-such").text
    assert "No lines changed" in gone


def test_an_entry_is_brought_back_and_nothing_else(admin_client, site):
    sent(admin_client, BOOK, title="一", retired="y", valid_from="2026-01-31", confirmed="yes")
    sent(admin_client, "/admin/items/newsletter/edit", heading="別の見出し")
    entry = {"section": "books", "entry": "kitchen-coffee"}
    answer = restore(admin_client, 2, state="before", **entry)
    assert (answer.status_code, answer.location) == (303, HISTORY)
    catalog = load_catalog(site / "catalog.yaml")
    assert catalog.books["kitchen-coffee"].title == "台所からはじめるコーヒー"
    assert catalog.ctas["newsletter"].heading == "別の見出し"
    restore(admin_client, 2, state="after", **entry)
    book = load_catalog(site / "catalog.yaml").books["kitchen-coffee"]
    assert (book.title, book.retired, str(book.validity.since)) == ("一", True, "2026-01-31")


def undo(browser, number, **data):
    return browser.post(f"{HISTORY}/{number}/undo", data, page=HISTORY)


def told(browser, **query):
    """Return the rows of the list: what was done, and of which fields it was."""
    text = browser.client.get(HISTORY, query_string=query).text
    rows = re.findall(r'<a class="t"[^>]*>([^<]*)</a>\s*<span class="sub">([^<]*)<', text)
    return [(title, sub.strip()) for title, sub in rows]


def can_undo(browser):
    """Return the numbers of the changes that have a button to undo them."""
    table = browser.get(HISTORY).text.partition('<table class="list"')[2]
    return [*map(int, re.findall(r'action="/admin/history/(\d+)/undo"', table))]


def test_a_save_is_undone_from_the_message_that_says_so(admin_client, site):
    before = written(site)
    sent(admin_client, BOOK, title="一")
    page = admin_client.get("/admin/items/kitchen-coffee")
    toast = re.search(r'<div class="toast".*?</form>', page.text, re.DOTALL)[0]
    address = re.search(r'action="(/admin/history/\d+/undo)"', toast)[1]
    back = "/admin/items/kitchen-coffee"
    answer = admin_client.post(address, {"next": back}, page=HISTORY)
    assert (answer.status_code, answer.location) == (303, back)
    assert written(site) == before
    assert "Undone: Changed 一." in admin_client.get(HISTORY).text
    assert 'class="toast"' not in admin_client.get(HISTORY).text


def test_a_row_says_which_fields_changed_of_what_by_its_name(admin_client):
    sent(admin_client, BOOK, title="一", blurb="二")
    mapping = "/admin/tags/mapping/coffee"
    sent(admin_client, mapping, any_tags="コーヒー\nドリップ\n朝", do="save", confirmed="yes")
    rows = told(admin_client)
    assert ("Changed 一", "title “台所からはじめるコーヒー” → “一”, blurb") in rows
    title, fields = rows[0]
    assert title.startswith("Changed the rule of コーヒー")
    assert fields.startswith("tags +")


def test_an_earlier_change_is_undone_and_later_others_stay(admin_client, site):
    sent(admin_client, BOOK, title="一")
    sent(admin_client, "/admin/items/newsletter/edit", heading="別の見出し")
    assert can_undo(admin_client) == [3, 2]
    assert undo(admin_client, 2).status_code == 303
    catalog = load_catalog(site / "catalog.yaml")
    assert catalog.books["kitchen-coffee"].title == "台所からはじめるコーヒー"
    assert catalog.ctas["newsletter"].heading == "別の見出し"
    assert can_undo(admin_client) == [4, 3]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_change_below_a_later_edit_shows_both_sides_first(admin_client, site, language):
    sent(admin_client, BOOK, title="一")
    sent(admin_client, BOOK, blurb="二")
    before = written(site)
    admin_client.headers = {"Accept-Language": language}
    asked = undo(admin_client, 2)
    assert asked.status_code == 409
    html5lib.HTMLParser(strict=True).parse(asked.text)
    now, earlier = re.findall(r"<pre[^>]*>(.*?)</pre>", asked.text, re.DOTALL)
    assert "title: 一" in now
    assert "blurb: 二" in now
    assert "title: 台所からはじめるコーヒー" in earlier
    assert "二" not in earlier
    assert written(site) == before


def test_an_older_state_is_put_back_over_later_edits_if_asked(admin_client, site):
    sent(admin_client, BOOK, title="一")
    before = load_catalog(site / "catalog.yaml").books["kitchen-coffee"]
    sent(admin_client, BOOK, title="二", blurb="二")
    over = re.search(r'name="over" value="(\w+)"', undo(admin_client, 2).text)[1]
    assert undo(admin_client, 2, over=over).status_code == 303
    book = load_catalog(site / "catalog.yaml").books["kitchen-coffee"]
    assert (book.title, book.blurb) == ("台所からはじめるコーヒー", before.blurb)
    sent(admin_client, BOOK, blurb="三")
    assert undo(admin_client, 2, over=over).status_code == 409  # that was another catalog


def test_an_undone_change_and_its_opposite_read_as_such(admin_client):
    page = "/admin/items/balcony-garden"
    admin_client.get(HISTORY)
    revision = re.search(r'name="revision" value="(\w+)"', admin_client.get(page).text)[1]
    fields = {"revision": revision, "retired": "yes", "do": "save"}
    admin_client.post(f"{page}/retire", fields, page=page)
    undo(admin_client, 2)
    text = admin_client.get(HISTORY).text
    assert "undid the change of" in text
    assert "undone " in text
    assert can_undo(admin_client) == [3]
    undo(admin_client, 3)
    assert can_undo(admin_client) == [4, 2]  # it is retired again


def test_a_change_that_was_changed_again_says_so(admin_client):
    sent(admin_client, BOOK, title="一")
    sent(admin_client, BOOK, title="二")
    assert can_undo(admin_client) == [3, 2]
    assert "changed again since" in admin_client.get(HISTORY).text


def test_an_undone_addition_is_listed_as_removed(admin_client, site):
    admin_client.get(HISTORY)
    put(site, add_entry(written(site), "books", "one", {"title": "一", "isbn": "4873119324"}))
    admin_client.get(HISTORY)
    undo(admin_client, 2, do="save")
    assert "Removed 一" in admin_client.get(HISTORY).text
    assert "「一」の追加を取り消し" in admin_client.get(HISTORY, Accept_Language="ja").text
    undo(admin_client, 3)
    assert "Put back 一" in admin_client.get(HISTORY).text


def test_an_addition_goes_at_once_unless_it_was_built(admin_client, site):
    build(site)
    admin_client.get(HISTORY)
    book = {"title": "一", "isbn": "4873119324"}
    put(site, add_entry(written(site), "books", "one", book))
    admin_client.get(HISTORY)
    assert undo(admin_client, 2, next="/admin/items/one").location == HISTORY
    assert "one" not in load_catalog(site / "catalog.yaml").books
    undo(admin_client, 3)
    build(site)
    asked = undo(admin_client, 4)
    assert "Undoing removes 一." in asked.text
    assert "one" in load_catalog(site / "catalog.yaml").books
    undo(admin_client, 4, do="save")
    assert "one" not in load_catalog(site / "catalog.yaml").books


def test_an_edit_of_file_by_hand_is_undone_with_all_its_entries(admin_client, site):
    admin_client.get(HISTORY)
    before = written(site)
    text = replace_entry(before, "books", "drip-notes", {"title": "一", "asin": "4999999013"})
    put(site, replace_entry(text, "site", "name", "よりみち"))
    admin_client.get(HISTORY)
    sent(admin_client, BOOK, title="別の題")
    undo(admin_client, 2)
    catalog = load_catalog(site / "catalog.yaml")
    assert (catalog.site.name, catalog.books["kitchen-coffee"].title) == ("てづくり日和", "別の題")
    assert catalog.books["drip-notes"].title == "ハンドドリップ実験ノート"


def test_the_list_is_narrowed_down_to_one_person_or_to_one_kind(admin_client, site):
    sent(admin_client, BOOK, title="一")
    put(site, replace_entry(written(site), "site", "name", "よりみち"))
    assert [title for title, _ in told(admin_client, kind="items")] == ["Changed 一"]
    assert [title for title, _ in told(admin_client, user="owner")] == ["Changed 一"]
    by_hand = [title for title, _ in told(admin_client, user="-")]
    assert by_hand == ["Changed Site: name", FIRST]
    assert told(admin_client, kind="rules") == []


@pytest.mark.parametrize("words", ["一番", "Kitchen-COFFEE", "コーヒー　台所"])
def test_a_change_is_found_by_its_entrys_name_old_name_or_id(admin_client, site, words):
    before = written(site)
    sent(admin_client, BOOK, title="一番")
    put(site, before)
    titles = [title for title, _ in told(admin_client, q=words)]
    assert "Changed 一番" in titles
    assert FIRST not in titles
    assert told(admin_client, q="nothing-like-it") == []


def test_an_entry_that_is_gone_comes_back_and_one_that_came_goes(admin_client, site):
    before = written(site)
    admin_client.get(HISTORY)
    mapping = next(iter(load_catalog(site / "catalog.yaml").mappings))
    put(site, remove_entry(before, "mappings", mapping))
    admin_client.get(HISTORY)
    entry = {"section": "mappings", "entry": mapping}
    restore(admin_client, 2, state="before", **entry)
    now = load_catalog(site / "catalog.yaml").mappings
    put(site, before)
    assert now == load_catalog(site / "catalog.yaml").mappings
    refused = restore(admin_client, 2, state="after", **entry)
    assert refused.status_code == 400
    html5lib.HTMLParser(strict=True).parse(refused.text)
    assert f"Type {mapping} to delete it." in refused.text
    assert mapping in load_catalog(site / "catalog.yaml").mappings
    restore(admin_client, 2, state="after", typed_id=mapping, **entry)
    assert mapping not in load_catalog(site / "catalog.yaml").mappings


def test_a_mapping_with_id_of_its_book_is_deleted_as_any_other(admin_client, site):
    admin_client.get(HISTORY)
    mapping = {"any": {"tags": ["家計簿"]}, "items": ["kitchen-coffee"]}
    put(site, add_entry(written(site), "mappings", "kitchen-coffee", mapping))
    admin_client.get(HISTORY)
    entry = {"section": "mappings", "entry": "kitchen-coffee"}
    refused = restore(admin_client, 2, state="before", **entry)
    assert "This deletes kitchen-coffee" in refused.text
    assert "kitchen-coffee" in load_catalog(site / "catalog.yaml").mappings


def test_bringing_back_shows_its_impact_and_saves_nothing_yet(admin_client, settings, site):
    sent(admin_client, BOOK, retired="y", confirmed="yes")
    indexer_of(settings)
    before = written(site)
    entry = {"state": "before", "section": "books", "entry": "kitchen-coffee"}
    page = restore(admin_client, 2, do="preview", **entry).text
    assert "Posts that gain it" in page
    assert "Put back 台所からはじめるコーヒー as before the change of" in page
    assert restore(admin_client, 2, do="back", **entry).location == f"{HISTORY}/2"
    assert written(site) == before


def test_a_catalog_without_two_entries_asks_for_their_number(admin_client, site):
    admin_client.get(HISTORY)
    book = {"title": "一", "isbn": "4873119324"}
    put(site, add_entry(add_entry(written(site), "books", "one", book), "books", "two", book))
    admin_client.get(HISTORY)
    before = written(site)
    refused = restore(admin_client, 1, state="after", typed_id="one")
    assert refused.status_code == 400
    assert "This deletes one, two" in refused.text
    assert written(site) == before
    assert restore(admin_client, 1, state="after", typed_id="2").status_code == 303
    assert "one" not in load_catalog(site / "catalog.yaml").books


def test_the_whole_catalog_is_brought_back_to_the_byte(admin_client, site, engine):
    before = written(site)
    sent(admin_client, BOOK, title="一")
    put(site, replace_entry(written(site), "site", "name", "よりみち"))
    admin_client.get(HISTORY)
    assert restore(admin_client, 2, state="before").status_code == 303
    assert written(site) == before
    assert audits(engine)[0] == ("owner", "restored")
    assert {entry.name for entry in rows(engine)[0].audit.entries} == {"kitchen-coffee", "name"}


def test_whole_catalog_can_be_brought_back_over_a_broken_file(admin_client, site):
    before = written(site)
    admin_client.get(HISTORY)
    put(site, "site: [")
    reported = '<a href="/admin/history">Or restore an earlier version in History</a>'
    assert reported in admin_client.get("/admin/items").text
    assert restore(admin_client, 1, state="after").status_code == 303
    assert written(site) == before


def test_bringing_back_what_is_there_changes_nothing(admin_client, site, engine):
    admin_client.get(HISTORY)
    before = written(site)
    restore(admin_client, 1, state="after")
    assert written(site) == before
    assert len(rows(engine)) == 1
    assert "already has this content" in admin_client.get(HISTORY).text


def test_an_entry_that_others_need_is_not_taken_out_again(admin_client, site):
    admin_client.get(HISTORY)
    put(site, written(site).replace("kitchen-coffee", "kitchen-tea"))
    admin_client.get(HISTORY)
    before = written(site)
    answer = restore(admin_client, 2, state="before", section="books", entry="kitchen-tea")
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert written(site) == before


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        pytest.param("weight: 2", "weight: heavy", id="no number"),
        pytest.param("books:", "books: [", id="no YAML"),
    ],
)
def test_of_a_text_that_was_no_catalog_no_entry_is_brought_back(admin_client, site, good, bad):
    """Such a text is recorded where the whole is brought back over it."""
    admin_client.get(HISTORY)
    value = {"any": {"tags": ["odd"]}, "items": ["kitchen-coffee"], "weight": 2}
    put(site, add_entry(written(site), "mappings", "odd", value).replace(good, bad))
    assert restore(admin_client, 1, state="after").status_code == 303
    before = written(site)
    answer = restore(admin_client, 2, state="after", section="mappings", entry="odd")
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert written(site) == before


def test_nothing_is_brought_back_over_a_change_made_in_meantime(admin_client, site):
    sent(admin_client, BOOK, title="一")
    before = written(site)
    page = f"{HISTORY}/2"
    data = {"revision": "0" * 64, "state": "before"}
    answer = admin_client.post(f"{page}/restore", data, page=page)
    assert answer.status_code == 409
    assert "changed in the meantime" in answer.text
    assert written(site) == before


def test_bringing_back_needs_the_token_and_somebody_signed_in(admin_client, site):
    sent(admin_client, BOOK, title="一")
    before = written(site)
    data = {"state": "before"}
    assert admin_client.client.post(f"{HISTORY}/2/restore", data=data).status_code == 400
    admin_client.client.delete_cookie("linkmgr_session", path="/admin")
    answer = admin_client.post(f"{HISTORY}/2/restore", data, page="/admin/login")
    assert answer.status_code == 303
    assert answer.location.startswith("/admin/login")
    assert written(site) == before


def test_before_the_first_there_is_nothing_to_bring_back(admin_client):
    admin_client.get(HISTORY)
    assert restore(admin_client, 1, state="before").status_code == 400


@pytest.mark.parametrize("path", ["9", "9/catalog.yaml"])
def test_a_revision_that_is_not_there_is_no_page(admin_client, path):
    assert admin_client.get(f"{HISTORY}/{path}").status_code == 404


def test_the_file_of_a_revision_can_be_had(admin_client, site):
    before = written(site)
    sent(admin_client, BOOK, title="一")
    answer = admin_client.get(f"{HISTORY}/1/catalog.yaml")
    assert answer.data == before.encode()
    assert "catalog-1.yaml" in answer.headers["Content-Disposition"]


def test_a_long_history_has_pages_and_as_few_queries(admin_client, engine, monkeypatch):
    monkeypatch.setattr(revisions, "PAGE", 4)
    for number in range(revisions.PAGE + 1):
        sent(admin_client, BOOK, title=f"題{number}")
    with queries(engine) as asked:
        first = admin_client.get(HISTORY).text
    assert 'rel="next"' in first
    # The account, the catalog's revision, the changes (four), their users, texts, the shops' pages.
    assert len(asked) <= 9
    second = admin_client.get(f"{HISTORY}?page=2").text
    assert "題0" in second
    assert "題4" not in second


def test_a_diff_has_the_lines_around_and_leaves_the_rest_out():
    before = "\n".join(map(str, range(1, 101)))
    after = before.replace("\n10\n", "\nten\n").replace("\n90\n", "\n").replace("\n50\n", "\n")
    lines = [(line.sign, line.number, line.text) for line in diff(before, after)]
    assert lines[:5] == [
        *(("…", 7, ""), (" ", 7, "7"), (" ", 8, "8"), (" ", 9, "9")),
        ("-", 10, "10"),
    ]
    assert [line for line in lines if line[0] in "+-"] == [
        *(("-", 10, "10"), ("+", 10, "ten"), ("-", 50, "50"), ("-", 90, "90")),
    ]
    assert sum(line[0] == "…" for line in lines) == 3


@pytest.mark.parametrize(
    ("before", "after", "signs"),
    [
        pytest.param("", "a", "+", id="all new"),
        pytest.param("a", "", "-", id="all gone"),
        pytest.param("a\nb", "a\nb", "", id="alike"),
        pytest.param("a\na", "a", " -", id="one of two alike"),
        pytest.param("a\nb", "a\nb\nc", "  +", id="at the end"),
        pytest.param(
            "s:\n  a: 1\n\nt:", "s:\n  a: 1\n  b: 2\n\nt:", "  +  ", id="above a blank line"
        ),
        pytest.param(
            "  a:\n    n: 1\n\nt:",
            "  a:\n    n: 1\n\n  b:\n    n: 2\n\nt:",
            "   +++ ",
            id="an entry with its blank line",
        ),
        pytest.param(
            "a: 1\n\nt:\n  n: 1",
            "a: 1\n\n# why\nt:\n  n: 1",
            "  +  ",
            id="a comment after a blank line",
        ),
        pytest.param("  a:\n    n: 1", "  b:\n    n: 1", "-+ ", id="another entry"),
    ],
)
def test_a_small_diff(before, after, signs):
    assert "".join(line.sign for line in diff(before, after)) == signs


@pytest.mark.parametrize(
    "named",
    [{"section": "nothing", "entry": "a"}, {"section": "books"}, {"entry": "kitchen-coffee"}],
    ids=["an unknown section", "no entry", "no section"],
)
def test_what_is_half_named_brings_back_nothing(admin_client, site, named):
    admin_client.get(HISTORY)
    sent(admin_client, BOOK, title="別の題")
    before = written(site)
    assert restore(admin_client, 1, **named).status_code == 400
    assert written(site) == before


def test_why_entry_cant_be_brought_back_is_reported_in_japanese(admin_client, site):
    admin_client.get(HISTORY)
    put(site, written(site).replace("kitchen-coffee", "kitchen-tea"))
    admin_client.headers = {"Accept-Language": "ja"}
    admin_client.get(HISTORY)
    answer = restore(admin_client, 2, state="before", section="books", entry="kitchen-tea")
    assert answer.status_code == 400
    problem = re.search(r'role="alert">(.*?)</p>', answer.text, re.DOTALL)[1]
    assert "kitchen-tea はありません" in problem
    assert "there is no" not in problem


def effects(text):
    """Return what the rows of the history say that changes did, the latest first."""
    cells = re.findall(r'<td class="wide small muted w3">(.*?)</td>', text, re.DOTALL)
    return [" ".join(re.sub("<[^>]+>", "", cell).split()) for cell in cells]


def test_each_change_says_how_many_posts_gain_and_lose(admin_client, site, settings):
    admin_client.get(HISTORY)
    index = indexer_of(settings)
    before = written(site)
    put(site, remove_entry(before, "mappings", "bread"))
    index.index_catalog()
    admin_client.get(HISTORY)
    put(site, before)
    index.index_catalog()
    came, went, first = effects(admin_client.get(HISTORY).text)
    assert re.fullmatch(r"\+\d+ −\d+ on 2 posts|\+\d+ posts|\+\d+ on \d+ posts", came)
    assert re.fullmatch(r"(\+\d+ )?−\d+ (on \d+ )?posts", went)
    assert first == ""


def test_a_change_of_words_leaves_the_places(admin_client, site, settings):
    admin_client.get(HISTORY)
    index = indexer_of(settings)
    put(site, written(site).replace("ハンドドリップ実験ノート", "珈琲実験ノート"))
    index.index_catalog()
    assert effects(admin_client.get(HISTORY).text) == ["same places", ""]


def test_a_change_that_no_index_was_made_of_has_no_figure(admin_client, site, settings):
    admin_client.get(HISTORY)
    index = indexer_of(settings)
    before = written(site)
    put(site, remove_entry(before, "mappings", "bread"))
    admin_client.get(HISTORY)
    put(site, before.replace("ハンドドリップ実験ノート", "珈琲実験ノート"))
    index.index_catalog()
    assert effects(admin_client.get(HISTORY).text) == ["", "", ""]


def test_effects_outlast_the_server_that_saw_them(admin_client, admin_app, site, settings):
    admin_client.get(HISTORY)
    index = indexer_of(settings)
    put(site, remove_entry(written(site), "mappings", "bread"))
    index.index_catalog()
    seen = effects(admin_client.get(HISTORY).text)
    assert "−" in seen[0]
    index = hold_anew(admin_app, settings)
    assert effects(admin_client.get(HISTORY).text) == seen
    put(site, written(site).replace("ハンドドリップ実験ノート", "珈琲実験ノート"))
    index.index_catalog()
    assert effects(admin_client.get(HISTORY).text) == ["same places", *seen]


def test_a_damaged_file_of_effects_tells_of_none(admin_client, site, settings):
    admin_client.get(HISTORY)
    index = indexer_of(settings)
    put(site, remove_entry(written(site), "mappings", "bread"))
    index.index_catalog()
    (settings.instance / "effects.json").write_text('[["a"', encoding="utf-8")
    assert effects(admin_client.get(HISTORY).text) == ["", ""]
    put(site, written(site).replace("ハンドドリップ実験ノート", "珈琲実験ノート"))
    index.index_catalog()
    assert effects(admin_client.get(HISTORY).text) == ["same places", "", ""]
