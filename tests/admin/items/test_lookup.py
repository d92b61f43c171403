"""What was pasted is shown as it was recognised, with the form of the entry."""

import pytest

from linkmgr.catalog.reading.files import load_catalog
from tests.support.items import form_of, text_of

ADD = "/admin/add-item"


def test_the_rest_of_the_form_follows_without_script(admin_client):
    text = admin_client.get(f"{ADD}?paste=4873119324").text
    assert 'value="4873119324"' in text
    assert 'value="b-4873119324"' in text
    assert "data-hx-get" in text
    refused = admin_client.get(f"{ADD}?paste=4873119325").text
    assert 'name="title"' not in refused
    assert 'value="4873119325"' in refused


def test_a_book_is_added_from_what_was_pasted(admin_client, site):
    form = form_of(admin_client, f"{ADD}?paste=978-4-87311-932-8") | {"title": "足した本"}
    answer = admin_client.client.post(ADD, data=form)
    assert (answer.status_code, answer.location) == (303, "/admin/items/b-4873119324")
    book = load_catalog(site / "catalog.yaml").books["b-4873119324"]
    assert (book.title, book.asin) == ("足した本", "4873119324")


def test_a_cta_is_added_with_its_utm(admin_client, site):
    form = form_of(admin_client, f"{ADD}?kind=cta") | {
        "name": "course",
        "heading": "講座",
        "label": "見る",
        "url": "https://school.example/",
        "utm_source": "blog",
        "utm_medium": "email",
        "utm_campaign": "spring",
    }
    assert admin_client.client.post(ADD, data=form).status_code == 303
    cta = load_catalog(site / "catalog.yaml").ctas["course"]
    assert (cta.heading, cta.utm.campaign) == ("講座", "spring")


@pytest.mark.parametrize(
    ("name", "reported"),
    [
        pytest.param("", "Fill this in.", id="none"),
        pytest.param("Not Good", "Use a-z, 0-9 and hyphens", id="form"),
        pytest.param("newsletter", "This id is taken", id="a CTA's"),
        pytest.param("kitchen-coffee", "This id is taken", id="a book's"),
    ],
)
def test_id_that_cannot_be_had_is_reported_and_nothing_is_lost(admin_client, site, name, reported):
    before = (site / "catalog.yaml").read_text(encoding="utf-8")
    form = form_of(admin_client, f"{ADD}?paste=4873119324") | {"title": "足した本", "name": name}
    answer = admin_client.client.post(ADD, data=form)
    assert answer.status_code == 400
    assert reported in text_of(answer)
    assert 'value="足した本"' in answer.text
    assert (site / "catalog.yaml").read_text(encoding="utf-8") == before
