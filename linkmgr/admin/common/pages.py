"""Pages of the admin's navigation, as they are registered, and what an address asks of a list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from flask import Blueprint, Response, request
from flask_babel.speaklater import LazyString


@dataclass(frozen=True, slots=True)
class AdminPage:
    """A page of the navigation, whose blueprint has a view `index`.

    `order` is its place in the navigation, `key` the letter that leads there after g. With
    `resends_forms`, what was typed in its forms can be sent again after the session has ended; none
    of them may ask for a password. Its translations are in the file with the blueprint's name
    (`translations/ja/LC_MESSAGES/<name>.po`). What `count_errors` returns is a badge on its link,
    if it is not 0. `at_start` is called with the instance's folder before the admin answers.
    """

    blueprint: Blueprint
    label: LazyString
    order: int
    key: str = ""
    resends_forms: bool = False
    count_errors: Callable[[], int] | None = None
    at_start: Callable[[Path], None] | None = None

    @property
    def name(self) -> str:
        """The name of its blueprint, and of its translations."""
        return str(self.blueprint.name)


# In an address, as in `sort=-clicks`.
_FALLING = "-"


@dataclass(frozen=True, slots=True)
class Sorting:
    """The column by which a list is sorted, and whether its greatest value comes first."""

    column: str
    falling: bool = False

    @property
    def text(self) -> str:
        """The sorting as an address has it."""
        return f"{_FALLING if self.falling else ''}{self.column}"

    def after_click(self, column: str, *, is_number: bool) -> str:
        """Return what a click on a column's heading asks for: figures start with the greatest."""
        falling = not self.falling if column == self.column else is_number
        return Sorting(column, falling).text


def asked_sorting(columns: Sequence[str], usual: Sorting) -> Sorting:
    """Return what the address asks for, the `usual` where it names no such column."""
    given = request.args.get("sort", "")
    column = given.removeprefix(_FALLING)
    return Sorting(column, given.startswith(_FALLING)) if column in columns else usual


_Choice = TypeVar("_Choice", bound=StrEnum)


def choice_of(options: type[_Choice], name: str) -> _Choice | None:
    """Return which of some options the address gives as `name`, `None` for anything else."""
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
