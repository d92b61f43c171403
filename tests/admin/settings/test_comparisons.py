"""Comparisons in the admin: listed, added, edited with a preview, and deleted."""

import html
import re

import pytest

from linkmgr.catalog.reading.parse import parse_catalog
from tests.support.indexed_site import indexer_of

SETTINGS = "/admin/settings"
BREAD = f"{SETTINGS}/comparisons/bread-books"


@pytest.fixture
def client(admin_client, settings):
    """Give a browser that is signed in to a server that has read the site."""
    indexer_of(settings)
    return admin_client


def compared(file):
    return parse_catalog(file.read_bytes()).comparisons


def send(client, page, do="save", **typed):
    revision = re.search(r'name="revision"[^>]* value="(\w+)"', client.get(page).text)[1]
    return client.post(page, {"revision": revision, "do": do, **typed})


def test_settings_list_the_comparisons(client):
    page = client.get(SETTINGS).text
    assert f'href="{BREAD}"' in page
    assert f'href="{SETTINGS}/add-comparison"' in page


def test_a_comparison_is_shown_as_readers_see_it(client):
    page = html.unescape(html.unescape(client.get(BREAD).text)).replace("<wbr>", "")
    assert 'class="linkmgr-table"' in page
    assert '{% include linkmgr.html compare="bread-books" %}' in page


def test_an_edit_shows_what_follows_and_is_saved(client, file):
    typed = {"items": "slow-loaf\nweekend-bread", "rows": "rating", "ranked": "y"}
    assert send(client, BREAD, "preview", **typed).status_code == 200
    assert send(client, BREAD, **typed).status_code == 303
    changed = compared(file)["bread-books"]
    assert (changed.items, changed.rows) == (("slow-loaf", "weekend-bread"), ("rating",))
    assert changed.ranked


def test_a_mistake_stands_beside_its_field(client, file):
    before = file.read_bytes()
    answer = send(client, BREAD, items="slow-loaf", rows="")
    assert answer.status_code == 400
    assert "two items at least" in answer.text
    assert file.read_bytes() == before


def test_a_comparison_is_added_and_deleted(client, file):
    page = f"{SETTINGS}/add-comparison"
    typed = {"name": "coffee", "items": "kitchen-coffee\ndrip-notes"}
    assert send(client, page, **typed).status_code == 303
    assert compared(file)["coffee"].items == ("kitchen-coffee", "drip-notes")

    own = f"{SETTINGS}/comparisons/coffee"
    revision = re.search(r'name="revision"[^>]* value="(\w+)"', client.get(own).text)[1]
    sent = {"revision": revision, "do": "preview"}
    shown = client.post(f"{own}/delete", sent, page=SETTINGS)
    assert shown.status_code == 200
    sent |= {"do": "save", "typed_id": "coffee"}
    assert client.post(f"{own}/delete", sent, page=SETTINGS).status_code == 303
    assert "coffee" not in compared(file)


def test_one_that_a_rule_shows_is_not_deleted(client, file):
    text = file.read_text(encoding="utf-8")
    rule = "    items: [weekend-bread, slow-loaf, bread-class]\n"
    file.write_text(text.replace(rule, f"{rule}    comparisons: [bread-books]\n"), encoding="utf-8")
    revision = re.search(r'name="revision"[^>]* value="(\w+)"', client.get(BREAD).text)[1]
    sent = {"revision": revision, "do": "preview"}
    assert client.post(f"{BREAD}/delete", sent, page=SETTINGS).status_code == 303
    assert "bread-books" in compared(file)


def test_a_compared_item_is_not_deleted_and_its_page_says_why(client):
    assert 'comparisons/bread-books"' in client.get("/admin/items/slow-loaf").text
    assert "comparisons.bread-books" in client.get("/admin/items/slow-loaf/delete").text


def test_specs_pros_and_cons_are_under_more_settings(client, file):
    page = "/admin/items/slow-loaf/edit"
    shown = client.get(page).text
    assert "Pages / ページ: 96" in shown
    fields = dict(re.findall(r'<input[^>]* name="([\w-]+)"[^>]* value="([^"]*)"', shown))
    del fields["retired"]  # a box that is not ticked
    fields |= {"title": "The Slow Loaf", "asin": "B0EXAMPLE1", "do": "save"}
    fields |= {"specs": "Pages / ページ： 97\nLoaves / パン: 1種", "cons": "Only one loaf"}
    assert client.post(page, fields).status_code == 303
    item = parse_catalog(file.read_bytes()).items["slow-loaf"]
    assert item.specs == (("Pages / ページ", "97"), ("Loaves / パン", "1種"))
    assert item.cons == ("Only one loaf",)


def test_selected_items_are_compared_on_posts_with_a_tag(client, file):
    ids = ["slow-loaf", "weekend-bread", "kitchen-coffee"]
    text = client.get("/admin/items").text
    revision = re.search(r'name="revision" value="(\w+)"', text)[1]
    data = {"id": ids, "action": "compare", "revision": revision, "back": "/admin/items"}
    page = client.post("/admin/selected-items", data, page="/admin/items").location
    shown = client.get(page).text
    assert 'value="slow-loaf"' in shown
    assert "As readers see it" in shown
    typed = {"name": "three", "items": "\n".join(ids), "shown_on": "パン"}
    answer = send(client, page, **typed)
    assert answer.location == f"{SETTINGS}/comparisons/three"
    catalog = parse_catalog(file.read_bytes())
    assert catalog.comparisons["three"].items == tuple(ids)
    [rule] = [own for own in catalog.mappings.values() if "three" in own.comparisons]
    assert rule.any_of.tags == ("パン",)
    assert "compare" in {block.kind.name for block in catalog.blocks}
