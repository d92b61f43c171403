"""The posts: what each shows and why, and pinning or excluding an item on one."""

import re
from datetime import timedelta
from html import unescape
from time import time

import html5lib
import pytest

from linkmgr.admin.common.context import EXTENSION
from linkmgr.admin.posts.views import reason_text
from linkmgr.blocks.include import post_key
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.resolver.model import KeywordCounts, Reason
from tests.admin.conftest import queries, today
from tests.support.indexed_site import BREAD, KITCHEN, add_post_clicks, indexer_of
from tests.support.store import DAY, load, make_click, spool_up

PAGE = f"/admin/posts/{post_key(BREAD)}"
COFFEE = f"/admin/posts/{post_key('_posts/2025-05-10-the-second-cup.md')}"


@pytest.fixture
def client(settings, admin_client):
    """Give a browser that is signed in; the site is indexed."""
    admin_client.indexer = indexer_of(settings)
    return admin_client


def mappings(file):
    return parse_catalog(file.read_bytes()).mappings


def send(client, facts, do="", page=PAGE):
    seen = client.client.application.extensions[EXTENSION].catalog()
    return client.post(page, {"revision": seen.revision.id, **facts, "do": do})


def save(client, facts, page=PAGE):
    answer = send(client, facts, "save", page)
    assert answer.status_code == 303
    return answer


def valid(answer):
    html5lib.HTMLParser(strict=True).parse(answer.text)
    return answer.text


# The list


def test_posts_are_listed_with_the_newest_first(client):
    text = valid(client.get("/admin/posts"))
    keys = re.findall(r'href="/admin/posts/([0-9a-f]{16})"', text)
    assert keys[0] == post_key(KITCHEN)
    assert len(keys) == len(set(keys)) == 12


def test_a_post_is_found_by_words_of_its_title_or_path(client):
    text = client.get("/admin/posts?q=bread+cold").text
    assert re.findall(r'href="/admin/posts/([0-9a-f]{16})"', text) == [post_key(BREAD)]


def test_the_posts_that_show_nothing_are_found(client):
    text = valid(client.get("/admin/posts?shows=nothing"))
    assert post_key(KITCHEN) in text
    assert post_key(BREAD) not in text


@pytest.mark.parametrize(
    ("state", "words", "found"),
    [
        ("front-matter", "By front matter", "夜更けの一冊"),
        ("pinned", "Pinned item", "Bread for people with cold hands"),
        ("excluded", "Excluded by path", "Bread for people with cold hands"),
    ],
)
def test_the_posts_in_a_state_are_found(client, state, words, found):
    for kind in ("pin", "exclude"):
        save(client, {"kind": kind, "item": "newsletter" if kind == "pin" else "coffee-beans"})
    client.indexer.index_site()
    text = valid(client.get(f"/admin/posts?shows={state}"))
    assert f'aria-current="true">{words}</a>' in text
    assert any(found in title for title in titles_of(text))
    assert len(titles_of(text)) < 12


def test_a_state_that_there_is_not_is_none(client):
    assert len(titles_of(client.get("/admin/posts?shows=x").text)) == 12


def test_the_posts_of_a_tag_are_found(client):
    text = valid(client.get("/admin/posts?tag=Bread"))
    assert post_key(BREAD) in text
    assert post_key(KITCHEN) not in text


@pytest.mark.parametrize(("block", "tab"), [("books", "Without a book"), ("cta", "Without a CTA")])
def test_posts_without_something_in_a_block_are_a_counted_tab(client, block, tab):
    every = valid(client.get("/admin/posts"))
    (number,) = re.findall(
        rf'href="/admin/posts\?without={block}">{tab}<span class="n">(\d+)</span>', every
    )
    text = valid(client.get(f"/admin/posts?without={block}"))
    found = titles_of(text)
    assert len(found) == int(number) > 0
    assert "祖母の台所を片づける" in found
    showing = titles_of(client.get(f"/admin/posts?block={block}").text)
    compared = ["Bread for people with cold hands and day jobs", "自家製酵母、はじめの十日間"]
    elsewhere = compared if block == "books" else []
    assert sorted(found + showing + elsewhere) == sorted(titles_of(every))
    assert {"books": "no book", "cta": "nothing"}[block] in text
    # Beside a search, the numbers of all posts would say something else than the list.
    assert 'class="n"' not in client.get(f"/admin/posts?without={block}&q=e").text


