"""Changes to entries in a catalog's text that leave every other line as it is.

Text in, text out. What comes out is read again: it must have the intended values and be a catalog,
or `LinkmgrError` is raised and nothing has changed.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from linkmgr.catalog.editing.rewrite import (
    CatalogSlice,
    slice_around,
    with_entry,
    with_value,
    without_entry,
)
from linkmgr.catalog.items import ItemKind
from linkmgr.catalog.reading.parse import CatalogText, catalog_of, checked, tree_of
from linkmgr.catalog.reading.yaml.nodes import MappingNode, ProblemCollector, has_anchors
from linkmgr.catalog.reading.yaml.texts import as_raw, raw_values, typed
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message


@dataclass(frozen=True, slots=True)
class _Edit:
    """A change to an entry; `value` as `as_raw` gives it, `None` to remove it."""

    section: str
    name: str
    value: Any
    rewrite: Callable[[str], str]
    is_new: bool = False

    def expected(self, before: dict[str, Any]) -> dict[str, Any]:
        """Return the values that a catalog must have afterwards."""
        entries = before.get(self.section) or {}
        if not isinstance(entries, dict):
            return before
        others = {name: value for name, value in entries.items() if name != self.name}
        own = {} if self.value is None else {self.name: self.value}
        return {**before, self.section: others | own}


def add_entry(text: str, section: str, name: str, value: Any) -> CatalogText:
    """Return a catalog's text with a new entry at the end of a section, which it makes if needed.

    `value` is any YAML value: texts, numbers, dates, flags, lists and mappings of them. In
    the section `site` the entries are its keys. Raise LinkmgrError if the entry exists.
    """
    rewrite = partial(with_entry, section=section, name=name, value=value)
    return _edited(text, _Edit(section, name, as_raw(value), rewrite, is_new=True))


def replace_entry(text: str, section: str, name: str, value: Any) -> CatalogText:
    """Return a catalog's text with another value for an entry.

    In a mapping only the differing keys change, so that its comments stay.
    """
    rewrite = partial(with_value, section=section, name=name, value=value)
    return _edited(text, _Edit(section, name, as_raw(value), rewrite))


def remove_entry(text: str, section: str, name: str) -> CatalogText:
    """Return a catalog's text without an entry, and without one of two empty lines around it."""
    rewrite = partial(without_entry, section=section, name=name)
    return _edited(text, _Edit(section, name, None, rewrite))


def _edited(text: str, edit: _Edit) -> CatalogText:
    quick = _edited_slice(text, edit)
    return _edited_whole(text, edit) if quick is None else quick


def _edited_slice(text: str, edit: _Edit) -> CatalogText | None:
    """Edit only the lines around the entry and read the whole once, `None` where that won't do.

    Why the rest keeps its values: the new text, read as a whole, shows where the slice
    begins that an entry of the section is due there. YAML reads from the top, so this was so in
    the old text too. Old slice and new one are complete, for each can be read alone, and what
    follows begins at a key or at the end of the file: it is read on from the same state. Only an
    anchor reaches further, and there is none in the slice.
    """
    part = slice_around(text, edit.section, None if edit.is_new else edit.name)
    if part is None:
        return None
    problems = ProblemCollector("catalog.yaml")
    try:
        changed = edit.rewrite(part.text)
        after = part.put_back(changed)
        if after is None or not _is_as_intended(part, changed, edit):
            return None
        tree = tree_of(after, problems)
        in_place = _is_in_place(tree, part, tree_of(changed, problems), edit)
        problems.finish()
    except LinkmgrError:
        return None  # editing the whole reports what is wrong
    if not in_place:
        return None
    return CatalogText(after, catalog_of(tree, problems))


def _is_as_intended(part: CatalogSlice, changed: str, edit: _Edit) -> bool:
    """Whether a slice has the entries that it seems to have, and changed the intended values."""
    before = raw_values(part.text)
    return (
        [*(before.get(edit.section) or ())] == part.names
        and raw_values(changed) == edit.expected(before)
        and not has_anchors(part.text)
    )


def _is_in_place(catalog: MappingNode, part: CatalogSlice, nodes: MappingNode, edit: _Edit) -> bool:
    """Whether a slice's first entry is in its section, and the edited one there once or gone."""
    own, places = _places(nodes, edit.section), _places(catalog, edit.section)
    times = [name for name, _ in places].count(edit.name)
    if not own or times != (edit.value is not None):
        return False
    first, line = own[0]
    return (first, part.line_in_catalog(line)) in places


def _places(tree: MappingNode, section: str) -> list[tuple[str, int]]:
    """Return names and lines of the entries of a section, if it is there once."""
    nodes = [node for name, node in tree.pairs if name.text == section]
    if len(nodes) != 1 or not isinstance(nodes[0], MappingNode) or nodes[0].flow:
        return []
    return [(name.text, name.line) for name, _ in nodes[0].pairs]


def _edited_whole(text: str, edit: _Edit) -> CatalogText:
    """Edit a text of any form, and read all of it before and after."""
    after = edit.rewrite(text)
    expected = edit.expected(raw_values(text))
    values = raw_values(after)
    values[edit.section] = values.get(edit.section) or {}  # `books:` alone is no book
    if values != expected:
        raise LinkmgrError(message("catalog.edit-by-hand", key=f"{edit.section}.{edit.name}"))
    return checked(after)


