"""Changing one entry of a catalog's text, and no other line of it.

Text in, text out. What comes out is read again: it must have the intended values and be a catalog,
or `LinkmgrError` is raised and nothing has changed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from linkmgr.catalog.editing.rewrite import with_entry, with_value, without_entry
from linkmgr.catalog.editing.slices import CatalogSlice, slice_around
from linkmgr.catalog.reading.parse import CatalogText, catalog_of, checked, tree_of
from linkmgr.catalog.reading.yaml.nodes import MappingNode, has_anchors
from linkmgr.catalog.reading.yaml.problems import ProblemCollector
from linkmgr.catalog.reading.yaml.raw import as_raw, raw_values
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message


@dataclass(frozen=True, slots=True)
class _Edit:
    """What is to become of an entry; `value` as `as_raw` gives it, `None`: it goes."""

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

    `value` is any that YAML can have: texts, numbers, dates, flags, lists and mappings of them. In
    the section `site` the entries are its keys. Raise LinkmgrError where there is such an entry.
    """
    rewrite = partial(with_entry, section=section, name=name, value=value)
    return _edited(text, _Edit(section, name, as_raw(value), rewrite, is_new=True))


def replace_entry(text: str, section: str, name: str, value: Any) -> CatalogText:
    """Return a catalog's text with another value for an entry.

    Of a mapping only the keys that differ are changed, so that its comments stay.
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
    own, found = _places(nodes, edit.section), _places(catalog, edit.section)
    times = [name for name, _ in found].count(edit.name)
    if not own or times != (edit.value is not None):
        return False
    first, line = own[0]
    return (first, part.line_in_catalog(line)) in found


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
    found = raw_values(after)
    found[edit.section] = found.get(edit.section) or {}  # `books:` alone is no book
    if found != expected:
        raise LinkmgrError(message("catalog.edit-by-hand", key=f"{edit.section}.{edit.name}"))
    return checked(after)