def test_a_post_has_what_it_shows_and_its_clicks_of_30_days(client, engine):
    add_post_clicks(engine, BREAD, 1200, today())
    add_post_clicks(engine, BREAD, 34, today() - timedelta(days=29))
    add_post_clicks(engine, BREAD, 99_000, today() - timedelta(days=35))
    text = client.get("/admin/posts?q=bread+cold").text
    assert ">1,234<" in text
    assert '<span class="nowrap">2 books</span> · <span class="nowrap">1 CTA</span>' in text
    share = (99_000 - 1_234) / 99_000
    assert f"▼</span> {share:.0%}" in text


@pytest.mark.parametrize(("path", "most"), [("/admin/posts", 8), (PAGE, 12)])
def test_a_page_on_posts_asks_the_database_so_often(client, engine, path, most):
    with queries(engine) as asked:
        assert client.get(path).status_code == 200
    assert len(asked) == most


def titles_of(text):
    """Return the titles of the posts on a page of the list."""
    return re.findall(r'href="/admin/posts/[0-9a-f]{16}"[^>]*>([^<]+)</a>', text)


def test_a_heading_sorts_by_its_column_and_once_more_backwards(client, engine):
    add_post_clicks(engine, KITCHEN, 900, today())
    text = valid(client.get("/admin/posts?q=e&sort=title"))
    assert titles_of(text) == sorted(titles_of(text), key=str.lower)
    heading = 'id="sort-title" href="/admin/posts?q=e&amp;sort=-title"'
    assert f'aria-sort="ascending"><a class="sort" {heading}' in text
    assert 'href="/admin/posts?q=e&amp;sort=-clicks"' in text
    by_clicks = client.get("/admin/posts?sort=-clicks").text
    assert titles_of(by_clicks)[0] == "祖母の台所を片づける"
    assert 'aria-current="true">Clicks, most first</a>' in by_clicks
    assert titles_of(client.get("/admin/posts?sort=clicks").text)[-1] == "祖母の台所を片づける"
    assert titles_of(client.get("/admin/posts?sort=x").text) == titles_of(
        client.get("/admin/posts").text
    )


def test_posts_are_filtered_by_item_and_block(client):
    every = titles_of(client.get("/admin/posts").text)
    by_item = valid(client.get("/admin/posts?item=slow-loaf"))
    assert 0 < len(titles_of(by_item)) < len(every)
    assert titles_of(client.get("/admin/posts?item=slow+loaf").text) == titles_of(by_item)
    assert "No posts match." in client.get("/admin/posts?item=slow-loaf&block=cta").text
    assert "No posts match." in client.get("/admin/posts?item=nothing-like-it").text


@pytest.mark.parametrize("path", ["/admin/posts", PAGE])
def test_a_site_that_is_still_being_read_is_reported(admin_client, path):
    assert "still being read" in valid(admin_client.get(path))


@pytest.mark.parametrize("path", ["/admin/posts", PAGE])
def test_a_server_without_the_site_says_what_to_set(site, admin_client, path):
    (site / "_config.yml").unlink()
    assert "LINKMGR_SITE" in valid(admin_client.get(path))


@pytest.mark.parametrize("path", ["/admin/posts", PAGE])
def test_a_stranger_sees_no_posts(stranger, path):
    answer = stranger.get(path)
    assert answer.status_code == 303
    assert answer.location.startswith("/admin/login")


# A post


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_post_says_what_it_shows_and_why(client, language):
    text = valid(client.get(PAGE, Accept_Language=language))
    assert "The Slow Loaf" in text
    assert {"en": "tag bread (on ", "ja": "タグ bread（"}[language] in text


