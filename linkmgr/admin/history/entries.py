"""What a revision had of an entry, to be read or put into the present catalog again."""

from functools import partial

from linkmgr.catalog.editing.edit import add_entry, remove_entry, replace_entry
from linkmgr.catalog.editing.slices import slice_around
from linkmgr.catalog.editing.spans import lines_of_pair, pair_at
from linkmgr.catalog.reading.parse import CatalogText, checked
from linkmgr.catalog.reading.yaml.raw import raw_entry, typed
from linkmgr.messages.errors import LinkmgrError
from linkmgr.store.history.revisions import Entry


def lines_of_entry(text: str, entry: Entry) -> str:
    """Return the lines of an entry as a text of the catalog has them, empty where it has none."""
    window = slice_around(text, entry.section, entry.name)
    around = window.text if window else text
    try:
        found = pair_at(around, (entry.section, entry.name))
    except LinkmgrError:
        return ""
    if found is None:
        return ""
    start, end = lines_of_pair(around, found[1])
    return around[start:end]


def with_text(_: str, text: str) -> CatalogText:
    """Return a catalog's earlier text in place of its present one."""
    return checked(text)


def with_entry_of(present: str, text: str, entry: Entry) -> CatalogText:
    """Return the present text with an entry as an earlier `text` has it, or without it.

    Raise LinkmgrError, also where the earlier text was edited by hand and cannot be read.
    """
    value = typed(raw_entry(text, entry.section, entry.name), entry.name)
    there = raw_entry(present, entry.section, entry.name) is not None
    if value is None:
        if not there:
            return checked(present)
        return remove_entry(present, entry.section, entry.name)
    write = partial(replace_entry if there else add_entry, present)
    return write(entry.section, entry.name, value)
