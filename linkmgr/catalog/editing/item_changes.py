"""Changes of several items at once: retiring them, and replacing them wherever they are used."""

from collections.abc import Collection, Iterator
from typing import Any

from linkmgr.catalog.editing.edit_entries import NewValue, edit_entries
from linkmgr.catalog.items import ItemKind
from linkmgr.catalog.reading.parse import CatalogText
from linkmgr.catalog.reading.yaml.raw import raw_values, typed

_LISTS = {"mappings": ("items",), "blocks": ("items", "fallback")}
"""Where entries of a section list items."""


def retire_items(text: str, items: Collection[str], *, retired: bool = True) -> CatalogText:
    """Return a catalog's text with items retired, or shown again. Raise LinkmgrError."""
    changes = []
    for section, name, entry in _entries(text, *_sections()):
        if name in items:
            rest = {key: value for key, value in entry.items() if key != "retired"}
            value = rest | ({"retired": True} if retired else {})
            changes.append(NewValue(section, name, value))
    return edit_entries(text, changes)


def replace_items(text: str, items: Collection[str], by: str) -> CatalogText:
    """Return a catalog's text with one item in place of others, which are retired.

    Mappings, blocks and fallbacks that name one of `items` name `by`, which the front matter of
    posts then shows, too, as the fallback of what it names. Raise LinkmgrError.
    """
    changes = []
    for section, name, entry in _entries(text, *_LISTS, *_sections()):
        value = dict(entry)
        for key in _LISTS.get(section, ()):
            if key in entry:
                value[key] = _replaced(entry[key], items, by)
        if entry.get("fallback") in items and section not in _LISTS:
            value["fallback"] = by
        if name in items and section not in _LISTS:
            value |= {"retired": True, "fallback": by}
        if name == by and value.get("fallback") == by:
            del value["fallback"]
        if value != entry:
            changes.append(NewValue(section, name, value))
    return edit_entries(text, changes)


def add_to_mappings(
    text: str, mappings: Collection[str], *, items: Collection[str] = (), tags: Collection[str] = ()
) -> CatalogText:
    """Return a catalog's text with further items and tags in mappings. Raise LinkmgrError."""
    changes = []
    for section, name, entry in _entries(text, "mappings"):
        if name in mappings:
            terms = dict(entry.get("any") or {})
            value = entry | {"items": _joined(entry.get("items"), items)}
            if tags:
                value["any"] = terms | {"tags": _joined(terms.get("tags"), tags)}
            changes.append(NewValue(section, name, value))
    return edit_entries(text, changes)


def _sections() -> tuple[str, ...]:
    return tuple(kind.section for kind in ItemKind)


def _entries(text: str, *sections: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    values = typed(raw_values(text))
    for section in sections:
        entries = values.get(section)
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            if isinstance(entry, dict):
                yield section, name, entry


def _replaced(listed: Any, items: Collection[str], by: str) -> list[str]:
    return list(dict.fromkeys(by if each in items else each for each in _list(listed)))


def _joined(listed: Any, more: Collection[str]) -> list[str]:
    return list(dict.fromkeys([*_list(listed), *more]))


def _list(listed: Any) -> list[str]:
    """Return what a key lists; one text is a list of one."""
    return listed if isinstance(listed, list) else [listed] if listed else []
