"""Entries of items: read from the catalog's text, or made of the values of a form."""

from collections.abc import Mapping as MappingOf
from typing import Any, Final

from linkmgr.catalog.editing.slices import slice_around
from linkmgr.catalog.items import Book, Cta, Item, ItemKind, Product
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.ids import References, entries
from linkmgr.catalog.reading.items import ITEM_KEYS, ItemReader
from linkmgr.catalog.reading.parse import tree_of
from linkmgr.catalog.reading.tags import TagReader
from linkmgr.catalog.reading.yaml.emit import lines_of
from linkmgr.catalog.reading.yaml.nodes import MappingNode
from linkmgr.catalog.reading.yaml.problems import ProblemCollector
from linkmgr.catalog.reading.yaml.raw import raw_entry, raw_values
from linkmgr.catalog.reading.yaml.section import open_section
from linkmgr.catalog.reading.yaml.texts import joined
from linkmgr.messages.errors import LinkmgrError, Problem, Problems

_NOTHING: Final[dict[ItemKind, Item]] = {
    ItemKind.BOOKS: Book("item", "", asin=""),
    ItemKind.PRODUCTS: Product("item", "", asin=""),
    ItemKind.CTA: Cta("item", "", "", ""),
}


def raw_item(text: str, kind: ItemKind, item: str) -> dict[str, Any]:
    """Return the entry of an item, all its scalars as text; empty if there is none."""
    section = kind.section
    entry: Any = None
    # Reading the whole would take a second for 2,000 items, the lines around one take 5 ms.
    if window := slice_around(text, section, item):
        try:
            entry = (raw_values(window.text).get(section) or {}).get(item)
        except LinkmgrError:  # the lines were not the entry
            entry = None
    if entry is None:
        entry = raw_entry(text, section, item)
    return entry if isinstance(entry, dict) else {}


def read_item(
    catalog: Catalog, kind: ItemKind, item: str, value: MappingOf[str, Any]
) -> tuple[Item, tuple[Problem, ...]]:
    """Return the item that an entry of this value would be, and the entry's problems.

    Invalid values are left out of the item. Of the rest of the catalog only ids and programmes
    count.
    """
    fallback: str = value.get("fallback", "")
    parts: dict[str, dict[str, Any]] = {
        **{
            each.section: {fallback: {}} if fallback in catalog.section(each) else {}
            for each in ItemKind
        },
        "programmes": {name: {} for name in catalog.programmes},
    }
    section = kind.section
    parts[section][item] = value
    problems = ProblemCollector("catalog.yaml")
    try:
        return _read(catalog, kind, item, tree_of("\n".join(lines_of(parts)), problems), problems)
    except Problems as broken:  # odd characters, which YAML does not take
        return _NOTHING[kind], broken.problems


def _read(
    catalog: Catalog, kind: ItemKind, item: str, tree: MappingNode, problems: ProblemCollector
) -> tuple[Item, tuple[Problem, ...]]:
    parts = {name.text: node for name, node in tree.pairs}
    items = {each: parts[each.section] for each in ItemKind}
    names = References(problems, items, parts["programmes"])
    tags = TagReader(catalog.programmes, names)
    reader = ItemReader(catalog.programmes, names, catalog.profiles, tags)
    section = kind.section
    found = _NOTHING[kind]
    for name, line, node in entries(problems, section, parts[section]):
        own = (
            open_section(problems, joined(section, name), line, node, ITEM_KEYS[kind])
            if name == item
            else None
        )
        if own:
            found = reader.reader_of(kind)(name, own)
    try:
        problems.finish()
    except Problems as broken:
        return found, broken.problems
    return found, ()
