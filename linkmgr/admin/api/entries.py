"""The entries of the catalog, each with the keys that `catalog.yaml` has for it."""

from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, g, request, url_for

from linkmgr.admin.api.description import SECTIONS
from linkmgr.admin.api.responses import CHANGED, Refusal, answer, body, good_catalog
from linkmgr.admin.common.context import get_admin
from linkmgr.admin.editing.edits import Change, save
from linkmgr.catalog.editing.edit import NewValue, edit_entries
from linkmgr.catalog.editing.edit_file import Edited
from linkmgr.catalog.keys.site import entries_of
from linkmgr.catalog.reading.yaml.texts import as_raw, raw_values, typed
from linkmgr.messages.errors import Conflict
from linkmgr.messages.message import message
from linkmgr.store.revisions import Action, Entry

# How often a change that any revision may get (`If-Match: *`) is tried while others save theirs.
_TRIES = 20

blueprint = Blueprint("entries", __name__)


def list_entries(section: str) -> Response:
    """Return all entries of a section, in the order of the file."""
    revision = good_catalog().revision
    entries = [
        {"id": name, "entry": _as_json(value)}
        for name, value in _entries(revision.text, section).items()
    ]
    return answer({"revision": revision.id, "entries": entries}, ETag=_tag(revision.id))


def show_entry(section: str, name: str) -> Response:
    """Return an entry; its ETag is the catalog's revision."""
    revision = good_catalog().revision
    entries = _entries(revision.text, section)
    if name not in entries:
        raise Refusal(404, message("api.no-entry", key=f"{section}.{name}"))
    return answer(_as_json(entries[name]), ETag=_tag(revision.id))


def put_entry(section: str, name: str) -> Response:
    """Write an entry, at the end of its section if it is new."""
    value = body()
    if not isinstance(value, dict) and not (value is None and entries_of(section).may_be_nothing):
        raise Refusal(400, message("api.entry-not-object"))
    action, edited = _save(NewValue(section, name, value))
    written, tag = _as_json(as_raw(value)), _tag(edited.revision)
    if action is Action.CHANGED:
        return answer(written, ETag=tag)
    place = url_for("entries.show_entry", section=section, name=name)
    return answer(written, 201, ETag=tag, Location=place)


def delete_entry(section: str, name: str) -> Response:
    """Delete an entry; its published links keep redirecting."""
    _, edited = _save(NewValue(section, name, is_gone=True))
    return Response(status=204, headers={"ETag": _tag(edited.revision)})


def _save(change: NewValue) -> tuple[Action, Edited]:
    """Save a change of one entry as the forms do; return its action too. Raise Refusal."""
    sent = request.if_match
    if not sent:
        raise Refusal(428, message("api.no-if-match"))
    for _ in range(_TRIES):
        revision = good_catalog().revision
        if revision.id not in sent:  # `*` has every one
            raise Refusal(412, CHANGED)
        present = _entries(revision.text, change.section)
        action = _action(change, present)
        titled = present.get(change.name) if change.is_gone else change.value
        catalog_change = Change(
            revision.id,
            action,
            lambda text: edit_entries(text, [change]),
            Entry(change.section, change.name),
            _title(titled),
        )
        try:
            return action, save(get_admin(), catalog_change, g.user)
        except Conflict:  # another change came first
            continue
    raise Refusal(503, message("api.busy-catalog"))


def _action(change: NewValue, present: dict[str, Any]) -> Action:
    """Return what a change does to a section that has these entries. Raise Refusal."""
    if not change.is_gone:
        return Action.CHANGED if change.name in present else Action.ADDED
    if change.name not in present:
        raise Refusal(404, message("api.no-entry", key=f"{change.section}.{change.name}"))
    return Action.DELETED


def _title(entry: Any) -> str:
    """Return the title of an entry for the history, empty for one without."""
    if isinstance(entry, dict):
        for key in ("title", "heading", "name"):
            if entry.get(key):
                return str(entry[key])
    return ""


def _entries(text: str, section: str) -> dict[str, Any]:
    """Return the entries of a section, all scalars as text."""
    entries = _values(text).get(section)
    return entries if isinstance(entries, dict) else {}


@lru_cache(maxsize=2)
def _values(text: str) -> dict[str, Any]:
    return raw_values(text)


def _as_json(raw: Any) -> Any:
    """Return an entry as JSON has it; a block without any key is null."""
    return typed(raw) or None


def _tag(revision: str) -> str:
    return f'"{revision}"'


for _section in SECTIONS:
    _list, _entry = f"/{_section}", f"/{_section}/<name>"
    _given = {"section": _section}
    blueprint.add_url_rule(_list, "list_entries", list_entries, defaults=_given)
    blueprint.add_url_rule(_entry, "show_entry", show_entry, defaults=_given)
    blueprint.add_url_rule(_entry, "put_entry", put_entry, methods=["PUT"], defaults=_given)
    blueprint.add_url_rule(
        _entry, "delete_entry", delete_entry, methods=["DELETE"], defaults=_given
    )
