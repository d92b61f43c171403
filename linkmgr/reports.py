"""Reports: a table is declared by its columns, from which all its outputs follow.

A `Column` declares its name, what it reads of a row, and the `Kind` of that value. The table of
the terminal, CSV, JSON, the schemas of the API and the pages of the admin are made from that.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from io import StringIO
from typing import Any, Generic, Protocol, TypeVar

from rich.cells import cell_len, set_cell_size

from linkmgr.fs import harmless
from linkmgr.messages.message import current_language, declared

Row = TypeVar("Row")
Row_contra = TypeVar("Row_contra", contravariant=True)


# What a column says.


class RateValue(Protocol):
    """A share with its interval, all from 0 to 1."""

    @property
    def rate(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def is_conclusive(self) -> bool:
        """Whether there was enough to say anything by it."""


class MoneyValue(Protocol):
    """An amount in a currency."""

    @property
    def micros(self) -> float:
        """In millionths of the currency."""

    @property
    def plain(self) -> str:
        """The exact decimal, for programs."""

    def text(self, locale: str) -> str:
        """Return the amount for people."""


class Kind(Enum):
    """What a column reads, by which every output knows how to write, align and sort it."""

    TEXT = auto()
    DAY = auto()
    COUNT = auto()
    NUMBER = auto()
    FLAG = auto()
    RATE = auto()  # a `RateValue`
    MONEY = auto()  # `MoneyValue`
    CHANGE = auto()  # a figure now and before
    LINE = auto()  # what draws a small line: for pages alone, which do not sort by it
    ENTRIES = auto()  # a list or mapping: programs have all of it, people its length


_SCHEMAS = {
    Kind.TEXT: "string",
    Kind.DAY: "string",
    Kind.COUNT: "integer",
    Kind.NUMBER: "number",
    Kind.FLAG: "boolean",
    Kind.RATE: "number",
    Kind.MONEY: "string",
    Kind.CHANGE: "number",
    Kind.ENTRIES: "array",
}


class Output(Enum):
    """Where a column can appear."""

    TABLE = auto()  # of the terminal
    CSV = auto()
    JSON = auto()  # of a command's `--json` and of the API, whose description has it too
    PAGE = auto()
    ORDER = auto()  # of a page: what its list can be sorted by beside the columns that it shows


EVERYWHERE = frozenset({Output.TABLE, Output.CSV, Output.JSON, Output.PAGE})
FOR_PROGRAMS = frozenset({Output.CSV, Output.JSON})


class Fact(Enum):
    """What has to be known, at least of one row, before a column says anything."""

    VIEWS = auto()
    EARNINGS = auto()
    DECLINED = auto()  # some sales were
    DOUBTS = auto()  # about categories of posts
    VERDICT = auto()  # on a test of variants


class Room(Enum):
    """On which screens a column stands by itself; on a phone its row's second line has it."""

    ALWAYS = ""
    WIDE = "wide"  # from a tablet on
    SPARE = "wide spare"  # from a small desktop on
    LARGE = "wide large"  # on a large desktop


