"""Items are retired, replaced and mapped together, and no other line of the catalog changes."""

from linkmgr.catalog.editing.edit import add_to_mappings, replace_items, retire_items
from tests.catalog.editing.test_edit import changed_lines

TEXT = """\
site: {name: Blog, url: https://blog.example}
ctas:
  old: # the first
    heading: Old
    label: l
    url: /old
  other:
    heading: Other
    label: l
    url: /other
    fallback: old
  new:
    heading: New
    label: l
    url: /new
    fallback: old
mappings:
  one:
    any: {tags: [a]} # ours
    items: [other, old]
    weight: 1.5
  two:
    any: {tags: [b]}
    items: [old, new]
  three:
    any: {tags: [c]}
    items: [other]
blocks:
  cta:
    items: [old, other]
    fallback: [old]
"""


def test_an_item_is_replaced_wherever_it_is_used_and_retired():
    after = replace_items(TEXT, ["old"], "new")
    catalog = after.catalog
    items = {name: mapping.items for name, mapping in catalog.mappings.items()}
    assert items == {"one": ("other", "new"), "two": ("new",), "three": ("other",)}
    assert [(block.items, block.fallback) for block in catalog.blocks] == [
        (("new", "other"), ("new",))
    ]
    fallbacks = {name: cta.fallback for name, cta in catalog.ctas.items()}
    assert fallbacks == {"old": "new", "other": "new", "new": None}
    assert [name for name, cta in catalog.ctas.items() if cta.retired] == ["old"]
    assert "# the first" in after
    assert "any: {tags: [a]} # ours" in after


def test_several_items_are_replaced_by_one_that_is_named_once():
    catalog = replace_items(TEXT, ["old", "other"], "new").catalog
    assert {mapping.items for mapping in catalog.mappings.values()} == {("new",)}
    assert [name for name, cta in catalog.ctas.items() if cta.retired] == ["old", "other"]


def test_items_are_retired_and_shown_again():
    retired = retire_items(TEXT, ["old", "other"])
    gone, come = changed_lines(TEXT, retired)
    assert (gone, come) == ([], ["    retired: true\n"] * 2)
    assert retire_items(retired, ["old", "other"], retired=False) == TEXT


def test_mappings_get_items_and_tags_that_they_have_not():
    catalog = add_to_mappings(TEXT, ["one", "two"], items=["new"], tags=["a"]).catalog
    assert [(m.items, m.any_of.tags) for m in catalog.mappings.values()] == [
        (("other", "old", "new"), ("a",)),
        (("old", "new"), ("b", "a")),
        (("other",), ("c",)),
    ]
