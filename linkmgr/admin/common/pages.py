"""The registry of pages in the navigation, and what addresses say of lists and choices."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from flask import Blueprint, Response, request
from flask_babel.speaklater import LazyString


@dataclass(frozen=True, slots=True)
class AdminPage:
    """A page of the navigation.

    Its translations are in `translations/ja/LC_MESSAGES/<name>.po`.
    """

    blueprint: Blueprint
    """It has a view `index`."""

    label: LazyString

    order: int
    """Its place in the navigation."""

    key: str = ""
    """The letter that leads there after g."""

    resends_forms: bool = False
    """Whether what was typed in its forms can be sent again after the session has ended.

    None of them may ask for a password then.
    """

    count_errors: Callable[[], int] | None = None
    """Returns the number on its link, none for 0."""

    at_start: Callable[[Path], None] | None = None
    """Is called with the instance's folder before the admin answers."""

    @property
    def name(self) -> str:
        """The name of its blueprint, and of its translations."""
        return str(self.blueprint.name)


# In an address, as in `sort=-clicks`.
_FALLING = "-"


@dataclass(frozen=True, slots=True)
class Sorting:
    """The column by which a list is sorted, and in which direction."""

    column: str
    falling: bool = False
    """Whether its greatest value comes first."""

    @property
    def text(self) -> str:
        """The sorting as an address has it."""
        return f"{_FALLING if self.falling else ''}{self.column}"

    def after_click(self, column: str, *, is_number: bool) -> str:
        """Return what a click on a column's heading asks for: figures start with the greatest."""
        if column == self.column:
            return Sorting(column, not self.falling).text
        return Sorting(column, is_number).text


def asked_sorting(columns: Sequence[str], usual: Sorting) -> Sorting:
    """Return the sorting that the address asks for, the `usual` where it names no such column."""
    given = request.args.get("sort", "")
    column = given.removeprefix(_FALLING)
    if column not in columns:
        return usual
    return Sorting(column, falling=given.startswith(_FALLING))


_Choice = TypeVar("_Choice", bound=StrEnum)


def choice_of(options: type[_Choice], name: str) -> _Choice | None:
    """Return the option that the address gives as `name`, `None` for anything else."""
    given = request.args.get(name, "")
    return options(given) if given in set(options) else None


def csv_file(text: str, name: str) -> Response:
    """Send CSV as a file."""
    # The mark at the beginning is for Excel, which otherwise takes Japanese for Shift_JIS.
    return Response(
        text.encode("utf-8-sig"),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
