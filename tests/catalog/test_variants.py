"""What the variants of an item show, and what makes two tests of them one."""

import pytest

from linkmgr.catalog.editing.edit import replace_entry
from linkmgr.catalog.items import Cta, Variant
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.catalog.reading.yaml.texts import raw_values
from linkmgr.catalog.variants import VariantTest

SITE = """\
site: {name: 日和, url: https://example.com, server: https://go.example.com, views: true}
"""
NEWSLETTER = """\
ctas:
  newsletter:
    heading: 便り
    text: 月に一度
    label: 読む
    url: /letter/
    variants:
      original: {weight: 2}
      question: {heading: 届けましょうか, text: 週に一度, class: loud}  # a question
      class: {item: class, weight: 3}
    share: 50
    vary-by: view
  class: {heading: 教室, label: 日程を見る, url: https://class.example/}
"""
CATALOG = SITE + NEWSLETTER


def variant_test(text: str, item: str = "newsletter") -> VariantTest:
    """Return the test of an item's variants."""
    catalog = parse_catalog(text)
    test = VariantTest.of_item(catalog, catalog.items[item])
    assert test
    return test


def test_variants_arrive_in_the_catalog_the_original_first():
    item = parse_catalog(CATALOG).items["newsletter"]

    assert item.variants == (
        Variant("original", 2),
        Variant("question", heading="届けましょうか", text="週に一度", css_class="loud"),
        Variant("class", 3, item="class"),
    )
    assert (item.share, item.vary_by) == (50, "view")


def test_the_original_needs_no_entry():
    text = CATALOG.replace("      original: {weight: 2}\n", "")

    assert parse_catalog(text).items["newsletter"].variants[0] == Variant("original", 1)


def test_a_variant_shows_its_own_texts_and_the_rest_of_the_item():
    shows = variant_test(CATALOG).shows

    assert shows["question"] == Cta(
        "newsletter",
        "届けましょうか",
        "読む",
        "/letter/",
        "週に一度",
        css_class="loud",
        share=50,
    )
    assert shows["class"] == parse_catalog(CATALOG).items["class"]
    assert [*shows] == ["original", "question", "class"]


def test_an_item_without_variants_is_in_no_test():
    catalog = parse_catalog(CATALOG)

    assert VariantTest.of_item(catalog, catalog.items["class"]) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("weight: 3", "weight: 4", id="weights"),
        pytest.param("weight: 2", "weight: 1", id="weight of the original"),
        pytest.param("share: 50", "share: 60", id="share"),
    ],
)
def test_other_weights_are_another_segment_of_the_same_test(before, after):
    first, second = variant_test(CATALOG), variant_test(CATALOG.replace(before, after))

    assert first.key != second.key
    assert first.test == second.test


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("届けましょうか", "いかが", id="text of a variant"),
        pytest.param("月に一度", "月に二度", id="text of the original"),
        pytest.param("日程を見る", "席を取る", id="text of another item"),
        pytest.param("question:", "query:", id="id"),
        pytest.param("vary-by: view", "vary-by: post", id="what it varies by"),
    ],
)
def test_other_texts_are_another_test(before, after):
    first, second = variant_test(CATALOG), variant_test(CATALOG.replace(before, after))

    assert first.key != second.key
    assert first.test != second.test


def test_where_an_item_leads_is_no_part_of_its_test():
    assert variant_test(CATALOG).key == variant_test(CATALOG.replace("/letter/", "/mail/")).key


def test_edit_of_variant_leaves_other_lines_and_their_comments():
    entry = raw_values(CATALOG)["ctas"]["newsletter"]
    variants = entry["variants"] | {"class": {"item": "class", "weight": 4}}

    after = replace_entry(CATALOG, "ctas", "newsletter", entry | {"variants": variants})

    assert after == CATALOG.replace("weight: 3", "weight: 4")


def test_the_end_of_a_test_takes_only_its_lines():
    entry = raw_values(CATALOG)["ctas"]["newsletter"]
    left = {key: own for key, own in entry.items() if key not in {"variants", "share", "vary-by"}}

    after = replace_entry(CATALOG, "ctas", "newsletter", left)

    start, end = CATALOG.index("    variants:"), CATALOG.index("  class: {heading")
    assert after == CATALOG[:start] + CATALOG[end:]