@dataclass(frozen=True, slots=True)
class Column(Generic[Row_contra]):
    """A column of a report."""

    name: str
    """Its key in JSON, its heading in the CSV of the command line, its name in addresses."""

    called: str
    """What it is called in tables, in English: `declared` says it in other languages."""

    read: Callable[[Row_contra], Any]
    """What it says of a row, as its kind has it; `None` where that is not known."""

    outputs: frozenset[Output] = EVERYWHERE
    kind: Kind = Kind.COUNT
    needs: Fact | None = None

    titled: str = ""
    """What pages call it, if otherwise."""

    text: Callable[[Row_contra], str] | None = None
    """What a terminal says, if that does not follow from the kind."""

    optional: bool = False
    """Whether it can be unknown."""

    about: str = ""
    """What the API's description says of it, in English."""

    room: Room = Room.WIDE

    on_phone: bool = True
    """Whether a phone has it in the second line of a row."""

    tells: Callable[[Row_contra], bool] | None = None
    """Whether a rate says something of a row even where its interval is wide."""

    note: Callable[[Row_contra], str] | None = None
    """What a page says below a row's value, empty for nothing."""

    alarms: Callable[[Row_contra], bool] | None = None
    """Whether what a page shows of a row calls for something to be done."""

    of_whole: bool = False
    """Whether sums of rows have it, too."""

    @property
    def heading(self) -> str:
        """The column's heading, in the current language."""
        return declared(self.called)

    @property
    def title(self) -> str:
        """What pages call it, in the current language."""
        return declared(self.titled, context="title") if self.titled else self.heading

    @property
    def is_number(self) -> bool:
        """Whether it stands to the right, and is sorted with the greatest first."""
        return self.kind not in {Kind.TEXT, Kind.DAY, Kind.LINE}

    @property
    def schema(self) -> str:
        """Its JSON Schema in YAML's flow style."""
        name = _SCHEMAS[self.kind]
        kind = f'[{name}, "null"]' if self.optional else name
        about = f'description: "{self.about}", ' if self.about else ""
        shape = ", format: date" if self.kind is Kind.DAY else ""
        return f"{{{about}type: {kind}{shape}}}"

    def value(self, row: Row_contra) -> Any:
        """Return a row's value for programs."""
        value = self.read(row)
        if value is None:
            return None
        match self.kind:
            case Kind.RATE:
                return round(float(value.rate), 6)
            case Kind.MONEY:
                return str(value.plain)
            case Kind.CHANGE:
                now, before = value
                return round(now / before - 1, 4) if before else None
            case Kind.DAY:
                return str(value.isoformat())
        return value

    def tells_rate(self, row: Row_contra) -> bool:
        """Return whether the rate of a row says something: pages write it, and sort by it."""
        rate = self.read(row)
        if rate is None or rate.is_conclusive:
            return rate is not None
        return self.tells is not None and self.tells(row)

    def words(self, row: Row_contra) -> str:
        """Return a row's text for a terminal."""
        if self.text:
            return self.text(row)
        value = self.read(row)
        if value is None:
            return ""
        match self.kind:
            case Kind.RATE:
                words = f"{value.rate:.2%}" if value.is_conclusive else ""
            case Kind.MONEY:
                words = value.text(current_language())
            case Kind.CHANGE:
                now, before = value
                words = f"{now / before - 1:+,.0%}" if before else ""
            case Kind.ENTRIES:
                words = f"{len(value):,}"
            case Kind.COUNT | Kind.NUMBER:
                words = f"{value:,}"
            case _:
                words = str(value)
        return words

    def key(self, row: Row_contra) -> Any:
        """Return a row's sort key, `None` for a row without a value: it comes last."""
        key = self.read(row)
        if key is None:
            return None
        match self.kind:
            case Kind.RATE:
                key = key.rate if self.tells_rate(row) else None
            case Kind.MONEY:
                key = key.micros
            case Kind.TEXT:
                key = key.casefold()
            case Kind.CHANGE:
                now, before = key
                from_nothing = float("inf") if now else None
                key = now / before - 1 if before else from_nothing
        return key


def columns_of(
    columns: Iterable[Column[Row]], output: Output, facts: Iterable[Fact] = ()
) -> tuple[Column[Row], ...]:
    """Return the columns of an output, those that need a fact only where it is known."""
    known = {None, *facts}
    return tuple(column for column in columns if output in column.outputs and column.needs in known)


def sorted_rows(rows: Iterable[Row], column: Column[Row], *, falling: bool) -> list[Row]:
    """Return rows sorted by a column; rows without a value come last."""
    keyed = [(column.key(row), row) for row in rows]
    known = [(key, row) for key, row in keyed if key is not None]
    known.sort(key=lambda keyed_row: keyed_row[0], reverse=falling)
    unknown = [row for key, row in keyed if key is None]
    return [row for _, row in known] + unknown


# For programs.


