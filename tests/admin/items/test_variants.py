"""Variants are added, changed and removed in the form of their item."""

import re
from html import unescape

import pytest

from linkmgr.catalog.items import Variant
from tests.support.items import catalog, form_of, recorded, sent, written

CTA = "/admin/items/newsletter/edit"
VARIANTS = """\
    variants:
      original: {weight: 2}
      question: {label: 読んでみますか}  # a question
    share: 50
"""


@pytest.fixture
def tested(site):
    """Make the blog count views, and its newsletter have a test."""
    text = written(site).replace(
        "site:\n", "site:\n  server: https://go.tezukuri.example.com\n  views: true\n", 1
    )
    (site / "catalog.yaml").write_text(
        text.replace("  newsletter:\n", f"  newsletter:\n{VARIANTS}", 1), encoding="utf-8"
    )
    return site


def test_an_untouched_form_with_variants_changes_nothing(admin_client, tested):
    before = written(tested)

    assert sent(admin_client, CTA).status_code == 303
    assert written(tested) == before


def test_a_new_variant_is_named_by_a_letter(admin_client, tested, engine):
    answer = sent(admin_client, CTA, **{"variants-1-heading": "月に一度の便り"})

    assert answer.status_code == 303
    assert catalog(tested).ctas["newsletter"].variants == (
        Variant("original", 2),
        Variant("question", label="読んでみますか"),
        Variant("b", heading="月に一度の便り"),
    )
    assert recorded(engine)[0].entries[0].name == "newsletter"


def test_a_changed_variant_changes_its_line_alone(admin_client, tested):
    before = written(tested)

    sent(admin_client, CTA, **{"variants-0-label": "いかがですか"})

    assert written(tested) == before.replace("読んでみますか", "いかがですか")


def test_a_variant_without_words_is_removed_and_with_last_test(admin_client, tested):
    sent(admin_client, CTA, **{"variants-0-label": ""})

    item = catalog(tested).ctas["newsletter"]
    assert (item.variants, item.share) == ((), 100)
    assert "share" not in written(tested)


def test_what_a_variant_cannot_be_is_said_beside_its_field(admin_client, tested):
    before = written(tested)

    answer = sent(admin_client, CTA, **{"variants-1-item": "nothing", "share": "5"})

    assert answer.status_code == 400
    assert written(tested) == before
    assert 'id="variants-1-item-error"' in answer.text
    assert 'id="share-error"' in answer.text


def test_without_views_the_form_says_what_a_test_needs(admin_client):
    form = form_of(admin_client, CTA)

    assert not [name for name in form if name.startswith("variants")]
    said = re.search(
        r'This needs views to be counted\. <a href="([^"#]+)#(\w+)"', admin_client.get(CTA).text
    )
    assert f'id="{said[2]}"' in admin_client.get(said[1]).text


@pytest.mark.usefixtures("tested")
def test_the_preview_has_the_card_of_each_variant(admin_client):
    form = form_of(admin_client, CTA) | {"variants-1-item": "bread-class"}

    answer = admin_client.client.post("/admin/items/preview", data=form)

    cards = [*map(unescape, re.findall(r' srcdoc="([^"]*)"', answer.text))]
    assert [each.count('class="linkmgr-card"') for each in cards] == [1, 1, 1]
    assert "読んでみますか" in cards[1]
    assert "いっしょに焼きませんか" in cards[2]
    assert "Variant 2" in answer.text


def test_item_that_is_variant_is_neither_retired_nor_deleted(admin_client, tested):
    sent(admin_client, CTA, **{"variants-1-item": "bread-class"})
    before = written(tested)
    page = admin_client.get("/admin/items/bread-class/delete").text
    assert "ctas.newsletter" in page

    answer = sent(admin_client, "/admin/items/bread-class/edit", retired="y")

    assert answer.status_code == 400
    assert "bread-class is retired or has dates" in answer.text
    assert written(tested) == before


@pytest.mark.usefixtures("tested")
def test_an_item_that_is_a_variant_names_the_test_that_shows_it(admin_client):
    sent(admin_client, CTA, **{"variants-1-item": "bread-class"})
    page = admin_client.get("/admin/items/bread-class").text
    (address,) = re.findall(r'<a class="t" href="(/admin/tests/[^"]+)">In the test of', page)
    assert admin_client.get(address).status_code == 200


@pytest.mark.usefixtures("tested")
def test_other_words_have_the_impact_that_posts_keep_their_items(admin_client):
    form = form_of(admin_client, CTA) | {"variants-1-heading": "月に一度", "do": "impact"}

    answer = admin_client.client.post(CTA, data=form)

    assert answer.status_code == 200
    assert "All posts keep their items" in answer.text
