"""A catalog read again where one mapping has changed is the catalog read as a whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.catalog.editing.edit import add_entry, remove_entry, replace_entry
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.messages.errors import LinkmgrError
from linkmgr.site_index.index.reparse import parse_changed_mapping
from tests.support.indexed_blogs import catalogs, edits, text_of
from tests.support.site_index import TEXT

TEA = {"any": {"tags": ["tea"], "keywords": ["oolong"]}, "items": ["green"], "weight": 2}


def read_again(old, new):
    return parse_changed_mapping(parse_catalog(old), old, new)


def order_of(catalog):
    return [*catalog.mappings]


@pytest.mark.slow
@given(data=st.data())
def test_what_is_read_again_is_what_a_whole_reading_gives(data):
    draft = data.draw(catalogs())
    old, new = text_of(draft), text_of(data.draw(edits(draft)))
    found = read_again(old, new)
    if found is not None:
        whole = parse_catalog(new)
        assert found == whole
        assert order_of(found) == order_of(whole)


@pytest.mark.parametrize(
    "new",
    [
        pytest.param(replace_entry(TEXT, "mappings", "tea", TEA), id="changed"),
        pytest.param(replace_entry(TEXT, "mappings", "bread", TEA), id="the last changed"),
        pytest.param(add_entry(TEXT, "mappings", "new", TEA), id="added"),
        pytest.param(remove_entry(TEXT, "mappings", "bread"), id="the last removed"),
        pytest.param(TEXT.replace("  bread:\n    any", "  loaf:\n    any"), id="another name"),
    ],
)
def test_a_change_of_a_mapping_needs_no_whole_reading(new):
    found = read_again(TEXT, new)
    assert found == parse_catalog(new)
    assert order_of(found) == order_of(parse_catalog(new))


@pytest.mark.parametrize(
    "new",
    [
        pytest.param(TEXT.replace("All of it", "Some of it"), id="a book"),
        pytest.param(TEXT.replace("name: Tea", "name: The Tea"), id="the site"),
        pytest.param(f"{TEXT}blocks:\n  cta: {{kind: cta}}\n", id="blocks"),
        pytest.param("", id="nothing"),
    ],
)
def test_any_other_change_does(new):
    assert read_again(TEXT, new) is None


@pytest.mark.parametrize(
    "new",
    [
        pytest.param(TEXT.replace("- bread\n    - news", "- bread\n    - nix"), id="no such item"),
        pytest.param(TEXT.replace("  bread:\n    any", "  tea:\n    any"), id="the same name"),
        pytest.param(TEXT.replace("- oolong", "- 'oolong"), id="an open quote"),
        pytest.param(TEXT.replace("- oolong", "- *oolong"), id="an alias"),
        pytest.param(TEXT.replace("    any:", "    every:"), id="an unknown key"),
    ],
)
def test_mistakes_are_left_to_the_whole_reading(new):
    with pytest.raises(LinkmgrError):
        parse_catalog(new)
    assert read_again(TEXT, new) is None
