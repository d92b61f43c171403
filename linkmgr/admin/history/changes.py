"""What a change of the catalog did to which entries, as readers know them, and putting it back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext, lazy_gettext, ngettext
from sqlalchemy import Connection

from linkmgr.admin.common.chips import named_terms
from linkmgr.admin.common.context import Admin
from linkmgr.admin.common.template_helpers import number
from linkmgr.admin.editing.forms import label_of
from linkmgr.catalog.declaration import Entries, Inner, Key, Keys
from linkmgr.catalog.editing.edit import NewValue, edit_entries
from linkmgr.catalog.editing.rewrite import slice_around
from linkmgr.catalog.keys.placing import TERMS
from linkmgr.catalog.keys.site import CATALOG
from linkmgr.catalog.reading.parse import CatalogText, checked
from linkmgr.catalog.reading.yaml.texts import raw_entry, typed
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import join_texts, message
from linkmgr.store import revisions
from linkmgr.store.revisions import Action, Entry, Recorded, Texts

# Changes of which is remembered what they did: some pages of the history.
_REMEMBERED = 500

# Characters of a value that a row of the history has room for, beside another.
_SHORT = 30


@dataclass(frozen=True, slots=True)
class ChangedEntry:
    """An entry with its values before and after a change, `None` where it was not there."""

    entry: Entry
    before: Any
    after: Any

    @property
    def name(self) -> str:
        """What readers know it by; for a mapping, what it does."""
        return name_of_entry(self.entry, self.before if self.after is None else self.after)

    @property
    def fields(self) -> list[str]:
        """The names of what changed in it, with the number of terms and items that came or went."""
        if not (isinstance(self.before, dict) and isinstance(self.after, dict)):
            return []
        return [*_fields(self.before, self.after, _keys_of(self.entry))]

    @property
    def replaced_by(self) -> str:
        """The id of the item that took the place of this one, empty where none did."""
        old, new = (state if isinstance(state, dict) else {} for state in (self.before, self.after))
        retires = "retired" in new and "retired" not in old
        return str(new["fallback"]) if retires and "fallback" in new else ""


@dataclass(frozen=True, slots=True)
class DescribedChange:
    """A row of the history with what it changed.

    `undoes` is the earlier change whose opposite it is, `undone_by` the later one that is its
    opposite, among the changes of a page.
    """

    recorded: Recorded
    entries: tuple[ChangedEntry, ...]

    in_force: bool = True
    """Whether the entries are still as it left them."""

    is_undone: bool = False
    """Whether the entries are again as they were before it."""

    undoes: Recorded | None = None
    undone_by: Recorded | None = None

    @property
    def can_undo(self) -> bool:
        """Whether there is anything to put back; later edits of it are shown first."""
        return bool(self.entries) and not (self.is_undone or self.undone_by)

    @property
    def title(self) -> str:
        """What was done to what, in a few words."""
        audit = self.recorded.audit
        if audit.action is Action.FOUND:
            return str(gettext("The catalog as linkmgr found it"))
        if audit.action is Action.REPLACED and (by := self._replacement()):
            return str(gettext("Replaced %(name)s by %(other)s", name=by[0], other=by[1]))
        if audit.action is Action.RESTORED and self._only_removes():
            return str(gettext("Removed %(name)s", name=self.names))
        action = self._entry_action() if audit.action is Action.BY_HAND else audit.action
        return str(_TITLES[action]) % {"name": self.names}

    @property
    def names(self) -> str:
        """The names of what was changed, or how many entries there are."""
        count = len(self.entries) + self.recorded.more
        if count == 1:
            (only,) = self.entries
            return only.name
        if self.recorded.audit.summary:
            return self.recorded.audit.summary
        if not count:
            return str(gettext("the file"))
        return str(ngettext("%(count)s entry", "%(count)s entries", count, count=number(count)))

    @property
    def details(self) -> str:
        """Which fields changed, or of which entries; empty where the title says it all."""
        if len(self.entries) + self.recorded.more == 1:
            return join_texts(self.entries[0].fields)
        return join_texts([entry.name for entry in self.entries])

    def _replacement(self) -> tuple[str, str] | None:
        for entry in self.entries:
            if by := entry.replaced_by:
                others = (other.name for other in self.entries if other.entry.name == by)
                return entry.name, next(others, by)
        return None

    def _only_removes(self) -> bool:
        """Whether nothing was put back: what an earlier change had added is gone."""
        return bool(self.entries) and all(changed.after is None for changed in self.entries)

    def _entry_action(self) -> Action:
        """Return what an edit of the file did, if it is of one entry that came or went."""
        if len(self.entries) + self.recorded.more != 1:
            return Action.BY_HAND
        (only,) = self.entries
        if only.before is None:
            return Action.ADDED
        return Action.DELETED if only.after is None else Action.CHANGED


_TITLES = {
    Action.ADDED: lazy_gettext("Added %(name)s"),
    Action.CHANGED: lazy_gettext("Changed %(name)s"),
    Action.RETIRED: lazy_gettext("Retired %(name)s"),
    Action.REVIVED: lazy_gettext("Showed %(name)s again"),
    Action.DELETED: lazy_gettext("Deleted %(name)s"),
    Action.REPLACED: lazy_gettext("Replaced %(name)s"),
    Action.RENAMED: lazy_gettext("Changed the id of %(name)s"),
    Action.RESTORED: lazy_gettext("Put back %(name)s"),
    Action.BY_HAND: lazy_gettext("Changed %(name)s by hand"),
}


# Names of entries and of their fields.


def name_of_entry(entry: Entry, value: Any) -> str:
    """Return what readers know an entry by, from its value; for a mapping, what it does."""
    known = value if isinstance(value, dict) else {}
    match entry.section:
        case "site":
            return str(gettext("Site: %(field)s", field=_field_name(entry.name, _keys_of(entry))))
        case "mappings":
            return _mapping_name(entry, known)
        case "blocks":
            return str(gettext("Block: %(name)s", name=known.get("heading") or entry.name))
        case "comparisons":
            return str(gettext("Comparison: %(name)s", name=known.get("heading") or entry.name))
        case "programmes":
            return str(gettext("Programme: %(name)s", name=known.get("name") or entry.name))
        case _:
            return str(known.get("title") or known.get("heading") or entry.name)


def _mapping_name(entry: Entry, value: Mapping[str, Any]) -> str:
    any_of, all_of = (
        {kind: _list(listed) for kind, listed in _dict(value.get(group)).items()}
        for group in ("any", "all")
    )
    return str(gettext("the rule of %(name)s", name=named_terms(any_of, all_of) or entry.name))


_FIELD_NAMES = {
    "title": lazy_gettext("title"),
    "blurb": lazy_gettext("blurb"),
    "author": lazy_gettext("author"),
    "maker": lazy_gettext("maker"),
    "cover": lazy_gettext("cover"),
    "image": lazy_gettext("picture"),
    "isbn": lazy_gettext("ISBN"),
    "also": lazy_gettext("further ASINs"),
    "asin": lazy_gettext("ASIN"),
    "url": lazy_gettext("address"),
    "badge": lazy_gettext("badge"),
    "rating": lazy_gettext("rating"),
    "review": lazy_gettext("review"),
    "price": lazy_gettext("price"),
    "price-at": lazy_gettext("day of the price"),
    "price-valid-from": lazy_gettext("days of the price"),
    "price-valid-until": lazy_gettext("days of the price"),
    "badge-valid-from": lazy_gettext("days of the badge"),
    "badge-valid-until": lazy_gettext("days of the badge"),
    "sales": lazy_gettext("sales"),
    "specs": lazy_gettext("specifications"),
    "pros": lazy_gettext("pros"),
    "cons": lazy_gettext("cons"),
    "comparisons": lazy_gettext("comparisons"),
    "rows": lazy_gettext("rows"),
    "ranked": lazy_gettext("ranks"),
    "shops": lazy_gettext("shops"),
    "programme": lazy_gettext("programme"),
    "code": lazy_gettext("code"),
    "heading": lazy_gettext("heading"),
    "text": lazy_gettext("sentence"),
    "label": lazy_gettext("button"),
    "utm": lazy_gettext("UTM"),
    "tag": lazy_gettext("tracking ID"),
    "valid-from": lazy_gettext("first day shown"),
    "valid-until": lazy_gettext("last day shown"),
    "retired": lazy_gettext("retired"),
    "fallback": lazy_gettext("replacement"),
    "items": lazy_gettext("items"),
    "tags": lazy_gettext("tags"),
    "categories": lazy_gettext("categories"),
    "keywords": lazy_gettext("keywords"),
    "paths": lazy_gettext("paths"),
    "weight": lazy_gettext("weight"),
    "pin": lazy_gettext("pinned"),
    "exclude": lazy_gettext("excluded"),
    "name": lazy_gettext("name"),
    "server": lazy_gettext("server"),
}


def _keys_of(entry: Entry) -> Keys | None:
    """Return the keys of an entry; `None` for a section that is no catalog's."""
    match CATALOG.by_name.get(entry.section):
        case Key(type=Entries() as declared):
            return declared.keys_of(entry.name)
        case Key(type=Inner(keys)):
            return keys
    return None