def test_the_items_of_a_post_lead_to_their_pages(client):
    found = re.findall(
        r'<th scope="row">.*?<a class="t" href="(/admin/items/[^"]+)"',
        client.get(PAGE).text,
        re.DOTALL,
    )
    assert found
    assert all(client.get(address).status_code == 200 for address in found)


def test_each_reason_leads_to_its_rule(client):
    text = client.get(PAGE).text
    (rule,) = set(re.findall(r'<a href="(/admin/tags/mapping/[^"]+)">tag bread', text))
    assert rule == "/admin/tags/mapping/bread"
    save(client, {"item": "kitchen-coffee", "kind": "pin"})
    client.indexer.index_catalog()
    text = client.get(PAGE).text
    assert re.search(r'<a href="/admin/tags/mapping/pin-kitchen-coffee">pinned', text)


def test_a_posts_clicks_are_ranked_by_place(client, engine, settings):
    now = int(time() * 1000)
    key = post_key(BREAD)
    places = enumerate((("books", 1), ("books", 1), ("cta", 1)))
    clicks = (
        make_click(now - n * DAY, block=block, rank=rank, post=key) for n, (block, rank) in places
    )
    spool_up(settings.spool, *clicks)
    load(engine, settings.spool, timezone="Asia/Tokyo")
    text = valid(client.get(PAGE))
    assert re.findall(r'&amp;place=([^"&]+)"', text) == ["books.1", "cta.1"]
    assert '<span class="k-value">3</span>' in text
    assert "Most came from" in text


def test_a_post_that_is_not_there_is_no_page(client):
    assert client.get("/admin/posts/0123456789abcdef").status_code == 404


def test_a_posts_blocks_are_in_a_frame_without_scripts(client):
    text = client.get(COFFEE).text
    frame = re.search(r'<iframe [^>]*sandbox="([^"]*)" srcdoc="([^"]*)"', text)
    assert "allow-scripts" not in frame[1]
    assert "allow-forms" not in frame[1]
    blocks = unescape(frame[2])
    html5lib.HTMLParser(strict=True).parse(blocks)
    assert 'class="linkmgr linkmgr-books"' in blocks
    assert "ハンドドリップ実験ノート" in blocks


def test_a_title_in_the_blocks_stays_text(client, site):
    file = site / "catalog.yaml"
    text = file.read_text(encoding="utf-8")
    changed = text.replace("The Slow Loaf", "'\"></iframe><b>Loaf'", 1)
    file.write_text(changed, encoding="utf-8")
    client.indexer.index_catalog()
    page = client.get(PAGE).text
    assert "</iframe><b>" not in page
    assert page.count("</iframe>") == 1


def test_an_index_that_does_not_answer_leaves_all_but_preview(settings, admin_client):
    indexer_of(settings).stop()
    text = valid(admin_client.get(PAGE))
    assert "The preview isn't available" in text
    assert "tag bread (on " in text
    assert "<iframe" not in text


def test_a_post_with_clicks_leads_to_them_by_place(client, engine):
    assert "/admin/?post=" not in client.get(PAGE).text
    add_post_clicks(engine, BREAD, 5, today())
    assert f'href="/admin/?post={post_key(BREAD)}"' in client.get(PAGE).text
    assert client.get(f"/admin/?post={post_key(BREAD)}").status_code == 200


def test_the_frames_stylesheet_is_that_of_the_blocks(client):
    answer = client.get("/admin/items/card.css")
    assert answer.mimetype == "text/css"
    assert ".linkmgr" in answer.text


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (Reason("tag", "bread", 4.0, (3, 1200)), "tag bread (on 3 of 1,200 posts)"),
        (
            Reason("keyword", "loaf", 1.0, KeywordCounts(1, 0, 0, 4)),
            "keyword loaf (1 in the title, 4 in the text)",
        ),
        (Reason("pin", "", 0.0, "pin-loaf"), "pinned (rule pin-loaf)"),
        (Reason("fallback"), "fallback"),
        (Reason("path", "_posts/*", 4.0), "path _posts/*"),
    ],
    ids=lambda value: value.cause if isinstance(value, Reason) else "",
)
def test_a_reason_is_reported_in_words(admin_app, reason, text):
    with admin_app.test_request_context():
        assert reason_text(reason) == text


