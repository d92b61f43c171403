"""Changing several entries of a catalog's text at once, and no other line of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from linkmgr.catalog.editing.rewrite import with_entry, with_value, without_entry
from linkmgr.catalog.editing.slices import slice_around
from linkmgr.catalog.reading.parse import CatalogText, checked
from linkmgr.catalog.reading.yaml.raw import as_raw, raw_values
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message


@dataclass(frozen=True, slots=True)
class NewValue:
    """What an entry is to be, whether it is there or not; with `is_gone` it is removed.

    In the section `site` the entries are its keys.
    """

    section: str
    name: str
    value: Any = None
    is_gone: bool = False


def edit_entries(text: str, changes: Sequence[NewValue]) -> CatalogText:
    """Return a catalog's text with other values for some entries, each named once.

    What is in between need not be a catalog: only the outcome is read. Raise LinkmgrError where it
    has not the intended values or is no catalog.
    """
    before = raw_values(text)
    expected = _expected(before, changes)
    for rewrite in (_rewritten_slice, _rewritten):
        try:
            after = _applied(text, before, changes, rewrite)
            found = raw_values(after)
        except LinkmgrError:
            if rewrite is _rewritten:
                raise
            continue
        wrong = next((each for each in changes if not _is_same(found, expected, each)), None)
        if wrong is None and _without_empty(found) == _without_empty(expected):
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
    """Change the lines around an entry alone, which takes no reading of the whole text."""
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


def _is_same(found: dict[str, Any], expected: dict[str, Any], change: NewValue) -> bool:
    mine, theirs = (_entries(each, change.section) for each in (found, expected))
    return mine.get(change.name) == theirs.get(change.name)


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    """Return the sections with something in them: `books:` alone is no book."""
    return {section: entries for section, entries in values.items() if entries}


def _entries(values: dict[str, Any], section: str) -> dict[str, Any]:
    found = values.get(section)
    return found if isinstance(found, dict) else {}