def csv_text(
    columns: Sequence[Column[Row]],
    rows: Iterable[Row],
    headings: Sequence[str] | None = None,
    rest: Iterable[Mapping[str, Any]] = (),
) -> str:
    """Write rows as CSV, its lines ended by CR and LF (RFC 4180).

    A text that a spreadsheet would run begins with an apostrophe. `headings` are what people read
    above the columns, in place of their names. `rest` are the last lines, by the columns that they
    have something in.
    """
    text = StringIO()
    out = csv.writer(text)  # half the time of a DictWriter, for the 10,000 posts of a blog
    out.writerow(headings or [column.name for column in columns])
    for row in rows:
        out.writerow([_cell(column, row) for column in columns])
    for values in rest:
        out.writerow([harmless(values.get(column.name)) for column in columns])
    return text.getvalue()


def _cell(column: Column[Row], row: Row) -> Any:
    value = column.value(row)
    # An amount is text as well, and a return of it begins with a minus.
    return harmless(value) if column.kind is Kind.TEXT else value


def json_row(columns: Iterable[Column[Row]], row: Row) -> dict[str, Any]:
    """Return a row as JSON takes it."""
    return {column.name: column.value(row) for column in columns}


def schemas(columns: Iterable[Column[Any]], facts: Iterable[Fact] = ()) -> tuple[str, str]:
    """Return the names of the columns that JSON always has, and the schemas of all its columns.

    Both are lists in YAML's flow style. The `facts` are those that JSON does not depend on.
    """
    every = columns_of(columns, Output.JSON, Fact)
    always = columns_of(every, Output.JSON, facts)
    names = ", ".join(column.name for column in always)
    return names, ", ".join(f"{column.name}: {column.schema}" for column in every)


# For a terminal.

BAR = 12
"""The cells that a bar has at the end of a line."""

# A label is cut to what the other columns leave of the terminal; if they leave less than this, it
# stands above its figures instead.
_SHORTEST_LABEL = 24


def aligned(rows: list[tuple[str, ...]], bars: list[str], width: int) -> Iterator[str]:
    """Yield the rows with the first column to the left, the others to the right, and the bars.

    A sentence instead of a figure takes the room of the empty cells before it, too. A bar ends its
    line, so that terminals that draw one wider (Unicode calls its characters "ambiguous" in East
    Asian ones) still show straight columns.
    """
    labels, *columns = zip(*rows, strict=True)
    wide = max(map(cell_len, labels))
    widths: list[int] = []
    free = [0] * len(rows)  # the empty cells before this column, row by row
    for column in columns:
        widths.append(max(cell_len(cell) - room for cell, room in zip(column, free, strict=True)))
        step = 2 + widths[-1]
        free = [0 if cell else room + step for cell, room in zip(column, free, strict=True)]
    room = width - sum(2 + cells for cells in widths) - (2 + BAR if any(bars) else 0)
    above = room < min(wide, _SHORTEST_LABEL)
    first = min(wide, max(room, cell_len(labels[0])))
    for (label, *cells), bar in zip(rows, bars, strict=True):
        if above and cell_len(label) > first:
            yield _fitted(label, min(cell_len(label), width))
            label = ""  # noqa: PLW2901 - which was just written
        line, end = _fitted(label, first), first
        for cell, own in zip(cells, widths, strict=True):
            end += 2 + own
            if cell:
                line += " " * (end - cell_len(line) - cell_len(cell)) + cell
        yield f"{set_cell_size(line, end)}  {bar}".rstrip()


def _fitted(text: str, cells: int) -> str:
    if cell_len(text) > cells:
        text = set_cell_size(text, cells - 1).rstrip() + "…"
    return set_cell_size(text, cells)


def text_rows(
    columns: Sequence[Column[Row]], label: str, rows: Iterable[tuple[str, Row]]
) -> list[tuple[str, ...]]:
    """Return the cells of a table: its heading, then each row with its label."""
    cells = [(label, *(column.heading for column in columns))]
    for name, row in rows:
        cells.append((name, *(column.words(row) for column in columns)))
    return cells
