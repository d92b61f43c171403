"""Programmes and blocks are deleted after what follows from it was shown, and come back by Undo."""

import re

import pytest

from linkmgr.catalog.reading.parse import parse_catalog
from tests.support.indexed_site import indexer_of

SETTINGS = "/admin/settings"


@pytest.fixture
def client(admin_client, settings):
    """Give a browser that is signed in to a server that has read the site."""
    indexer_of(settings)
    return admin_client


def delete(client, path, do="preview", **typed):
    page = f"{SETTINGS}/{path}"
    revision = re.search(r'name="revision" value="(\w+)"', client.get(page).text)
    sent = {"revision": revision[1] if revision else "", "do": do, **typed}
    return client.post(f"{page}/delete", sent, page=SETTINGS)


def undo(client, page):
    """Press Undo in the toast of a page."""
    number = re.search(r'action="/admin/history/(\d+)/undo"', client.get(page).text)[1]
    assert client.post(f"/admin/history/{number}/undo", page=SETTINGS).status_code == 303


def blocks_of(file):
    return [block.name for block in parse_catalog(file.read_bytes()).blocks]


def add_programme(file):
    text = file.read_text(encoding="utf-8")
    shop = "programmes:\n  honto:\n    url: https://honto.example/?u={url}\n"
    file.write_text(text.replace("programmes:\n", shop, 1), encoding="utf-8")


def test_deleting_a_block_shows_the_impact_and_deletes_nothing(client, file):
    before = file.read_bytes()
    shown = delete(client, "blocks/books").text
    assert "Posts that lose it" in shown
    assert "The block disappears from every article" in shown
    assert "block=&#34;books&#34;" in shown
    assert 'id="typed-id"' in shown
    assert file.read_bytes() == before


def test_a_block_is_deleted_once_its_id_is_typed(client, file):
    assert delete(client, "blocks/books", "save", typed_id="book").status_code == 400
    assert blocks_of(file) == ["related", "cta", "books"]
    assert delete(client, "blocks/books", "save", typed_id="books").status_code == 303
    assert blocks_of(file) == ["related", "cta"]


@pytest.mark.parametrize("deletes", ["block", "programme"])
def test_what_is_deleted_comes_back_by_undo(client, file, deletes):
    add_programme(file)
    before = file.read_text(encoding="utf-8")
    path, name = {"block": ("blocks", "cta"), "programme": ("programmes", "honto")}[deletes]
    assert delete(client, f"{path}/{name}", "save", typed_id=name).status_code == 303
    assert file.read_text(encoding="utf-8") != before
    undo(client, SETTINGS)
    restored = parse_catalog(file.read_bytes())
    assert restored == parse_catalog(before.encode())


def test_one_of_usual_blocks_is_deleted_where_none_is_written(client, file):
    text = file.read_text(encoding="utf-8")
    file.write_text(text[: text.index("\nblocks:")] + "\n", encoding="utf-8")
    usual = blocks_of(file)
    assert delete(client, "blocks/cta", "save", typed_id="cta").status_code == 303
    assert blocks_of(file) == [name for name in usual if name != "cta"]


def test_the_only_block_stays(client, file):
    for name in ("books", "cta"):
        delete(client, f"blocks/{name}", "save", typed_id=name)
    answer = delete(client, "blocks/related", "save", typed_id="related")
    assert answer.headers["Location"] == f"{SETTINGS}/blocks/related"
    assert "the default blocks would come back" in client.get(f"{SETTINGS}/blocks/related").text
    assert blocks_of(file) == ["related"]


def test_a_programme_that_no_item_uses_is_deleted(client, file):
    add_programme(file)
    assert "All posts keep their items" in delete(client, "programmes/honto").text
    answer = delete(client, "programmes/honto", "save", typed_id="honto")
    assert answer.headers["Location"] == f"{SETTINGS}#programmes"
    assert "honto" not in parse_catalog(file.read_bytes()).programmes


def test_a_programme_in_use_stays_and_its_items_are_named(client, file):
    before = file.read_bytes()
    answer = delete(client, "programmes/rakuten", "save", typed_id="rakuten")
    assert answer.headers["Location"] == f"{SETTINGS}/programmes/rakuten"
    assert "Remove its link to this programme first." in client.get(SETTINGS).text
    assert file.read_bytes() == before


@pytest.mark.parametrize("name", ["amazon", "site"])
def test_the_programmes_of_every_catalog_cannot_be_deleted(client, name):
    assert "Delete…" not in client.get(f"{SETTINGS}/programmes/{name}").text
    assert delete(client, f"programmes/{name}", "save", typed_id=name).status_code == 404


def test_who_goes_back_is_at_the_form_again(client):
    assert delete(client, "blocks/cta", "back").headers["Location"] == f"{SETTINGS}/blocks/cta"


def test_a_catalog_that_changed_meanwhile_is_previewed_anew(client, file):
    revision = re.search(
        r'name="revision" value="(\w+)"', client.get(f"{SETTINGS}/blocks/cta").text
    )
    text = file.read_text(encoding="utf-8").replace("ad-label: 広告", "ad-label: PR")
    file.write_text(text, encoding="utf-8")
    sent = {"revision": revision[1], "do": "save", "typed_id": "cta"}
    answer = client.post(f"{SETTINGS}/blocks/cta/delete", sent, page=SETTINGS)
    assert answer.status_code == 409
    assert "changed in the meantime" in answer.text
    assert file.read_text(encoding="utf-8") == text


def test_undoing_an_addition_names_what_goes_first(client, file):
    form = client.get(f"{SETTINGS}/add-block").text
    revision = re.search(r'name="revision"[^>]* value="(\w+)"', form)
    sent = {"revision": revision[1], "name": "for-bakers", "kind": "books", "at": "end"}
    assert client.post(f"{SETTINGS}/add-block", {**sent, "do": "save"}).status_code == 303
    assert "for-bakers" in blocks_of(file)
    address = re.search(r'action="(/admin/history/\d+/undo)"', client.get(SETTINGS).text)[1]
    assert "for-bakers" in client.post(address, page=SETTINGS).text
    assert "for-bakers" in blocks_of(file)
    assert client.post(address, {"do": "save"}, page=SETTINGS).status_code == 303
    assert "for-bakers" not in blocks_of(file)


def test_a_setting_that_was_saved_goes_back_by_undo(client, file):
    before = file.read_text(encoding="utf-8")
    page = client.get(f"{SETTINGS}/blocks/related").text
    revision = re.search(r'name="revision" value="(\w+)"', page)[1]
    sent = {"revision": revision, "at": "end", "limit": "2", "do": "save"}
    assert client.post(f"{SETTINGS}/blocks/related", sent).status_code == 303
    assert file.read_text(encoding="utf-8") != before
    undo(client, SETTINGS)
    assert file.read_text(encoding="utf-8") == before


@pytest.mark.parametrize("action", ["retire", "replace"])
def test_a_change_of_several_items_goes_back_by_undo(client, file, action):
    before = file.read_text(encoding="utf-8")
    revision = re.search(r'name="revision" value="(\w+)"', client.get("/admin/items").text)[1]
    sent = {
        "id": ["kitchen-coffee", "drip-notes"],
        "action": action,
        "given": "slow-loaf",
        "revision": revision,
        "back": "/admin/items",
        "do": "save",
    }
    assert client.post("/admin/selected-items", sent, page="/admin/items").status_code == 303
    assert file.read_text(encoding="utf-8") != before
    undo(client, "/admin/items")
    assert parse_catalog(file.read_bytes()) == parse_catalog(before.encode())
