"""Books, calls to action and mappings, each entry as `catalog.yaml` has it."""

from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, g, request, url_for

from linkmgr.admin.api.responses import CHANGED, Refusal, answer, body, body_object, good_catalog
from linkmgr.admin.common.context import get_admin
from linkmgr.admin.editing.edits import Change, save
from linkmgr.catalog.editing.edit import add_entry, remove_entry, replace_entry
from linkmgr.catalog.editing.edit_file import Edited
from linkmgr.catalog.model import Book, Catalog
from linkmgr.catalog.reading.parse import CatalogText
from linkmgr.catalog.reading.raw import as_raw, raw_values
from linkmgr.messages.errors import Conflict
from linkmgr.store.history.revisions import Action, Entry

SECTIONS = ("books", "ctas", "mappings")

# Which values of an entry are no texts.
_FLAGS = {"retired", "pin", "exclude"}
_NUMBERS = {"weight"}

# So many others may be quicker with theirs before an addition is given up.
_TRIES = 20

Value = dict[str, Any]
"""What an entry says: texts, lists and so on by key."""

part = Blueprint("entries", __name__)


def list_entries(section: str) -> Response:
    """Return all entries of a section, in the order of the file."""
    seen = good_catalog()
    entries = [
        {"id": name, "entry": _entry(seen.revision.text, section, name)}
        for name in getattr(seen.catalog, section)
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
    if entry.name in getattr(seen.catalog, section):
        raise Refusal(409, f"{entry.name}: is there already: change it with PUT.")
    revision = _asked_revision()
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
        raise Refusal(400, "The body must be the entry, an object.")
    revision = _needed_revision()
    _find(good_catalog().catalog, section, name)
    edited = _save(revision, Action.CHANGED, Entry(section, name), value)
    return answer(_written(value), ETag=_tag(edited.revision))


def remove(section: str, name: str) -> Response:
    """Delete an entry; links that were published lead on."""
    revision = _needed_revision()
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
    """Return what an entry is called, for the history; one that goes as the catalog has it."""
    if value is None:
        found = getattr(get_admin().catalog().catalog, entry.section).get(entry.name)
        return found.title if isinstance(found, Book) else getattr(found, "heading", "")
    return str(value.get("title") or value.get("heading") or "")


def _add_to_any(revision: str, entry: Entry, value: Value) -> Edited:
    """Add an entry, be the catalog changed meanwhile: an addition overwrites nothing."""
    for _ in range(_TRIES):
        try:
            return _save(revision, Action.ADDED, entry, value)
        except Conflict as conflict:
            revision = conflict.revision
    raise Refusal(503, "The catalog is being changed all the time: try again in a moment.")


def _find(catalog: Catalog, section: str, name: str) -> None:
    if name not in getattr(catalog, section):
        raise Refusal(404, f"{section}.{name}: is not in the catalog.")


def _entry(text: str, section: str, name: str) -> Value:
    return _written(_said(text)[section][name])


def _written(value: Value) -> Value:
    """Return an entry as JSON has it, once it is written and read again."""
    return {key: _typed(key, as_raw(own)) for key, own in value.items()}


@lru_cache(maxsize=2)
def _said(text: str) -> dict[str, Any]:
    return raw_values(text)


def _typed(key: str, value: Any) -> Any:
    if key in _FLAGS:
        return value.lower() in {"true", "yes", "on"}
    if key in _NUMBERS:
        return int(value) if value.isdigit() else float(value)
    return value


def _tag(revision: str) -> str:
    return f'"{revision}"'


def _needed_revision() -> str:
    revision = _asked_revision()
    if revision is None:
        raise Refusal(428, "Send If-Match with the ETag that you got when you read the entry.")
    return revision


def _asked_revision() -> str | None:
    """Return the revision that the change was made from. Raise Refusal where it is another one.

    `*` stands for whichever it is.
    """
    if not (asked := request.if_match):
        return None
    revision = get_admin().catalog().revision.id
    if revision not in asked:  # which every one is in `*`
        raise Refusal(412, CHANGED)
    return revision


for _section in SECTIONS:
    _of = {"section": _section}
    part.add_url_rule(f"/{_section}", "list_entries", list_entries, defaults=_of)
    part.add_url_rule(f"/{_section}", "add", add, methods=["POST"], defaults=_of)
    _one = f"/{_section}/<name>"
    part.add_url_rule(_one, "show_entry", show_entry, defaults=_of)
    part.add_url_rule(_one, "replace", replace, methods=["PUT"], defaults=_of)
    part.add_url_rule(_one, "remove", remove, methods=["DELETE"], defaults=_of)
