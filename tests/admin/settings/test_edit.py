"""The settings that the catalog has are edited, with what follows from them shown first."""

import html
import re
from pathlib import Path

import html5lib
import pytest

from linkmgr.catalog.reading.parse import (
    parse_catalog,
)
from linkmgr.store.revisions import history
from tests.support.indexed_site import indexer_of

SETTINGS = "/admin/settings"
DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture
def client(admin_client, settings):
    """Give a browser that is signed in to a server that has read the site."""
    indexer_of(settings)
    return admin_client


def catalog_of(file):
    return parse_catalog(file.read_bytes())


def fields_of(client, path):
    """Return what a browser sends of a form as it was opened."""
    page = html5lib.parse(client.get(path).text, namespaceHTMLElements=False)
    sent = {}
    for field in page.find(".//form[@class='stack']").iter():
        name, kind = field.get("name"), field.get("type")
        if field.tag not in {"input", "select", "textarea"}:
            continue
        if field.tag == "select":
            chosen = [o for o in field.iter("option") if "selected" in o.attrib]
            sent[name] = (chosen or [*field.iter("option")])[0].get("value")
        elif field.tag == "textarea":
            sent[name] = (field.text or "").strip()
        elif kind != "checkbox" or "checked" in field.attrib:
            sent[name] = field.get("value", "")
    return {name: value for name, value in sent.items() if name != "csrf_token"}


def send(client, path, do="preview", **typed):
    return client.post(path, {**fields_of(client, path), **typed, "do": do})


def test_missing_server_isnt_guessed_and_one_that_is_there_stays(client):
    form = f"{SETTINGS}/site"
    assert fields_of(client, form)["server"] == ""
    own = "https://go.tezukuri.example.com"
    send(client, form, do="save", server=own)
    assert fields_of(client, form)["server"] == own


def test_a_public_blog_is_refused_this_computer_beside_the_field(client, file):
    text = file.read_text(encoding="utf-8")
    text = text.replace("https://tezukuri.example.com", "https://tezukuri-biyori.dev")
    file.write_text(text, encoding="utf-8")
    answer = send(client, f"{SETTINGS}/site", server="http://127.0.0.1:8910")
    assert answer.status_code == 400
    assert "127.0.0.1 is each reader’s own computer" in answer.text
    assert catalog_of(file).site.server is None


FORMS = [
    *("site", "programmes/amazon", "programmes/site", "programmes/rakuten", "add-programme"),
    *("blocks/related", "blocks/cta", "blocks/books", "add-block"),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_form_is_valid_html_in_either_language(client, form, language):
    answer = client.get(f"{SETTINGS}/{form}", Accept_Language=language)
    assert answer.status_code == 200
    html5lib.HTMLParser(strict=True).parse(answer.text)


@pytest.mark.parametrize("form", [form for form in FORMS if not form.startswith("add-")])
def test_a_form_that_is_sent_as_it_was_opened_changes_nothing(client, file, form):
    before = file.read_bytes()
    answer = send(client, f"{SETTINGS}/{form}", do="save")
    assert answer.status_code in (303, 400)
    assert file.read_bytes() == before


def test_a_server_is_named_in_its_line_alone(client, file, engine):
    before = file.read_text(encoding="utf-8")
    path = f"{SETTINGS}/site"
    shown = send(client, path, server="https://go.example.com")
    assert "at https://go.example.com" in shown.text
    assert "Tell your readers" in shown.text
    assert file.read_text(encoding="utf-8") == before
    assert send(client, path, "save", server="https://go.example.com").status_code == 303
    lines = file.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line not in before.splitlines()] == [
        "  server: https://go.example.com"
    ]
    with engine.connect() as connection:
        (latest, *_), _ = history(connection, 1)
    assert [(entry.section, entry.name) for entry in latest.audit.entries] == [("site", "server")]


def test_several_keys_of_the_site_are_one_change(client, file, engine):
    typed = {"title": "よりみち日和", "server": "https://go.example.com", "respect_gpc": ""}
    fields = fields_of(client, f"{SETTINGS}/site") | typed | {"do": "save"}
    del fields["respect_gpc"]
    assert client.post(f"{SETTINGS}/site", fields).status_code == 303
    site = catalog_of(file).site
    assert (site.name, site.server) == ("よりみち日和", "https://go.example.com")
    assert not site.respect_gpc
    with engine.connect() as connection:
        _, total = history(connection, 1)
    assert total == 2  # the initial catalog and this


