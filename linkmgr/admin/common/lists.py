"""Lists of the admin, each declared by its columns: what it shows, sorts by and sends as CSV."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic

from flask import request
from flask_babel import lazy_gettext

from linkmgr.admin.common.context import last_page, page_number
from linkmgr.admin.common.pages import Sorting, asked_sorting
from linkmgr.messages.message import declared
from linkmgr.reports import (
    Column,
    Fact,
    Kind,
    Output,
    Room,
    Row,
    columns_of,
    csv_text,
    sorted_rows,
)

PAGE = 50
"""The rows on a page."""


@dataclass(frozen=True, slots=True)
class Preset(Generic[Row]):
    """A choice of rows that are listed under a name."""

    name: str
    """In addresses."""

    called: str
    """What it is called, in English: `declared` says it in other languages."""

    keeps: Callable[[Row], bool]
    sorting: Sorting | None = None
    """How they are sorted unless the address says otherwise, if not as the list."""

    is_tab: bool = False
    """Whether it has a tab above the list, as it asks for something to be done."""

    about: str = ""
    """What its page says above the rows, empty for nothing."""

    @property
    def title(self) -> str:
        """What it is called, in the current language."""
        return declared(self.called)

    @property
    def explanation(self) -> str:
        """What its page says above the rows, in the current language."""
        return declared(self.about)


@dataclass(frozen=True, slots=True)
class FootRow:
    """A row below the others: the sum, or the rest of it that no row has."""

    name: str

    row: Any
    """Where the columns read its figures."""

    note: str = ""

    address: str = ""
    """A page that says more about it."""

    is_sum: bool = False


@dataclass(frozen=True, slots=True)
class ListReport(Generic[Row]):
    """The declaration of a list."""

    head: Column[Row]
    """The column that its rows begin with."""

    columns: tuple[Column[Row], ...]
    """The others."""

    usual: Sorting
    """How it is sorted unless the address or the preset says otherwise."""

    main: str
    """The column that a phone shows where the list is not sorted by a figure."""

    presets: tuple[Preset[Row], ...] = ()

    @property
    def all_columns(self) -> tuple[Column[Row], ...]:
        """The head and the others."""
        return (self.head, *self.columns)

    @property
    def sorting(self) -> Sorting:
        """How the address has the list sorted."""
        usual = self.usual
        preset = self.preset
        if preset and preset.sorting:
            usual = preset.sorting
        sortable = [column.name for column in self.all_columns if column.kind is not Kind.LINE]
        return asked_sorting(sortable, usual)

    @property
    def preset(self) -> Preset[Row] | None:
        """The preset that the address names."""
        name = request.args.get("state", "")
        return next((preset for preset in self.presets if preset.name == name), None)

    def column(self, name: str) -> Column[Row]:
        """Return a column by its name."""
        return next(column for column in self.all_columns if column.name == name)

    def sorted(self, rows: Iterable[Row]) -> list[Row]:
        """Return rows as the address has them sorted; of equal ones their order stays."""
        sorting = self.sorting
        return sorted_rows(rows, self.column(sorting.column), falling=sorting.falling)

    def csv(
        self, rows: Iterable[Row], facts: Collection[Fact], foot: Iterable[FootRow] = ()
    ) -> str:
        """Write rows as CSV under the page's headings, and the rows of the foot.

        Sums are left out: a program that reads the file makes its own.
        """
        columns: Sequence[Column[Any]] = columns_of(self.all_columns, Output.CSV, facts)
        rest: list[dict[str, Any]] = []
        for foot_row in foot:
            if foot_row.is_sum:
                continue
            cells = {self.head.name: foot_row.name}
            for column in columns:
                if column.of_whole and column is not self.head:
                    cells[column.name] = column.value(foot_row.row)
            rest.append(cells)
        return csv_text(columns, rows, [column.title for column in columns], rest)


@dataclass(frozen=True)
class Listing(Generic[Row]):
    """A page of a list, as its template shows it."""

    report: ListReport[Row]
    rows: Sequence[Row]
    count: int
    """How many rows there are on all pages."""

    facts: Collection[Fact] = ()
    """What is known, on which columns depend."""

    foot: Sequence[FootRow] = ()

    @cached_property
    def columns(self) -> Sequence[Column[Row]]:
        """The columns that are shown beside the head."""
        return columns_of(self.report.columns, Output.PAGE, self.facts)

    @cached_property
    def sorting(self) -> Sorting:
        """How it is sorted."""
        return self.report.sorting

    @property
    def number(self) -> int:
        """The number of the page, from 1."""
        return min(page_number(), self.last)

    @property
    def last(self) -> int:
        """The number of the last page."""
        return last_page(self.count, PAGE)

    @cached_property
    def main(self) -> str:
        """The column that stays beside the head on a phone."""
        chosen = self.sorting.column
        names = [column.name for column in self.columns if column.is_number]
        return chosen if chosen in names else self.report.main

    def room(self, column: Column[Row]) -> str:
        """Return on which screens a column stands by itself, as a class."""
        return Room.ALWAYS.value if column.name == self.main else column.room.value

    def heads(self, others: Collection[str] = ()) -> list[tuple[str, str, str | None]]:
        """Return the heads of the table, each with its class and the name by which it sorts.

        `others` are the columns whose heads the page has beside these.
        """
        heads: list[tuple[str, str, str | None]] = [self._first_head(others)]
        for column in self.columns:
            if column.note and column.name == self.sorting.column:
                width = "num w3"  # has the note in one line
            elif column.kind is Kind.CHANGE:
                width = "num w2"  # has room for more than a thousand per cent
            elif column.is_number:
                width = "num w1"
            elif column.kind is Kind.LINE:
                width = "w2"
            else:
                width = "w4"
            name = None if column.kind is Kind.LINE else column.name
            heads.append((column.title, f"{width} {self.room(column)}".strip(), name))
        return heads

    def _first_head(self, others: Collection[str]) -> tuple[str, str, str | None]:
        """Return the head of the first column, with that of a column which only sorts."""
        head = self.report.head
        for column in columns_of(self.report.columns, Output.ORDER, self.facts):
            if column.name == self.sorting.column and column.name not in others:
                return f"{head.title} · {column.title}", "", column.name
        return head.title, "", head.name

    @cached_property
    def second_line(self) -> list[Column[Row]]:
        """The columns that stand in the second line of a row on a phone."""
        return [column for column in self.columns if column.on_phone and column.name != self.main]

    def orders(self) -> list[tuple[str, str]]:
        """Return how the list can be sorted: the address' value, and what that is called.

        Each column has its usual direction; the one by which it is sorted has both.
        """
        chosen = self.sorting
        others = columns_of(self.report.columns, Output.ORDER, self.facts)
        orders: list[tuple[str, str]] = []
        for column in (self.report.head, *self.columns, *others):
            if column.kind is Kind.LINE:
                continue
            usual = column.is_number or column.kind is Kind.DAY
            directions = [usual]
            if column.name == chosen.column:
                directions.append(not usual)
            for falling in directions:
                sorting = Sorting(column.name, falling)
                orders.append((sorting.text, order_words(column, falling=falling)))
        return orders


def page_rows(rows: Sequence[Row]) -> Sequence[Row]:
    """Return the rows of the page that the address names."""
    number = min(page_number(), last_page(len(rows), PAGE))
    return rows[PAGE * (number - 1) : PAGE * number]


def order_words(column: Column[Any], *, falling: bool) -> str:
    """Return what a list sorted by a column is called."""
    match column.kind:
        case Kind.COUNT | Kind.MONEY:
            words = _MOST if falling else _LEAST
        case Kind.DAY:
            words = _NEWEST if falling else _OLDEST
        case Kind.TEXT:
            words = _BACKWARDS if falling else _IN_ORDER
        case Kind.CHANGE:
            words = _RISING if falling else _FALLING
        case _:
            words = _HIGHEST if falling else _LOWEST
    return str(words % {"what": column.title})


_MOST = lazy_gettext("%(what)s, most first")
_LEAST = lazy_gettext("%(what)s, least first")
_NEWEST = lazy_gettext("%(what)s, newest first")
_OLDEST = lazy_gettext("%(what)s, oldest first")
_IN_ORDER = lazy_gettext("%(what)s, A to Z")
_BACKWARDS = lazy_gettext("%(what)s, Z to A")
_RISING = lazy_gettext("%(what)s, biggest rise first")
_FALLING = lazy_gettext("%(what)s, biggest fall first")
_HIGHEST = lazy_gettext("%(what)s, highest first")
_LOWEST = lazy_gettext("%(what)s, lowest first")
