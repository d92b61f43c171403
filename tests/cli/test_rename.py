"""`linkmgr rename` gives an item another id wherever it is named."""

import json

import pytest

from linkmgr.catalog.reading.files import load_catalog
from tests.support.builds import write_blog
from tests.support.cli import run

CATALOG = """\
site: {name: Tea, url: https://tea.example, language: en}
books:
  old:  # read twice
    title: Old
    asin: "4873119324"
  older: {title: O, asin: "4000000004", fallback: old}
comparisons:
  two: {items: [old, older]}
mappings:
  pin-old:
    any: {paths: [_posts/2026-01-01-a.md]}
    items: [old]
    pin: true
blocks:
  books: {items: [older, "old"], fallback: [old]}
"""
POST = (
    "---\r\ntitle: old\r\nlinkmgr:\r\n  books: [old, older]\r\n  exclude:\r\n    - old\r\n---\r\n"
    "old {% include linkmgr.html item='old' text=\"old\" %} and older\r\n"
    '{% include linkmgr.html item="old" as="card" %}\r\n'
)


@pytest.fixture
def site(tmp_path):
    folder = write_blog(tmp_path / "site")
    (folder / "catalog.yaml").write_text(CATALOG)
    for post in (folder / "_posts").iterdir():
        post.unlink()
    (folder / "_posts/2026-01-01-a.md").write_bytes(POST.encode())
    return folder


def test_an_item_has_its_new_id_wherever_it_is_named(site):
    done = run("rename", "old", "new", "--site", site)
    assert (done.code, done.err) == (0, "")
    catalog = load_catalog(site / "catalog.yaml")
    assert catalog.items["new"].was == ("old",)
    assert catalog.items["older"].fallback == "new"
    assert catalog.comparisons["two"].items == ("new", "older")
    assert catalog.mappings["pin-new"].items == ("new",)
    assert catalog.blocks[0].items == ("older", "new")
    assert "  new:  # read twice\n" in (site / "catalog.yaml").read_text()
    after = (site / "_posts/2026-01-01-a.md").read_bytes().decode()
    assert after == POST.replace("[old,", "[new,").replace("- old", "- new").replace(
        "item='old'", "item='new'"
    ).replace('item="old"', 'item="new"')


def test_a_dry_run_changes_nothing(site):
    done = run("rename", "old", "new", "--dry-run", "--json", "--site", site)
    assert json.loads(done.out)["files"][1:] == ["_posts/2026-01-01-a.md"]
    assert (site / "catalog.yaml").read_text() == CATALOG


def test_an_item_may_be_renamed_again_and_back(site):
    run("rename", "old", "new", "--site", site)
    run("rename", "new", "newer", "--site", site)
    assert load_catalog(site / "catalog.yaml").items["newer"].was == ("old", "new")
    assert run("rename", "newer", "old", "--site", site).code == 0
    assert load_catalog(site / "catalog.yaml").items["old"].was == ("new", "newer")


def test_an_id_of_another_item_is_refused(site):
    assert run("rename", "old", "older", "--site", site).code != 0
    assert (site / "catalog.yaml").read_text() == CATALOG


def test_posts_are_put_back_when_the_catalog_cannot_be_written(site, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("linkmgr.catalog.editing.edit_file.replace_file", fail)
    assert run("rename", "old", "new", "--site", site).code != 0
    assert (site / "_posts/2026-01-01-a.md").read_bytes() == POST.encode()
    assert (site / "catalog.yaml").read_text() == CATALOG
