"""A test of other words starts from an item's page and from the list of tests."""

import re
from html import unescape

import pytest
from sqlalchemy import delete

from linkmgr.catalog.reading.files import load_catalog
from linkmgr.store.db.models import Total
from tests.admin.conftest import today
from tests.experiments.pages.test_pages import text_of
from tests.support.store import add_totals

PAGE = "/admin/tests/start/newsletter"
NEW = "季節のレシピを一通"


@pytest.fixture
def counted(file):
    """Have views counted."""
    text = file.read_text(encoding="utf-8")
    counting = "site:\n  server: https://go.tezukuri.example.com\n  views: true\n"
    file.write_text(text.replace("site:\n", counting, 1), encoding="utf-8")


def begin(browser, wording=NEW, page=PAGE, **over):
    revision = re.search(r'name="revision"[^>]* value="(\w+)"', browser.get(page).text)[1]
    data = {"revision": revision, "wording": wording, "shown": "half", "do": "save", **over}
    return browser.post(page, data, page=page)


def cta(file):
    return load_catalog(file).ctas["newsletter"]


@pytest.mark.usefixtures("counted")
def test_a_test_of_a_heading_starts_and_leads_to_its_page(admin_client, file):
    assert PAGE in admin_client.get("/admin/items/newsletter").text
    answer = begin(admin_client)
    assert answer.status_code == 303
    assert [(own.id, own.heading, own.weight) for own in cta(file).variants] == [
        ("original", None, 1.0),
        ("b", NEW, 1.0),
    ]
    text = text_of(admin_client.get(answer.location))
    assert "starts with the next build" in text
    assert "No clicks yet." in text
    assert admin_client.get(PAGE).location == answer.location


@pytest.mark.usefixtures("counted")
def test_another_part_may_be_tried_on_a_few_views(admin_client, file):
    begin(admin_client, "ここから", f"{PAGE}?part=label", shown="few")
    original, new = cta(file).variants
    assert (original.weight, new.weight, new.label, new.heading) == (4.0, 1.0, "ここから", None)


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize("wording", ["", "月に一度のおたより"])
def test_the_same_words_are_no_test(admin_client, file, wording):
    answer = begin(admin_client, wording)
    assert answer.status_code == 400
    assert "Write other words than the present ones." in answer.text
    assert cta(file).variants == ()


@pytest.mark.usefixtures("counted")
def test_the_card_shows_the_new_words_while_they_are_typed(admin_client, file):
    shown = unescape(begin(admin_client, do="preview").text)
    assert f">{NEW}<" in unescape(shown.partition('id="new-card"')[2])
    assert cta(file).variants == ()


@pytest.mark.usefixtures("counted")
def test_nothing_starts_over_somebody_elses_edit(admin_client, file):
    answer = begin(admin_client, revision="0" * 64)
    assert answer.status_code == 409
    assert NEW in answer.text
    assert cta(file).variants == ()


@pytest.mark.usefixtures("counted")
def test_it_says_how_long_it_takes_at_the_present_pace(admin_client, engine):
    assert "Nobody can say yet" in admin_client.get(PAGE).text
    counts = {"clicks": 600, "visitors": 600, "bots": 0, "views": 30_000, "clicked": 600}
    with engine.begin() as connection:
        connection.execute(delete(Total).where(Total.value == "newsletter"))
        add_totals(
            connection, {"dimension": "item", "value": "newsletter", "day": today()} | counts
        )
    text = text_of(admin_client.get(PAGE))
    assert "2× the clicks about " in text
    assert "present click rate of 2.0%" in text


@pytest.mark.usefixtures("counted")
def test_the_list_of_tests_leads_to_the_start(admin_client):
    assert '<option value="newsletter"' in admin_client.get("/admin/tests").text
    assert admin_client.get("/admin/tests/start?item=newsletter").location == PAGE
    assert admin_client.get("/admin/tests/start?item=nothing").location == "/admin/tests"


def test_without_views_it_says_what_is_missing(admin_client):
    text = text_of(admin_client.get(PAGE))
    assert "This needs views to be counted." in text
    assert "Start the test" not in text
    assert admin_client.get("/admin/tests/start/nothing").status_code == 404
