"""Books, products, calls to action, mappings and comparisons, each as `catalog.yaml` has it."""

from collections import abc
from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, g, request, url_for

from linkmgr.admin.api.responses import CHANGED, Refusal, answer, body, body_object, good_catalog
from linkmgr.admin.common.context import get_admin
from linkmgr.admin.editing.edits import Change, save
from linkmgr.catalog.editing.edit import add_entry, remove_entry, replace_entry
from linkmgr.catalog.editing.edit_file import Edited
from linkmgr.catalog.items import ITEM_TYPES, Item
from linkmgr.catalog.model import Catalog, Comparison, Mapping
from linkmgr.catalog.reading.parse import CatalogText
from linkmgr.catalog.reading.yaml.texts import as_raw, raw_values, typed
from linkmgr.messages.errors import Conflict
from linkmgr.messages.message import message
from linkmgr.store.revisions import Action, Entry

SECTIONS = (*(own.section for own in ITEM_TYPES.values()), "mappings")
"""The sections whose entries programs may change."""

_READ_ONLY = "comparisons"

# How often an addition is tried while others change the catalog.
_TRIES = 20

Value = dict[str, Any]
"""The values of an entry by key."""

part = Blueprint("entries", __name__)


def named_entries(
    catalog: Catalog, section: str
) -> abc.Mapping[str, Item] | abc.Mapping[str, Mapping] | abc.Mapping[str, Comparison]:
    """Return the entries of a section by id."""
    if section == "mappings":
        return catalog.mappings
    if section == _READ_ONLY:
        return catalog.comparisons
    return {name: item for name, item in catalog.items.items() if item.section == section}


def list_entries(section: str) -> Response:
    """Return all entries of a section, in the order of the file."""
    seen = good_catalog()
    entries = [
        {"id": name, "entry": _entry(seen.revision.text, section, name)}
        for name in named_entries(seen.catalog, section)
    ]
    return answer({"revision": seen.revision.id, "entries": entries}, ETag=_tag(seen.revision.id))


def show_entry(section: str, name: str) -> Response:
    """Return an entry; its ETag is the catalog's revision."""
    seen = good_catalog()
    _find(seen.catalog, section, name)
    entry = _entry(seen.revision.text, section, name)
    return answer(entry, ETag=_tag(seen.revision.id))


def add(section: str) -> Response:
    """Add an entry at the end of a section."""
    sent = body_object(id=str, entry=dict)
    entry, value = Entry(section, sent["id"]), sent["entry"]
    seen = good_catalog()
    if entry.name in named_entries(seen.catalog, section):
        raise Refusal(409, message("api.entry-exists", name=entry.name))
    revision = _sent_revision()
    if revision is None:
        edited = _add_to_any(seen.revision.id, entry, value)
    else:
        edited = _save(revision, Action.ADDED, entry, value)
    place = url_for("entries.show_entry", section=section, name=entry.name)
    return answer(_written(value), 201, ETag=_tag(edited.revision), Location=place)


def replace(section: str, name: str) -> Response:
    """Give an entry another value."""
    value = body()
    if not isinstance(value, dict):
        raise Refusal(400, message("api.entry-not-object"))
    revision = _required_revision()
    _find(good_catalog().catalog, section, name)
    edited = _save(revision, Action.CHANGED, Entry(section, name), value)
    return answer(_written(value), ETag=_tag(edited.revision))


def remove(section: str, name: str) -> Response:
    """Delete an entry; its published links keep redirecting."""
    revision = _required_revision()
    _find(good_catalog().catalog, section, name)
    edited = _save(revision, Action.DELETED, Entry(section, name), None)
    return Response(status=204, headers={"ETag": _tag(edited.revision)})


def changed_text(text: str, entry: Entry, value: Value | None, *, is_new: bool) -> CatalogText:
    """Return a catalog's text with this value for an entry, or without it for `None`.

    Raise LinkmgrError.
    """
    if value is None:
        return remove_entry(text, entry.section, entry.name)
    return (add_entry if is_new else replace_entry)(text, entry.section, entry.name, value)


def _save(revision: str, action: Action, entry: Entry, value: Value | None) -> Edited:
    def make(text: str) -> CatalogText:
        return changed_text(text, entry, value, is_new=action is Action.ADDED)

    admin = get_admin()
    change = Change(revision, action, make, entry, _title(entry, value))
    return save(admin, change, g.user)


def _title(entry: Entry, value: Value | None) -> str:
    """Return the title of an entry for the history; a deleted one's comes from the catalog."""
    if value is None:
        present = named_entries(get_admin().catalog().catalog, entry.section).get(entry.name)
        return (
            ""
            if present is None or isinstance(present, Mapping | Comparison)
            else str(present.title)
        )
    return str(value.get("title") or value.get("heading") or "")


def _add_to_any(revision: str, entry: Entry, value: Value) -> Edited:
    """Add an entry even if the catalog was changed since: an addition overwrites nothing."""
    for _ in range(_TRIES):
        try:
            return _save(revision, Action.ADDED, entry, value)
        except Conflict as conflict:
            revision = conflict.revision
    raise Refusal(503, message("api.busy-catalog"))


def _find(catalog: Catalog, section: str, name: str) -> None:
    if name not in named_entries(catalog, section):
        raise Refusal(404, message("api.no-entry", key=f"{section}.{name}"))


def _entry(text: str, section: str, name: str) -> Value:
    return _written(_values(text)[section][name])


def _written(value: Value) -> Value:
    """Return an entry as JSON, after writing it and reading it back."""
    found: Value = typed(as_raw(value))
    return found


@lru_cache(maxsize=2)
def _values(text: str) -> dict[str, Any]:
    return raw_values(text)


def _tag(revision: str) -> str:
    return f'"{revision}"'


def _required_revision() -> str:
    revision = _sent_revision()
    if revision is None:
        raise Refusal(428, message("api.no-if-match"))
    return revision


def _sent_revision() -> str | None:
    """Return the revision that the change is based on. Raise Refusal if it is outdated.

    `*` is any revision.
    """
    if not (sent := request.if_match):
        return None
    revision = get_admin().catalog().revision.id
    if revision not in sent:  # `*` has every one
        raise Refusal(412, CHANGED)
    return revision


for _section in (*SECTIONS, _READ_ONLY):
    _of = {"section": _section}
    _one = f"/{_section}/<name>"
    part.add_url_rule(f"/{_section}", "list_entries", list_entries, defaults=_of)
    part.add_url_rule(_one, "show_entry", show_entry, defaults=_of)
    if _section == _READ_ONLY:
        continue
    part.add_url_rule(f"/{_section}", "add", add, methods=["POST"], defaults=_of)
    part.add_url_rule(_one, "replace", replace, methods=["PUT"], defaults=_of)
    part.add_url_rule(_one, "remove", remove, methods=["DELETE"], defaults=_of)
