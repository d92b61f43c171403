"""An item gets another id from its page, in the catalog and in the posts that name it."""

import pytest
from sqlalchemy import delete

from linkmgr.catalog.reading.files import load_catalog
from linkmgr.checkout import read_checkout
from linkmgr.store.clicks.last_targets import record_renames
from linkmgr.store.db.models import Total
from linkmgr.store.revisions import Action
from tests.admin.conftest import today
from tests.support.checkouts import in_git
from tests.support.items import catalog, recorded, revision, text_of, written
from tests.support.store import add_totals

POST = "_posts/2026-01-01-named.md"
NAMED = """\
---
title: Named
linkmgr: {books: [kitchen-coffee]}
---
{% include linkmgr.html item="kitchen-coffee" as="card" %}
"""
PAGE = "/admin/items/kitchen-coffee/rename"


@pytest.fixture
def post(site):
    """Put a post that names the item into the blog."""
    file = site / POST
    file.write_text(NAMED, encoding="utf-8")
    return file


def rename(browser, new, page=PAGE, **over):
    data = {"revision": revision(browser, page), "name": new, **over}
    return browser.post(page, data, page=page)


def test_the_page_says_first_what_is_rewritten(admin_client, post, site):
    before = written(site)
    shown = text_of(admin_client.get(PAGE))
    assert POST in shown
    assert "コーヒー, coffee… → 3 items" in shown
    assert "/rename" in admin_client.get("/admin/items/kitchen-coffee").text
    assert (written(site), post.read_text(encoding="utf-8")) == (before, NAMED)


def test_an_item_and_its_posts_are_renamed_in_one_change(admin_client, post, site, engine):
    answer = rename(admin_client, "coffee-at-home")
    assert answer.location == "/admin/items/coffee-at-home"
    assert "now has the id coffee-at-home" in admin_client.get(answer.location).text
    assert catalog(site).books["coffee-at-home"].was == ("kitchen-coffee",)
    assert post.read_text(encoding="utf-8") == NAMED.replace("kitchen-coffee", "coffee-at-home")
    assert recorded(engine)[0].action is Action.RENAMED
    assert "Changed the id of" in admin_client.get("/admin/history").text


@pytest.mark.usefixtures("post")
def test_in_a_git_checkout_the_posts_are_part_of_the_commit(admin_client, site):
    in_git(site)
    rename(admin_client, "coffee-at-home")
    checkout = read_checkout(site, site / "catalog.yaml")
    assert checkout.rewritten == (POST,)
    assert {"catalog.yaml", POST} <= {*checkout.changed}


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("bread-science", "is the id of"),
        ("was-bread", "was the id of"),
        ("Not an id", "a-z"),
        ("kitchen-coffee", "not changed anything"),
        ("", "a-z"),
    ],
)
def test_an_id_that_cannot_be_had_says_why(admin_client, post, site, new, why):
    other = next(name for name in catalog(site).books if name != "kitchen-coffee")
    file = site / "catalog.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(f"  {other}:\n", f"  {other}:\n    was: [was-bread]\n"), "utf-8")
    before = written(site)
    answer = rename(admin_client, new.replace("bread-science", other))
    assert answer.status_code == 400
    assert why in text_of(answer)
    assert (written(site), post.read_text(encoding="utf-8")) == (before, NAMED)


def test_nothing_is_written_when_the_catalog_was_changed(admin_client, post, site):
    before = written(site)
    answer = rename(admin_client, "coffee-at-home", revision="0" * 64)
    assert answer.status_code == 409
    assert "look again" in text_of(answer)
    assert (written(site), post.read_text(encoding="utf-8")) == (before, NAMED)


def test_an_undone_renaming_asks_for_the_earlier_id(admin_client, post, site):
    rename(admin_client, "coffee-at-home")
    newest = admin_client.get("/admin/items/coffee-at-home").text
    undo = newest.partition('action="/admin/history/')[2].partition('"')[0]
    answer = admin_client.post(f"/admin/history/{undo}", page="/admin/items/coffee-at-home")
    assert answer.location == "/admin/items/coffee-at-home/rename?to=kitchen-coffee"
    assert 'value="kitchen-coffee"' in admin_client.get(answer.location).text
    rename(admin_client, "kitchen-coffee", "/admin/items/coffee-at-home/rename")
    assert post.read_text(encoding="utf-8") == NAMED
    assert load_catalog(site / "catalog.yaml").books["kitchen-coffee"].was == ("coffee-at-home",)


def test_a_form_that_is_saved_keeps_the_earlier_ids(admin_client, site):
    rename(admin_client, "coffee-at-home")
    page = "/admin/items/coffee-at-home/edit"
    assert "kitchen-coffee" in admin_client.get(page).text
    assert catalog(site).books["coffee-at-home"].was == ("kitchen-coffee",)


def test_days_with_both_ids_have_at_most_as_many_visitors(admin_client, engine):
    rename(admin_client, "coffee-at-home")
    record_renames(engine, {"kitchen-coffee": "coffee-at-home"}, ["coffee-at-home"])
    counts = {"clicks": 2, "visitors": 2, "bots": 0, "views": 0, "clicked": 0}
    ids = ("kitchen-coffee", "coffee-at-home")
    rows = [{"dimension": "item", "value": name, "day": today()} | counts for name in ids]
    with engine.begin() as connection:
        connection.execute(delete(Total).where(Total.day == today()))
        add_totals(connection, rows)
    assert "at most as many visitors" in admin_client.get("/admin/items/coffee-at-home").text
    assert "at most as many visitors" not in admin_client.get("/admin/items/bread-science").text
