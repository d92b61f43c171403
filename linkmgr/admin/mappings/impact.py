"""A change of the mappings: its impact on the posts first, then saving it."""

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
from linkmgr.catalog.reading.raw import raw_entry, typed
from linkmgr.messages.errors import Conflict, LinkmgrError
from linkmgr.messages.message import message
from linkmgr.site_index.impact.compare import Impact, ItemImpact

MAPPINGS = "mappings"

# Posts listed for each item at first; a click lists all of them.
_FIRST = 20

# Fields that belong to the page they were on, and are not sent again.
_PAGE_FIELDS = {"csrf_token", "do", "add"}


@dataclass(frozen=True, slots=True)
class ShownImpact:
    """What would change for an item."""

    chip: Chip
    impact: ItemImpact


def answer_change(change: Change, then: str) -> ResponseReturnValue:
    """Save a change that the form confirms and go on to `then`; otherwise show its impact first.

    Raise LinkmgrError where the change cannot be made.
    """
    return _save(change, then) if request.form.get("do") == "save" else _preview(change)


def _preview(change: Change) -> ResponseReturnValue:
    seen = get_admin().catalog()
    if seen.revision.id != change.revision:
        return _conflict(change, seen.revision.text, seen.revision.id)
    text = change.make(seen.revision.text)
    if text == seen.revision.text:
        raise LinkmgrError(message("admin.nothing-changed"))
    impact, problem = _impact(text)
    return _impact_page(change, impact=impact, problem=problem, rows=_rows(impact))


def _save(change: Change, then: str) -> ResponseReturnValue:
    admin = get_admin()
    try:
        save(admin, change, current_user())
    except Conflict as conflict:
        return _conflict(change, conflict.text, conflict.revision)
    except LinkmgrError as error:
        return _impact_page(change, error=error.worded()), 400
    saved = gettext("Saved. The blog changes with its next build.")
    flash(saved, "done" if admin.site() is None else "unbuilt")
    return redirect(then, 303)


def _impact_page(change: Change, **facts: Any) -> str:
    return render_template(
        "mappings/impact.html",
        change=change,
        fields=_submitted_fields(),
        address=request.path,
        **facts,
    )


def _impact(text: str) -> tuple[Impact | None, str]:
    """Return the impact of another text of the catalog, or why it is unknown."""
    site = get_admin().site()
    if site is None:
        return None, gettext(
            "This server cannot tell which posts would change. Set LINKMGR_SITE to the blog's "
            "folder and restart the server."
        )
    try:
        return site.impact(text, first=None if _lists_all() else _FIRST), ""
    except LinkmgrError as error:
        return None, gettext(
            "The posts that would change cannot be shown now: %(why)s", why=error.worded()
        )


def _lists_all() -> bool:
    return request.form.get("do") == "list"


def _rows(impact: Impact | None) -> list[ShownImpact]:
    if impact is None:
        return []
    named = chips(get_admin().catalog().catalog, [each.item for each in impact.items])
    return [ShownImpact(*each) for each in zip(named, impact.items, strict=True)]


def _submitted_fields(**others: str) -> list[tuple[str, str]]:
    """Return the submitted fields for sending again, some with other values."""
    sent = [
        field
        for field in request.form.items(multi=True)
        if field[0] not in _PAGE_FIELDS and field[0] not in others
    ]
    return [*sent, *others.items()]


def _conflict(change: Change, text: str, revision: str) -> ResponseReturnValue:
    """Show the entry as it is now beside the user's."""
    theirs = _entry(change, lambda: text)
    page = render_template(
        "mappings/conflict.html",
        change=change,
        theirs=theirs,
        mine=_entry(change, lambda: change.make(text)),
        fields=_submitted_fields(revision=revision, gone="" if theirs else "yes"),
        address=request.path,
    )
    return page, 409


def _entry(change: Change, text: Callable[[], str]) -> str:
    """Return the lines of the changed entry in a catalog's text, or why it cannot be read."""
    if change.entry is None:
        return ""
    try:
        value = raw_entry(text(), change.entry.section, change.entry.name)
    except LinkmgrError as error:
        return error.worded()
    return "\n".join(lines_of({change.entry.name: typed(value)})) if isinstance(value, dict) else ""
