"""Cells of CSV that spreadsheets show and do not run."""

from typing import TypeVar

_T = TypeVar("_T")

# What a cell must not begin with, or spreadsheets run it as a formula; the wide forms do so in
# Japanese ones (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(value: _T) -> _T | str:
    """Return a cell's value; a text that a spreadsheet would run begins with an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def as_written(cell: str) -> str:
    """Return the text whose `harmless` cell this is."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