def test_views_are_counted_by_one_tick_beside_the_server(client, file):
    path, typed = f"{SETTINGS}/site", {"views": "y", "server": "https://go.example.com"}
    assert (
        "Views count, too, once the blog is built. Tell your readers."
        in send(client, path, **typed).text
    )
    send(client, path, "save", **typed)
    assert catalog_of(file).site.views
    assert "view-percent" not in file.read_text(encoding="utf-8")
    assert "compare rates before and after" in send(client, path, view_percent="60").text


@pytest.mark.parametrize(
    ("language", "begin"), [("ja", "どの本や案内が"), ("en", "To learn which of them")]
)
def test_views_need_a_documented_text_in_the_blogs_language(client, language, begin):
    assert "views-notice" not in client.get(f"{SETTINGS}/server").text
    typed = {"views": "y", "server": "https://go.example.com", "language": language}
    send(client, f"{SETTINGS}/site", "save", **typed)
    page = html.unescape(client.get(f"{SETTINGS}/server").text)
    opening, closing = f'<blockquote id="views-notice" lang="{language}">', "</blockquote>"
    notice = page.partition(opening)[2].partition(closing)[0]
    assert notice.startswith(begin)
    assert notice in (DOCS / "how-to" / "privacy.md").read_text(encoding="utf-8")
    assert notice in (DOCS / "ja" / "how-to" / "privacy.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("field", ["views", "events"])
def test_what_needs_a_server_says_so_beside_its_field(client, file, field):
    answer = send(client, f"{SETTINGS}/site", **{field: "y"})
    assert answer.status_code == 400
    page = html5lib.parse(answer.text, namespaceHTMLElements=False)
    (error,) = (each for each in page.iter("p") if each.get("id") == f"{field}-error")
    assert "".join(error.itertext()).endswith("This needs a server that counts. Enter its address.")
    assert not getattr(catalog_of(file).site, field)


def test_a_block_in_middle_goes_before_heading_of_a_number(client, file):
    typed = {"at": "middle", "before_heading": "2"}
    assert send(client, f"{SETTINGS}/blocks/books", do="save", **typed).status_code == 303
    (books,) = (block for block in catalog_of(file).blocks if block.name == "books")
    assert books.before_heading == 2


def test_the_campaigns_of_a_newsletter_are_named_a_line_each(client, file):
    path = f"{SETTINGS}/site"
    shown = send(client, path, campaigns="june\r\n夏の号\r\n").text
    assert "New clicks always count by name: june, 夏の号." in shown
    send(client, path, "save", campaigns="june\r\n夏の号\r\n")
    assert catalog_of(file).site.campaigns == ("june", "夏の号")
    shown = send(client, path, campaigns="").text
    assert "New clicks may be grouped under Other on a day with many names: june, 夏の号." in shown


def test_a_server_that_goes_away_says_what_must_go_on(client, file):
    path = f"{SETTINGS}/site"
    send(client, path, "save", server="https://go.example.com")
    shown = send(client, path, server="").text
    assert "Clicks no longer count" in shown
    assert "Keep https://go.example.com answering" in shown
    send(client, path, "save", server="")
    assert catalog_of(file).site.server is None


@pytest.mark.parametrize(
    ("form", "typed", "field"),
    [
        ("site", {"server": "go.example.com"}, "server"),
        ("site", {"timezone": "Asia/Tokio"}, "timezone"),
        ("site", {"title": ""}, "title"),
        ("site", {"campaigns": "x" * 201}, "campaigns"),
        ("programmes/amazon", {"tag": "tezukuri-20"}, "tag"),
        ("blocks/books", {"limit": "many"}, "limit"),
        ("blocks/books", {"items": "nothing-here"}, "items"),
        ("add-block", {"name": "books"}, "name"),
        ("add-programme", {"name": ""}, "name"),
    ],
)
def test_a_mistake_appears_beside_its_field_and_nothing_is_lost(client, file, form, typed, field):
    before = file.read_bytes()
    answer = send(client, f"{SETTINGS}/{form}", **typed)
    assert answer.status_code == 400
    assert f'id="{field}-error"' in answer.text
    assert all(value in answer.text for value in typed.values())
    assert file.read_bytes() == before


def test_another_tracking_id_says_how_many_links_get_it(client, file):
    path = f"{SETTINGS}/programmes/amazon"
    assert "get the tracking ID other-22" in send(client, path, tag="other-22").text
    send(client, path, "save", tag="other-22")
    assert catalog_of(file).programmes["amazon"].tag == "other-22"
    assert "# アソシエイトのトラッキングID" in file.read_text(encoding="utf-8")


def test_forbidden_counting_is_shown_before_it_is_saved(client):
    send(client, f"{SETTINGS}/site", "save", server="https://go.example.com")
    shown = send(client, f"{SETTINGS}/programmes/rakuten", tracking="redirect").text
    assert "via /go/" in shown
    assert "Rakuten" in shown


def test_keys_that_a_form_has_not_stay_as_they_are(client, file):
    text = file.read_text(encoding="utf-8")
    tags = "    tags: {categories: {珈琲: tezukuri-coffee-22}}\n    tag: tezukuri-22 "
    file.write_text(text.replace("    tag: tezukuri-22 ", tags), encoding="utf-8")
    assert send(client, f"{SETTINGS}/programmes/amazon", "save", label="見る").status_code == 303
    amazon = catalog_of(file).programmes["amazon"]
    assert amazon.label == "見る"
    assert amazon.category_tags == (("珈琲", "tezukuri-coffee-22"),)


def test_a_smaller_block_shows_which_posts_lose_items(client, file):
    path = f"{SETTINGS}/blocks/books"
    assert "Posts that lose it" in send(client, path, limit="1").text
    send(client, path, "save", limit="1", heading="この記事が気に入った方へ")
    block = next(block for block in catalog_of(file).blocks if block.name == "books")
    assert (block.limit, block.heading) == (1, "この記事が気に入った方へ")


def test_a_block_can_have_no_heading(client, file):
    send(client, f"{SETTINGS}/blocks/books", "save", no_heading="y")
    block = next(block for block in catalog_of(file).blocks if block.name == "books")
    assert block.heading == ""
    assert "no_heading" in fields_of(client, f"{SETTINGS}/blocks/books")


def test_the_first_block_that_is_written_keeps_the_usual_ones(client, file):
    text = file.read_text(encoding="utf-8")
    file.write_text(text[: text.index("\nblocks:")] + "\n", encoding="utf-8")
    usual = [block.name for block in catalog_of(file).blocks]
    send(client, f"{SETTINGS}/blocks/cta", "save", limit="2")
    send(client, f"{SETTINGS}/add-block", "save", name="for-bakers", kind="books")
    blocks = catalog_of(file).blocks
    assert [block.name for block in blocks] == [*usual, "for-bakers"]
    assert [block.limit for block in blocks if block.name == "cta"] == [2]


def test_a_programme_is_added(client, file):
    typed = {"name": "honto", "title": "honto", "url": "https://honto.example/?u={url}"}
    assert send(client, f"{SETTINGS}/add-programme", "save", **typed).status_code == 303
    assert catalog_of(file).programmes["honto"].url == typed["url"]


def test_an_edit_meanwhile_is_shown_and_not_overwritten(client, file):
    fields = fields_of(client, f"{SETTINGS}/site")
    text = file.read_text(encoding="utf-8").replace("ad-label: 広告", "ad-label: PR")
    file.write_text(text, encoding="utf-8")
    answer = client.post(f"{SETTINGS}/site", {**fields, "title": "私の日和", "do": "save"})
    assert answer.status_code == 409
    assert "ad-label: PR" in answer.text
    assert "name: 私の日和" in answer.text
    assert file.read_text(encoding="utf-8") == text


def test_sales_of_a_programme_are_lines_of_its_form(client, file):
    path = f"{SETTINGS}/programmes/amazon"
    lines = (
        "Super Sale | 2026-12-04 20:00 | 2026-12-11 01:59\n"
        "Thanks | 2026-12-19 | 2026-12-26 | https://www.amazon.co.jp/sale | line"
    )
    assert send(client, path, "save", sales=lines).status_code == 303
    first, second = catalog_of(file).programmes["amazon"].sales
    assert (first.name, first.until.clock, first.in_line) == ("Super Sale", "01:59", False)
    assert (second.url, second.in_line) == ("https://www.amazon.co.jp/sale", True)
    assert fields_of(client, path)["sales"] == lines
    assert send(client, path, "save", sales="Nothing | soon | later").status_code == 400


@pytest.mark.parametrize("path", ["programmes/nothing", "blocks/nothing"])
def test_what_is_not_in_the_catalog_is_no_page(client, path):
    assert client.get(f"{SETTINGS}/{path}").status_code == 404


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("", "Site"),
        ("/programmes/amazon", "Programmes"),
        ("/server", "This server"),
        ("/account", "Account"),
        ("/tokens", "API tokens"),
        ("/users", "Users"),
    ],
)
def test_each_page_of_the_settings_says_which_part_it_is(client, path, name):
    parts = client.get(f"{SETTINGS}{path}").text.partition('aria-label="Parts"')[2]
    assert re.findall(r'aria-current="true">([^<]+)<', parts.partition("</nav>")[0]) == [name]
