"""What linkmgr writes into a catalog is what the catalog's parser reads out of it."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.catalog.reading.emit import flow, scalar
from linkmgr.catalog.reading.parse import parse_catalog
from tests.catalog.reading.test_parse import SITE
from tests.catalog.reading.test_properties import WORDS


@given(st.lists(WORDS | st.text("魚、肉，,：", min_size=1), min_size=1))
def test_any_list_in_brackets_comes_out_of_the_catalog_as_it_went_in(words):
    text = f"{SITE}books: {{a: {{title: x, asin: B0EXAMPLE1}}}}\nmappings:\n  m:\n    items: [a]\n"

    catalog = parse_catalog(f"{text}    any: {{tags: {flow(words)}}}\n")

    assert catalog.mappings["m"].any_of.tags == tuple(words)


@pytest.mark.parametrize("length", [1, 88, 89, 2000])
def test_a_text_of_any_length_stays_whole_on_its_line(length):
    assert scalar("豆" * length) == "豆" * length


def test_a_long_list_in_flow_style_stays_on_its_line():
    words = ["豆" * 50, "粉" * 50]

    assert yaml.safe_load(flow(words)) == words
    assert flow(words).startswith("[")
