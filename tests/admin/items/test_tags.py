"""An item's tracking IDs in its form: kept as they were, and reported where they do not fit."""

import pytest

from linkmgr.catalog.editing.edit import replace_entry
from linkmgr.catalog.reading.yaml.texts import raw_entry
from linkmgr.links.model import Tag
from tests.support.items import BOOK, catalog, form_of, sent, text_of, written

NOTES = "/admin/items/drip-notes/edit"


def give(site, item, tag):
    """Write a tag into an item's entry."""
    text = written(site)
    entry = raw_entry(text, "books", item) | {"tag": tag}
    (site / "catalog.yaml").write_text(replace_entry(text, "books", item, entry), encoding="utf-8")


@pytest.mark.parametrize(
    ("tag", "shown"),
    [("one-22", "one-22"), ({"amazon": "one-22"}, "amazon: one-22")],
    ids=["text", "by programme"],
)
def test_a_form_shows_the_tag_and_sent_untouched_keeps_it(admin_client, site, tag, shown):
    give(site, "drip-notes", tag)
    before = written(site)
    assert form_of(admin_client, NOTES)["tag"] == shown
    assert sent(admin_client, NOTES, title="実験ノート").status_code == 303
    assert catalog(site).books["drip-notes"].tags == (Tag("amazon", "one-22"),)
    assert written(site) == before.replace("ハンドドリップ実験ノート", "実験ノート")


@pytest.mark.parametrize(
    ("tag", "problem"),
    [
        ("one-20", "belongs to amazon.com"),
        ("rakuten: a", "No link of this item is of the programme rakuten."),
        ("amazon: one-20", "belongs to amazon.com"),
    ],
)
def test_a_tag_that_does_not_fit_is_reported_beside_its_field(admin_client, site, tag, problem):
    before = written(site)
    answer = sent(admin_client, BOOK, tag=tag)
    assert answer.status_code == 400
    assert problem in text_of(answer)
    assert 'id="tag-error"' in answer.text
    assert written(site) == before


def test_a_tag_is_removed_by_clearing_its_field(admin_client, site):
    before = written(site)
    give(site, "kitchen-coffee", "one-22")
    assert sent(admin_client, BOOK, tag="").status_code == 303
    assert written(site) == before