# Several entries at once.


@dataclass(frozen=True, slots=True)
class NewValue:
    """An entry's new value, whether it exists or not; with `is_gone` it is removed.

    In the section `site` the entries are its keys.
    """

    section: str
    name: str
    value: Any = None
    is_gone: bool = False


def edit_entries(text: str, changes: Sequence[NewValue]) -> CatalogText:
    """Return a catalog's text with other values for some entries, each named once.

    What is in between need not be a catalog: only the outcome is read. Raise LinkmgrError if it
    lacks the intended values or is no catalog.
    """
    before = raw_values(text)
    expected = _expected(before, changes)
    for rewrite in (_rewritten_slice, _rewritten):
        try:
            after = _applied(text, before, changes, rewrite)
            values = raw_values(after)
        except LinkmgrError:
            if rewrite is _rewritten:
                raise
            continue
        wrong = next((change for change in changes if not _is_same(values, expected, change)), None)
        if wrong is None and _without_empty(values) == _without_empty(expected):
            return checked(after)
    named = wrong or changes[0]
    raise LinkmgrError(message("catalog.edit-by-hand", key=f"{named.section}.{named.name}"))


def _applied(
    text: str,
    before: dict[str, Any],
    changes: Sequence[NewValue],
    rewrite: Callable[[str, NewValue, bool], str],
) -> str:
    for change in changes:
        text = rewrite(text, change, change.name in _entries(before, change.section))
    return text


def _rewritten(text: str, change: NewValue, exists: bool) -> str:  # noqa: FBT001 - as of a callable
    section, name = change.section, change.name
    if change.is_gone:
        return without_entry(text, section, name) if exists else text
    write = with_value if exists else with_entry
    return write(text, section, name, change.value)


def _rewritten_slice(text: str, change: NewValue, exists: bool) -> str:  # noqa: FBT001
    """Change only the lines around an entry, without reading the whole text."""
    part = slice_around(text, change.section, change.name if exists else None)
    after = part.put_back(_rewritten(part.text, change, exists)) if part else None
    return _rewritten(text, change, exists) if after is None else after


def _expected(before: dict[str, Any], changes: Sequence[NewValue]) -> dict[str, Any]:
    """Return the values that a catalog must have afterwards."""
    after = dict(before)
    for change in changes:
        entries = _entries(after, change.section)
        others = {name: value for name, value in entries.items() if name != change.name}
        own = {} if change.is_gone else {change.name: as_raw(change.value)}
        after[change.section] = others | own
    return after


def _is_same(values: dict[str, Any], expected: dict[str, Any], change: NewValue) -> bool:
    mine, theirs = _entries(values, change.section), _entries(expected, change.section)
    return mine.get(change.name) == theirs.get(change.name)


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    """Return the sections with something in them: `books:` alone is no book."""
    return {section: entries for section, entries in values.items() if entries}


def _entries(values: dict[str, Any], section: str) -> dict[str, Any]:
    entries = values.get(section)
    return entries if isinstance(entries, dict) else {}


# Several items at once, and all that names them.

_LISTS = {"mappings": ("items",), "comparisons": ("items",), "blocks": ("items", "fallback")}
"""Where entries of a section list items."""


def retire_items(text: str, items: Collection[str], *, retired: bool = True) -> CatalogText:
    """Return a catalog's text with items retired, or shown again. Raise LinkmgrError."""
    changes = []
    for section, name, entry in _typed_entries(text, *_sections()):
        if name in items:
            rest = {key: value for key, value in entry.items() if key != "retired"}
            value = rest | ({"retired": True} if retired else {})
            changes.append(NewValue(section, name, value))
    return edit_entries(text, changes)


def replace_items(text: str, items: Collection[str], by: str) -> CatalogText:
    """Return a catalog's text with one item in place of others, which are retired.

    Mappings, blocks and fallbacks name `by` in place of `items`; front matter that names one
    of those shows `by` as its fallback. Raise LinkmgrError.
    """
    changes = []
    for section, name, entry in _typed_entries(text, *_LISTS, *_sections()):
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
    for section, name, entry in _typed_entries(text, "mappings"):
        if name in mappings:
            terms = dict(entry.get("any") or {})
            value = entry | {"items": _joined(entry.get("items"), items)}
            if tags:
                value["any"] = terms | {"tags": _joined(terms.get("tags"), tags)}
            changes.append(NewValue(section, name, value))
    return edit_entries(text, changes)


def _sections() -> tuple[str, ...]:
    return tuple(kind.section for kind in ItemKind)


def _typed_entries(text: str, *sections: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the entries of sections that are mappings, each with its section and its name."""
    values = typed(raw_values(text))
    for section in sections:
        entries = values.get(section)
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            if isinstance(entry, dict):
                yield section, name, entry


def _replaced(listed: Any, items: Collection[str], by: str) -> list[str]:
    return list(dict.fromkeys(by if item in items else item for item in _list(listed)))


def _joined(listed: Any, more: Collection[str]) -> list[str]:
    return list(dict.fromkeys([*_list(listed), *more]))


def _list(listed: Any) -> list[str]:
    """Return the texts of a key that has a list, or one text."""
    if isinstance(listed, list):
        return listed
    return [listed] if listed else []