def _field_name(key: str, keys: Keys | None) -> str:
    """Return the word for a key of an entry, for want of one the label of its field."""
    declared = keys.by_name.get(key) if keys else None
    otherwise = label_of(declared) if declared and declared.label else key
    return str(_FIELD_NAMES.get(key, otherwise))


def _fields(
    before: Mapping[str, Any], after: Mapping[str, Any], keys: Keys | None
) -> Iterator[str]:
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        if key in {"any", "all"}:
            yield from _fields(_dict(old), _dict(new), TERMS)
            continue
        name = _field_name(key, keys)
        if isinstance(old, list) or isinstance(new, list):
            yield _counted(name, _list(old), _list(new))
        else:
            yield _moved(name, old, new)


def _moved(name: str, old: Any, new: Any) -> str:
    """Return the name of a field, and what it was and is where both fit into a row."""
    values = (old, new)
    if all(isinstance(value, str) and len(value) <= _SHORT for value in values):
        return str(gettext("%(field)s “%(old)s” → “%(new)s”", field=name, old=old, new=new))
    return name


def _counted(name: str, old: list[Any], new: list[Any]) -> str:
    """Return the name of a list with how many values came and went."""
    came, went = (
        len([value for value in a if value not in b]) for a, b in ((new, old), (old, new))
    )
    signs = [sign + number(count) for sign, count in (("+", came), ("−", went)) if count]
    return " ".join([name, *signs])


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


