"""What a form holds is read as the catalog would read it, whatever is typed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.admin.items.forms import raw_item, read_item
from linkmgr.admin.items.preview import card
from linkmgr.catalog.editing.edit import replace_entry
from linkmgr.catalog.items import BOOK, CTA, PRODUCT, ItemKind
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.catalog.reading.yaml.texts import raw_entry
from linkmgr.messages.errors import LinkmgrError

TEXT = """
site: {name: a, url: https://blog.example}
books:
  one:
    title: 一
    asin: "4999999005"  # the first

  two:
    title: 二
    isbn: 978-4-9999990-1-9
    fallback: one
products:
  kettle:
    title: やかん
    asin: B000000001
    maker: 水面製作所
    image: /kettle.jpg
    shops: [{preset: kindle, url: "https://www.amazon.co.jp/dp/B000000002/"}]
ctas:
  letter:
    heading: h
    label: l
    url: /letter/
    utm: {source: a, medium: email, campaign: c}
"""
CATALOG = parse_catalog(TEXT)
NO_SITE = Path("no-such-site")

typed = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
values = {
    ItemKind.BOOKS: st.dictionaries(
        st.sampled_from(sorted({*BOOK.names} - {"shops", "retired", "variants"})), typed
    ),
    ItemKind.PRODUCTS: st.dictionaries(
        st.sampled_from(sorted({*PRODUCT.names} - {"shops", "retired", "variants"})), typed
    ),
    ItemKind.CTA: st.dictionaries(
        st.sampled_from(sorted({*CTA.names} - {"utm", "retired", "variants"})), typed
    ),
}


@pytest.mark.parametrize(
    ("kind", "item"),
    [
        (ItemKind.BOOKS, "one"),
        (ItemKind.BOOKS, "two"),
        (ItemKind.PRODUCTS, "kettle"),
        (ItemKind.CTA, "letter"),
    ],
)
def test_an_entry_is_read_as_the_whole_catalog_has_it(kind, item):
    stated = raw_item(TEXT, kind, item)
    assert stated == raw_entry(TEXT, kind.section, item)
    found, problems = read_item(CATALOG, kind, item, stated)
    assert problems == ()
    assert found == CATALOG.items[item]


def test_an_entry_that_is_not_there_says_nothing():
    assert raw_item(TEXT, ItemKind.BOOKS, "letter") == {}


@pytest.mark.parametrize("kind", values)
@given(data=st.data())
def test_anything_typed_is_read_or_reported_as_the_catalog_does(kind, data):
    value = data.draw(values[kind])
    item = "one" if kind is ItemKind.BOOKS else "letter"
    found, problems = read_item(CATALOG, kind, item, value)
    try:
        after = parse_catalog(replace_entry(TEXT, kind.section, item, value))
    except LinkmgrError:
        assert problems or value.get("fallback") == "two"  # a ring that only the whole shows
    else:
        assert problems == ()
        assert after.items[item] == found


@pytest.mark.parametrize("kind", values)
@given(data=st.data())
def test_whatever_is_typed_has_a_card(kind, data):
    found, _ = read_item(CATALOG, kind, "one", data.draw(values[kind]))
    assert "linkmgr-card" in card(CATALOG, found, NO_SITE)