# Pinning and excluding


@pytest.mark.parametrize("kind", ["pin", "exclude"])
def test_before_an_item_is_pinned_or_excluded_effect_is_shown(client, file, kind):
    before = file.read_bytes()
    item = {"pin": "kitchen-coffee", "exclude": "slow-loaf"}[kind]
    text = valid(send(client, {"item": item, "kind": kind}))
    assert {"pin": "+1</b>", "exclude": "−1</b>"}[kind] in text
    assert file.read_bytes() == before


def test_the_page_that_shows_the_effect_pins_the_item(client, file, site):
    posts = {path: path.read_bytes() for path in (site / "_posts").iterdir()}
    page = send(client, {"item": "kitchen-coffee", "kind": "pin"}).text
    main = page[page.index("<main") :].partition("</main>")[0]
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', main))
    answer = client.post(PAGE, {**fields, "do": "save"})
    assert answer.status_code == 303
    pinned = mappings(file)["pin-kitchen-coffee"]
    assert pinned.any_of.paths == (BREAD,)
    assert pinned.items == ("kitchen-coffee",)
    assert pinned.pin
    assert {path: path.read_bytes() for path in (site / "_posts").iterdir()} == posts


def test_a_pinned_item_is_on_the_post(client):
    save(client, {"item": "kitchen-coffee", "kind": "pin"})
    client.indexer.index_catalog()
    text = client.get(PAGE).text
    assert "台所からはじめるコーヒー" in text
    assert "pinned (rule pin-kitchen-coffee)" in text


def test_a_second_post_extends_the_mapping_of_the_item(client, file):
    save(client, {"item": "kitchen-coffee", "kind": "exclude"})
    save(client, {"item": "kitchen-coffee", "kind": "exclude"}, f"/admin/posts/{post_key(KITCHEN)}")
    excluded = mappings(file)["exclude-kitchen-coffee"]
    assert excluded.any_of.paths == (BREAD, KITCHEN)
    assert excluded.exclude


def test_mapping_that_has_name_for_something_else_is_left_alone(client, file):
    other = "  pin-slow-loaf:\n    any:\n      tags: [x]\n    items: [slow-loaf, kitchen-coffee]\n"
    file.write_text(
        file.read_text(encoding="utf-8").replace("mappings:\n", f"mappings:\n{other}", 1),
        encoding="utf-8",
    )
    save(client, {"item": "slow-loaf", "kind": "pin"})
    assert mappings(file)["pin-slow-loaf"].any_of.tags == ("x",)
    assert mappings(file)["pin-slow-loaf-2"].any_of.paths == (BREAD,)


def test_removing_a_pin_from_the_last_post_deletes_its_mapping(client, file):
    pin = {"item": "slow-loaf", "kind": "pin"}
    other = f"/admin/posts/{post_key(KITCHEN)}"
    before = mappings(file)
    save(client, pin)
    save(client, pin, other)
    assert "Remove" in valid(client.get(other))
    save(client, {**pin, "end": "1"})
    assert mappings(file)["pin-slow-loaf"].any_of.paths == (KITCHEN,)
    save(client, {**pin, "end": "1"}, other)
    assert mappings(file) == before


def test_an_item_is_chosen_by_words_of_its_title(client):
    text = valid(send(client, {"item": "台所", "kind": "pin"}))
    assert re.findall(r'name="item" value="(kitchen-[a-z]+)"', text) == [
        "kitchen-coffee",
        "kitchen-python",
    ]


