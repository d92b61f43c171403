"""What the form of a selection sent: which rows, what to do with them, and what that needs."""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from linkmgr.admin.common.chips import Chip, find_items
from linkmgr.admin.common.context import get_admin
from linkmgr.admin.common.security import safe_next
from linkmgr.admin.editing.edits import Change
from linkmgr.admin.editing.forms import error_text
from linkmgr.admin.editing.impact import Subject, answer_change
from linkmgr.catalog.reading.parse import CatalogText
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.wording import word_list
from linkmgr.store.history.revisions import Action

# A title names so many of what is selected.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Selection:
    """The selected `ids`, the `action` on them, and the address of the list to go `back` to.

    `given` is what was typed or chosen where an action needs something more.
    """

    ids: tuple[str, ...]
    action: str
    given: str
    back: str
    revision: str

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The fields of a form that goes on with it."""
        ids = [("id", each) for each in self.ids]
        return [*ids, ("action", self.action), ("back", self.back), ("revision", self.revision)]

    def change(self, action: Action, make: Callable[[str], CatalogText], summary: str) -> Change:
        """Return the change of all that is selected, which is one entry of the history."""
        return Change(self.revision, action, make, summary=summary)


def read_selection(known: Container[str] | None = None) -> Selection:
    """Return what was sent, without rows that are not `known` any more."""
    sent = request.values
    return Selection(
        tuple(each for each in dict.fromkeys(sent.getlist("id")) if known is None or each in known),
        sent.get("action", ""),
        request.form.get("given", "").strip(),
        safe_next(sent.get("back", "")),
        sent.get("revision", "") or get_admin().catalog().revision.id,
    )


def to_list(selection: Selection) -> ResponseReturnValue | None:
    """Lead back to the list where nothing is selected or somebody goes back; `None` to go on."""
    if request.form.get("do") == "back":
        return redirect(selection.back, 303)
    if not selection.ids:
        flash(gettext("Select at least one row first."), "problem")
        return redirect(selection.back, 303)
    return None


def answer(
    selection: Selection, change: Change, title: str, *, deletes: tuple[str, ...] = ()
) -> ResponseReturnValue:
    """Show the impact of a change, or save it; lead back to the list where it can't be made."""
    if request.method == "GET":  # a link may only ask for what an action needs
        return redirect(selection.back, 303)
    try:
        return answer_change(change, Subject(title, deletes=deletes), selection.back)
    except LinkmgrError as error:
        flash(error_text(error), "problem")
        return redirect(selection.back, 303)


def ask(
    selection: Selection, title: str, names: Sequence[str], problem: str = "", **facts: Any
) -> str:
    """Ask for what an action needs: an item, or a tag where `facts` have `asks_tag`."""
    return render_template(
        "selection/ask.html",
        selection=selection,
        title=title,
        names=names,
        problem=problem,
        address=request.path,
        **facts,
    )


def chosen_item(selection: Selection) -> tuple[str, list[Chip]]:
    """Return the id of the item that was typed, or else all that it may mean."""
    catalog = get_admin().catalog().catalog
    found = find_items(catalog, selection.given, selection.ids) if selection.given else []
    return (found[0].id, found) if len(found) == 1 else ("", found)


def some_of(names: Sequence[str]) -> str:
    """Name the first of what is selected, and say how many more there are."""
    first, more = word_list(names[:_NAMED]), len(names) - _NAMED
    if more <= 0:
        return first
    return str(gettext("%(names)s and %(count)s more", names=first, count=more))
