"""By which column a list is sorted, as its address says it: `sort=name`, `sort=-clicks`."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request

_FALLING = "-"


@dataclass(frozen=True, slots=True)
class Sorting:
    """A column, and whether its greatest value comes first."""

    column: str
    falling: bool = False

    @property
    def text(self) -> str:
        """The sorting as an address has it."""
        return f"{_FALLING if self.falling else ''}{self.column}"

    def after_click(self, column: str, *, is_number: bool) -> str:
        """Return what a click on a column's heading asks for: figures begin with the greatest."""
        falling = not self.falling if column == self.column else is_number
        return Sorting(column, falling).text


def asked_sorting(columns: Sequence[str], usual: Sorting) -> Sorting:
    """Return what the address asks for, the `usual` where it names no such column."""
    given = request.args.get("sort", "")
    column = given.removeprefix(_FALLING)
    return Sorting(column, given.startswith(_FALLING)) if column in columns else usual
