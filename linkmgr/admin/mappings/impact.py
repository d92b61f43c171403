"""Before a change of the mappings is saved: what posts would show; and saving it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from linkmgr.admin.common.context import current_user, get_admin
from linkmgr.admin.editing.edits import Change, save
from linkmgr.admin.items.chips import Chip, chips
from linkmgr.catalog.reading.emit import lines_of
from linkmgr.catalog.reading.raw import raw_entry
from linkmgr.messages.errors import Conflict, LinkmgrError
from linkmgr.site_index.impact.compare import Impact, ItemImpact

MAPPINGS = "mappings"

# Posts that are named at first for each item; all of them are a click away.
_FIRST = 20

_FLAGS = {"true": True, "false": False}
_NUMBER = re.compile(r"[0-9]+\.?[0-9]*")

# What a form sends that belongs to the page it was on.
_OF_THE_PAGE = {"csrf_token", "do", "add"}


@dataclass(frozen=True, slots=True)
class ShownImpact:
    """What would change for one item."""

    chip: Chip
    impact: ItemImpact


def confirm(change: Change) -> ResponseReturnValue:
    """Show what a change would do, with all that its form sent, to save it or to go back.

    Raise LinkmgrError where the change cannot be made.
    """
    seen = get_admin().catalog()
    if seen.revision.id != change.revision:
        return _conflict(change, seen.revision.text, seen.revision.id)
    text = change.make(seen.revision.text)
    if text == seen.revision.text:
        raise LinkmgrError(gettext("Nothing is changed yet."))
    impact, problem = _impact(text)
    found = {"impact": impact, "problem": problem, "rows": _rows(impact)}
    return render_template("mappings/impact.html", **_facts(change), **found)


def save_change(change: Change, then: str) -> ResponseReturnValue:
    """Save a change and go on to the address `then`; if it cannot be saved, say why."""
    admin = get_admin()
    try:
        save(admin, change, current_user())
    except Conflict as conflict:
        return _conflict(change, conflict.text, conflict.revision)
    except LinkmgrError as error:
        return render_template("mappings/impact.html", **_facts(change), error=str(error)), 400
    told = gettext("Saved. The blog shows it after its next build.")
    flash(told, "done" if admin.site() is None else "unbuilt")
    return redirect(then, 303)


def _impact(text: str) -> tuple[Impact | None, str]:
    """Return what another text of the catalog would change, or why that is not known."""
    site = get_admin().site()
    if site is None:
        return None, gettext(
            "Which posts would change is not known here: set LINKMGR_SITE to the blog's folder "
            "where the server runs."
        )
    try:
        return site.impact(text, first=None if _wants_all() else _FIRST), ""
    except LinkmgrError as error:
        return None, gettext("Which posts would change is not known now: %(why)s", why=str(error))


def _wants_all() -> bool:
    return request.form.get("do") == "list"


def _rows(impact: Impact | None) -> list[ShownImpact]:
    if impact is None:
        return []
    named = chips(get_admin().catalog().catalog, [each.item for each in impact.items])
    return [ShownImpact(*each) for each in zip(named, impact.items, strict=True)]


def _facts(change: Change) -> dict[str, Any]:
    return {"change": change, "fields": _fields(), "address": request.path}


def _fields(**others: str) -> list[tuple[str, str]]:
    """Return what the form sent, to be sent again, with other values for some of it."""
    sent = [
        field
        for field in request.form.items(multi=True)
        if field[0] not in _OF_THE_PAGE and field[0] not in others
    ]
    return [*sent, *others.items()]


def _conflict(change: Change, text: str, revision: str) -> ResponseReturnValue:
    """Show the entry as it is now beside what was to be saved."""
    theirs = _entry(change, lambda: text)
    page = render_template(
        "mappings/conflict.html",
        change=change,
        theirs=theirs,
        mine=_entry(change, lambda: change.make(text)),
        fields=_fields(revision=revision, gone="" if theirs else "yes"),
        address=request.path,
    )
    return page, 409


def _entry(change: Change, text: Callable[[], str]) -> str:
    """Return the lines of the changed entry in a catalog's text, or what is wrong with that."""
    if change.entry is None:
        return ""
    try:
        value = raw_entry(text(), change.entry.section, change.entry.name)
    except LinkmgrError as error:
        return str(error)
    if not isinstance(value, dict):
        return ""
    return "\n".join(lines_of({change.entry.name: {k: _plain(v) for k, v in value.items()}}))


def _plain(value: Any) -> Any:
    """Return a flag or a number for the text of one, which is shown without quotes."""
    if not isinstance(value, str):
        return value
    if value in _FLAGS:
        return _FLAGS[value]
    if not _NUMBER.fullmatch(value):
        return value
    return int(value) if value.isdigit() else float(value)
