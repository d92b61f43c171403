"""Books, calls to action and mappings, each entry as `catalog.yaml` has it."""

from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, g, request, url_for

from linkmgr.admin.api_answers import CHANGED, Refusal, answer, body, body_object, good_catalog
from linkmgr.admin.base import get_admin
from linkmgr.admin.edits import Change, save
from linkmgr.catalog.edit import add_entry, remove_entry, replace_entry
from linkmgr.catalog.edit_file import Edited
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.parse import CatalogText
from linkmgr.catalog.plain import said_by
from linkmgr.errors import Conflict
from linkmgr.store.revisions import Action, Entry

SECTIONS = ("books", "ctas", "mappings")

# Which values of an entry are no texts.
_FLAGS = {"retired", "pin", "exclude"}
_NUMBERS = {"weight"}

# So many others may be quicker with theirs before an addition is given up.
_TRIES = 20

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
    name, entry = sent["id"], sent["entry"]
    seen = good_catalog()
    if name in getattr(seen.catalog, section):
        raise Refusal(409, f"{name}: is there already: change it with PUT.")
    revision = _asked_revision()
    if revision is None:
        edited = _add_to_any(seen.revision.id, section, name, entry)
    else:
        edited = _save(Action.ADDED, section, name, revision, entry)
    place = url_for("entries.show_entry", section=section, name=name)
    return answer(
        _entry(edited.after, section, name), 201, ETag=_tag(edited.revision), Location=place
    )


def replace(section: str, name: str) -> Response:
    """Give an entry another value."""
    entry = body()
    if not isinstance(entry, dict):
        raise Refusal(400, "The body must be the entry, an object.")
    revision = _needed_revision()
    _find(good_catalog().catalog, section, name)
    edited = _save(Action.CHANGED, section, name, revision, entry)
    return answer(_entry(edited.after, section, name), ETag=_tag(edited.revision))


def remove(section: str, name: str) -> Response:
    """Delete an entry; links that were published lead on."""
    revision = _needed_revision()
    _find(good_catalog().catalog, section, name)
    edited = _save(Action.DELETED, section, name, revision, None)
    return Response(status=204, headers={"ETag": _tag(edited.revision)})


def changed_text(text: str, section: str, name: str, entry: dict[str, Any] | None) -> CatalogText:
    """Return a catalog's text with this entry, added or replaced, or without it for `None`.

    Raise LinkmgrError.
    """
    if entry is None:
        return remove_entry(text, section, name)
    is_there = name in (_said(text).get(section) or {})
    return (replace_entry if is_there else add_entry)(text, section, name, entry)


def _save(
    action: Action, section: str, name: str, revision: str, entry: dict[str, Any] | None
) -> Edited:
    admin = get_admin()
    # What is deleted has its title in the catalog that it leaves.
    said = _entry(admin.catalog().revision.text, section, name) if entry is None else entry
    title = said.get("title") or said.get("heading") or ""
    change = Change(
        revision,
        action,
        lambda text: changed_text(text, section, name, entry),
        Entry(section, name),
        str(title),
    )
    return save(admin.engine, admin.settings.catalog, change, g.user)


def _add_to_any(revision: str, section: str, name: str, entry: dict[str, Any]) -> Edited:
    """Add an entry, be the catalog changed meanwhile: an addition overwrites nothing."""
    for _ in range(_TRIES):
        try:
            return _save(Action.ADDED, section, name, revision, entry)
        except Conflict as conflict:
            revision = conflict.revision
    raise Refusal(503, "The catalog is being changed all the time: try again in a moment.")


def _find(catalog: Catalog, section: str, name: str) -> None:
    if name not in getattr(catalog, section):
        raise Refusal(404, f"{section}.{name}: is not in the catalog.")


def _entry(text: str, section: str, name: str) -> dict[str, Any]:
    said: dict[str, Any] = _said(text)[section][name]
    return {key: _typed(key, value) for key, value in said.items()}


@lru_cache(maxsize=2)
def _said(text: str) -> dict[str, Any]:
    return said_by(text)


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
    """Return the revision that the change was made from. Raise Refusal where it is another one."""
    if not (asked := request.if_match):
        return None
    revision = get_admin().catalog().revision.id
    if asked.star_tag or revision not in asked:
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