# What changes did: read from the texts before and after them, once.


def describe(
    admin: Admin, connection: Connection, rows: Sequence[Recorded]
) -> list[DescribedChange]:
    """Return rows of the history, the latest first, with what they changed.

    A change that is undone, or whose entries have changed again, is not in force any more.
    """
    read = _read_changes(admin, connection, rows)
    value = _PresentValues(admin.catalog().revision.text)
    described = []
    for row in rows:
        entries = read.get(row.id, ())
        in_force = all(value(changed.entry) == changed.after for changed in entries)
        is_undone = all(value(changed.entry) == changed.before for changed in entries)
        described.append(DescribedChange(row, entries, in_force, is_undone))
    return [*_with_opposites(described)]


def _read_changes(
    admin: Admin, connection: Connection, rows: Sequence[Recorded]
) -> dict[int, tuple[ChangedEntry, ...]]:
    """Return what each row changed in its entries, by its number; what was read is remembered."""
    known: dict[int, tuple[ChangedEntry, ...]] = admin.memory.setdefault("changes", {})
    entries = {row.id: row.audit.entries for row in rows if row.audit.entries}
    changed = {row: known[row] for row in entries if row in known}
    unread = [row for row in entries if row not in changed]
    for row, before, after in revisions.texts_around(connection, unread) if unread else ():
        changed[row] = changed_entries(before, after, entries[row])
    if len(known) >= _REMEMBERED:
        known.clear()
    known.update(changed)
    return changed


def changed_entries(
    before: str | None, after: str, entries: Iterable[Entry]
) -> tuple[ChangedEntry, ...]:
    """Return entries with their values in the texts before and after a change."""
    return tuple(
        ChangedEntry(entry, entry_in(before or "", entry), entry_in(after, entry))
        for entry in entries
    )


def entry_in(text: str, entry: Entry) -> Any:
    """Return the value of an entry of a text, all its scalars as text; `None` if it has none."""
    with suppress(LinkmgrError):
        if part := slice_around(text, entry.section, entry.name):
            return raw_entry(part.text, entry.section, entry.name)
        return raw_entry(text, entry.section, entry.name)
    return None


class _PresentValues:
    """The entries of a text, each read once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._read: dict[Entry, Any] = {}

    def __call__(self, entry: Entry) -> Any:
        if entry not in self._read:
            self._read[entry] = entry_in(self._text, entry)
        return self._read[entry]


def _with_opposites(changes: Sequence[DescribedChange]) -> Iterator[DescribedChange]:
    undoes: dict[int, Recorded] = {}
    undone: dict[int, Recorded] = {}
    for place, change in enumerate(changes):
        opposite = {(entry.entry, str(entry.after), str(entry.before)) for entry in change.entries}
        for earlier in changes[place + 1 :]:
            did = {(entry.entry, str(entry.before), str(entry.after)) for entry in earlier.entries}
            if did and did == opposite and earlier.recorded.id not in undone:
                undoes[change.recorded.id] = earlier.recorded
                undone[earlier.recorded.id] = change.recorded
                break
    for change in changes:
        number = change.recorded.id
        yield replace(
            change,
            undoes=undoes.get(number),
            undone_by=None if change.in_force else undone.get(number),
        )


# Putting a change back: its entries become as they were before it, and nothing else.


def later_edits(present: str, changes: Iterable[ChangedEntry]) -> list[tuple[ChangedEntry, Any]]:
    """Return entries that were edited after a change, and not to undo it, with what they are."""
    edited = []
    for change in changes:
        now = entry_in(present, change.entry)
        if now not in (change.before, change.after):
            edited.append((change, now))
    return edited


def put_back(present: str, texts: Texts, changed: Iterable[ChangedEntry]) -> CatalogText:
    """Return the present text of the catalog with a change's entries as they were before it.

    Raise LinkmgrError where it has none, or the outcome is no catalog.
    """
    if texts.before is None:
        raise LinkmgrError(message("admin.nothing-to-undo"))
    if texts.after == present:
        return checked(texts.before)
    changes = []
    for own in changed:
        value, entry = typed(own.before, own.entry.name), own.entry
        changes.append(NewValue(entry.section, entry.name, value, is_gone=value is None))
    if not changes:
        raise LinkmgrError(message("admin.nothing-to-undo"))
    return edit_entries(present, changes)
