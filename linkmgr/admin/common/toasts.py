"""Toasts: what the next page says was done, with a button that undoes it."""

from dataclasses import dataclass
from typing import cast

from flask import flash, get_flashed_messages

from linkmgr.admin.common.context import get_admin
from linkmgr.store.history.revisions import number_of

_UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Undo:
    """The change to be undone: its number in the history, and the catalog's revision after it."""

    number: str
    revision: str


def flash_saved(text: str, category: str) -> None:
    """Say on the next page that the catalog was saved as it now is, with what undoes that."""
    admin = get_admin()
    revision = admin.catalog().revision.id
    with admin.engine.connect() as fresh:  # the request's own connection sees the state before
        number = number_of(fresh, revision)
    flash(text, category)
    if number is not None:
        flash(f"{number} {revision}", _UNDO)


def toasts() -> tuple[list[tuple[str, str]], Undo | None]:
    """Return what to say on this page, with its categories, and the change that can be undone."""
    said = cast("list[tuple[str, str]]", get_flashed_messages(with_categories=True))
    undos = [Undo(*text.split(" ", 1)) for category, text in said if category == _UNDO]
    texts = [(category, text) for category, text in said if category != _UNDO]
    return texts, undos[-1] if undos else None
