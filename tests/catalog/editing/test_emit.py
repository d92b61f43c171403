"""What linkmgr writes into a catalog is what the catalog's parser reads out of it."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.catalog.reading.yaml.emit import flow, lines_of, scalar
from tests.catalog.reading.test_parse import SITE
from tests.catalog.reading.test_properties import WORDS


@given(st.lists(WORDS | st.text("魚、肉，,：", min_size=1), min_size=1))
def test_any_list_in_brackets_comes_out_of_catalog_as_it_went_in(words):
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


@given(st.text("ab <>\"'#:-|{%\n\t豆", min_size=1))
def test_a_text_of_several_lines_comes_out_as_it_went_in(text):
    block = "\n".join(lines_of({"books": {"code": text, "title": "x"}}))
    assert yaml.safe_load(block)["books"] == {"code": text, "title": "x"}
    assert yaml.safe_load(flow({"code": text})) == {"code": text}


def test_lines_of_code_stand_below_each_other():
    code = "<a href=\"https://a.example/?a=1#b\">x</a>\n<img src='y'>"
    written = lines_of({"code": code})
    assert written == ["code: |-", *(f"  {line}" for line in code.split("\n"))]
