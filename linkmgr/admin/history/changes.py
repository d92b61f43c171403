"""What a change of the catalog did to its entries, in words, and putting it back."""

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

# The size of the cache of what changes did: some pages of the history.
_MOST_REMEMBERED = 500

# The longest value that a row of the history has room for, beside another.
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
        value = self.before if self.after is None else self.after
        return name_of_entry(self.entry, value)

    @property
    def fields(self) -> list[str]:
        """The names of what changed in it, with the number of terms and items that came or went."""
        if not (isinstance(self.before, dict) and isinstance(self.after, dict)):
            return []
        return list(_fields(self.before, self.after, _keys_of(self.entry)))

    @property
    def replaced_by(self) -> str:
        """The id of the item that took the place of this one, empty where none did."""
        before, after = _dict(self.before), _dict(self.after)
        is_retired = "retired" in after and "retired" not in before
        return str(after["fallback"]) if is_retired and "fallback" in after else ""


@dataclass(frozen=True, slots=True)
class DescribedChange:
    """A row of the history with what it changed."""

    recorded: Recorded
    entries: tuple[ChangedEntry, ...]

    in_force: bool = True
    """Whether the entries are still as it left them."""

    is_undone: bool = False
    """Whether the entries are again as they were before it."""

    undoes: Recorded | None = None
    """The earlier change whose opposite it is, if that is on the same page."""

    undone_by: Recorded | None = None
    """The later change that is its opposite, if that is on the same page."""

    @property
    def can_undo(self) -> bool:
        """Whether there is anything to put back."""
        return bool(self.entries) and not (self.is_undone or self.undone_by)

    @property
    def title(self) -> str:
        """What was done to what, in a few words."""
        audit = self.recorded.audit
        if audit.action is Action.FOUND:
            return str(gettext("The catalog as linkmgr found it"))
        replacement = self._replacement() if audit.action is Action.REPLACED else None
        if replacement:
            name, other = replacement
            return str(gettext("Replaced %(name)s by %(other)s", name=name, other=other))
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
        """Return the names of the item that was replaced, and of the one in its place."""
        for changed in self.entries:
            if changed.replaced_by:
                names = [own.name for own in self.entries if own.entry.name == changed.replaced_by]
                return changed.name, names[0] if names else changed.replaced_by
        return None

    def _only_removes(self) -> bool:
        """Whether nothing was put back: what an earlier change had added is gone."""
        return bool(self.entries) and all(changed.after is None for changed in self.entries)

    def _entry_action(self) -> Action:
        """Return what an edit by hand did to its entry, or that it changed several."""
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
    name = named_terms(_term_lists(value.get("any")), _term_lists(value.get("all")))
    return str(gettext("the rule of %(name)s", name=name or entry.name))


def _term_lists(terms: Any) -> dict[str, list[Any]]:
    return {kind: _list(texts) for kind, texts in _dict(terms).items()}


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
    """Return the keys of an entry, `None` for an unknown section."""
    match CATALOG.by_name.get(entry.section):
        case Key(type=Entries() as declared):
            return declared.keys_of(entry.name)
        case Key(type=Inner(keys)):
            return keys
    return None


def _field_name(key: str, keys: Keys | None) -> str:
    """Return the word for a key of an entry, or else the label of its field."""
    if key in _FIELD_NAMES:
        return str(_FIELD_NAMES[key])
    declared = keys.by_name.get(key) if keys else None
    return str(label_of(declared)) if declared and declared.label else key


def _fields(
    before: Mapping[str, Any], after: Mapping[str, Any], keys: Keys | None
) -> Iterator[str]:
    """Yield the names of the fields in which two entries differ, with what changed."""
    for key in dict.fromkeys([*before, *after]):
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
    if isinstance(old, str) and isinstance(new, str) and max(len(old), len(new)) <= _SHORT:
        return str(gettext("%(field)s “%(old)s” → “%(new)s”", field=name, old=old, new=new))
    return name


def _counted(name: str, old: list[Any], new: list[Any]) -> str:
    """Return the name of a list with how many values came and went."""
    came = [value for value in new if value not in old]
    went = [value for value in old if value not in new]
    words = [name]
    if came:
        words.append(f"+{number(len(came))}")
    if went:
        words.append(f"−{number(len(went))}")
    return " ".join(words)


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


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
    return list(_with_opposites(described))


def _read_changes(
    admin: Admin, connection: Connection, rows: Sequence[Recorded]
) -> dict[int, tuple[ChangedEntry, ...]]:
    """Return what each row changed in its entries, by its number; what was read is remembered."""
    known: dict[int, tuple[ChangedEntry, ...]] = admin.memory.setdefault("changes", {})
    entries = {row.id: row.audit.entries for row in rows if row.audit.entries}
    changed = {row: known[row] for row in entries if row in known}
    unread = [row for row in entries if row not in changed]
    if unread:
        for row, before, after in revisions.texts_around(connection, unread):
            changed[row] = changed_entries(before, after, entries[row])
    if len(known) >= _MOST_REMEMBERED:
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
        window = slice_around(text, entry.section, entry.name)
        text = window.text if window else text
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
    """Yield changes, the latest first, with those among them that undo each other."""
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
    """Return entries that were edited after a change, other than to undo it, as they are now."""
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
    for changed_entry in changed:
        entry = changed_entry.entry
        value = typed(changed_entry.before, entry.name)
        changes.append(NewValue(entry.section, entry.name, value, is_gone=value is None))
    if not changes:
        raise LinkmgrError(message("admin.nothing-to-undo"))
    return edit_entries(present, changes)