def items_next_in_line(text):
    """Return the items that a post's page offers to pin."""
    (section,) = re.findall(r'<section class="card" id="next".*?</section>', text, re.DOTALL)
    return re.findall(r'name="item" value="([^"]+)"', section)


def test_three_items_are_next_in_line_with_a_button_to_pin_each(client, file):
    items = items_next_in_line(valid(client.get(PAGE)))
    assert len(set(items)) == 3
    save(client, {"item": items[0], "kind": "pin"})
    assert mappings(file)[f"pin-{items[0]}"].any_of.paths == (BREAD,)
    client.indexer.index_site()
    assert items[0] not in items_next_in_line(valid(client.get(PAGE)))


@pytest.mark.parametrize("typed", ["", "zzz"])
def test_words_of_no_item_are_reported(client, file, typed):
    before = file.read_bytes()
    answer = send(client, {"item": typed, "kind": "pin"}, "save")
    assert answer.status_code == 400
    assert "Type an item" in valid(answer)
    assert file.read_bytes() == before


def test_what_is_pinned_already_changes_nothing(client):
    save(client, {"item": "slow-loaf", "kind": "pin"})
    answer = send(client, {"item": "slow-loaf", "kind": "pin"})
    assert answer.status_code == 400
    assert "You have not changed anything yet." in valid(answer)


def test_an_unknown_kind_is_refused(client):
    assert send(client, {"item": "slow-loaf", "kind": "burn"}).status_code == 400


def test_back_leads_to_the_post(client):
    answer = send(client, {"item": "slow-loaf", "kind": "pin"}, "back")
    assert answer.status_code == 303
    assert answer.location == PAGE


def test_a_hand_edit_in_meantime_is_shown_and_not_overwritten(client, file):
    old = client.client.application.extensions[EXTENSION].catalog().revision.id
    file.write_bytes(file.read_bytes() + b"\n# by hand\n")
    before = file.read_bytes()
    facts = {"item": "slow-loaf", "kind": "pin", "revision": old}
    answer = send(client, facts, "save")
    assert answer.status_code == 409
    assert "pin-slow-loaf" in valid(answer)
    assert file.read_bytes() == before


def test_a_change_without_the_sessions_token_is_refused(client, file):
    before = file.read_bytes()
    answer = client.client.post(PAGE, data={"item": "slow-loaf", "kind": "pin", "do": "save"})
    assert answer.status_code == 400
    assert file.read_bytes() == before


def test_a_path_with_brackets_is_pinned_as_it_is_written(client, file, site):
    path = "_posts/2026-02-01-a[b]*c.md"
    (site / path).write_text("---\ntitle: Odd\n---\nx\n", encoding="utf-8")
    client.indexer.index_site()
    save(client, {"item": "slow-loaf", "kind": "pin"}, f"/admin/posts/{post_key(path)}")
    client.indexer.index_catalog()
    assert "The Slow Loaf" in client.get(f"/admin/posts/{post_key(path)}").text
    assert mappings(file)["pin-slow-loaf"].any_of.paths == (
        "_posts/2026-02-01-a[[]b]*c.md".replace("*", "[*]"),
    )


def test_a_post_says_which_tracking_id_its_links_have_and_why(settings, admin_client, file):
    usual = "Amazon tracking ID tezukuri-22: the programme&#39;s"
    indexer = indexer_of(settings)
    assert usual in admin_client.get(COFFEE).text
    text = file.read_text(encoding="utf-8")
    changed = text.replace("  books:\n    limit: 3", "  books:\n    limit: 3\n    tag: shelf-22")
    file.write_text(changed, encoding="utf-8")
    indexer.index_catalog()
    shown = admin_client.get(COFFEE).text
    assert "Amazon tracking ID shelf-22: by block books" in shown
    assert usual not in shown


def test_a_post_that_compares_books_does_not_lack_one(client):
    listed = client.get("/admin/posts").text
    row = next(row for row in listed.split("<tr>") if f'href="{PAGE}"' in row)
    assert "2 books" in row
    assert "no book" not in row
