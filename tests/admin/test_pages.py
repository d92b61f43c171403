"""Every page is there, in both languages, light, and with few queries."""

import re

import html5lib
import pytest

from linkmgr.admin.app import find_pages
from tests.admin.conftest import queries
from tests.support.indexed_site import indexer_of

# A page is at its name, but that of mappings begins with the tags.
PAGES = ["/admin/", "/admin/tags"]
PAGES += [
    f"/admin/{page.name}" for page in find_pages() if page.name not in {"dashboard", "mappings"}
]
HEAVIEST = 150_000  # bytes, with all that a page loads


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_valid_light_and_names_itself(admin_client, path):
    for language in ("ja", "en"):
        page = admin_client.get(path, Accept_Language=language)
        assert page.status_code == 200
        html5lib.HTMLParser(strict=True).parse(page.text)
        assert f'<html lang="{language}">' in page.text

    assert re.findall(r'<a href="([^"]+)" aria-current="page">', page.text) == [path]
    assert page.text.count("<h1") == 1
    own = r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:"
    assert not re.search(own, page.text)

    loaded = re.findall(r'(?:src|href)="(/admin/static/[^"]+)"', page.text)
    assert len(loaded) >= 4
    weight = len(page.data)
    for address in loaded:
        file = admin_client.get(address, Accept_Encoding="gzip")
        assert "immutable" in file.headers["Cache-Control"]
        weight += len(file.get_data())
        file.close()
    assert weight < HEAVIEST

    query = "endpoint=x&_external=1&_anchor=a&values=b&path=c&page=%00&page=-1&q=%22%3E%3Cb%3E"
    assert admin_client.get(f"{path}?{query}").status_code in (200, 400, 404)


@pytest.mark.parametrize("path", ["items", "posts", "tags", "tags/mappings"])
def test_the_blogs_names_are_in_its_language_on_an_english_page(admin_client, settings, path):
    indexer_of(settings)
    names = re.compile(r'<(?:a|span)[^>]* lang="ja">[^<]*[ぁ-ん]')
    assert names.search(admin_client.get(f"/admin/{path}").text)
    assert not names.search(admin_client.get(f"/admin/{path}", Accept_Language="ja").text)


@pytest.mark.parametrize(("path", "most"), [("/admin/settings", 2), ("/admin/settings/tokens", 3)])
def test_a_page_asks_the_database_so_often(admin_client, engine, path, most):
    with queries(engine) as asked:
        assert admin_client.get(path).status_code == 200
    assert len(asked) <= most


def test_the_settings_show_what_the_catalog_says_of_the_site(admin_client):
    text = admin_client.get("/admin/settings").text.replace("<wbr>", "")
    for fact in ("てづくり日和", "https://tezukuri.example.com", "Asia/Tokyo", "tezukuri-22"):
        assert fact in text


def test_a_changed_catalog_shows_at_once(admin_client, site):
    file = site / "catalog.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("てづくり日和", "よりみち日和", 1), encoding="utf-8")
    assert "よりみち日和" in admin_client.get("/admin/settings").text


def test_a_broken_catalog_is_reported_and_last_good_one_shown(admin_client, site):
    admin_client.get("/admin/settings")
    (site / "catalog.yaml").write_text("site: [", encoding="utf-8")
    text = admin_client.get("/admin/settings").text.replace("<wbr>", "")
    assert "The catalog file has 1 problem." in text
    assert "https://tezukuri.example.com" in text


def test_a_catalog_that_was_never_good_leaves_the_pages_standing(admin_client, site):
    (site / "catalog.yaml").unlink()
    text = admin_client.get("/admin/settings").text.replace("<wbr>", "")
    assert "The catalog file has 1 problem." in text


def test_a_page_that_is_not_there_is_reported_in_the_admins_look(admin_client):
    answer = admin_client.get("/admin/nothing", Accept_Language="ja")
    assert answer.status_code == 404
    assert "ページが見つかりません" in answer.text
    assert 'aria-label="ページ"' in answer.text


@pytest.mark.parametrize(
    "number", ["0", "-1", "9" * 6, "9" * 30, "9" * 5000, "２", "x"], ids=lambda given: f"{given:.9}"
)
@pytest.mark.parametrize(
    "path",
    ["/admin/items", "/admin/tags", "/admin/tags/mappings", "/admin/posts", "/admin/history"],
)
def test_a_page_of_any_number_is_answered(admin_client, settings, path, number):
    indexer_of(settings)
    assert admin_client.get(f"{path}?page={number}").status_code == 200


@pytest.mark.parametrize("number", ["9" * 10, "9" * 30, "9" * 5000], ids=len)
@pytest.mark.parametrize(
    "path", ["/admin/history/{}", "/admin/history/{}/undo", "/admin/earnings/files/{}/remove"]
)
def test_a_row_of_any_number_is_answered(admin_client, path, number):
    address = path.format(number)
    answer = (
        admin_client.get(address)
        if path.endswith("{}")
        else admin_client.post(address, {}, page="/admin/earnings/import")
    )
    assert answer.status_code == 404
