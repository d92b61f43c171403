"""A table as a report: where its headings are, and what all its rows say of how it is written.

Days and numbers that can be read in two ways are settled by the whole column, or not at all.
"""

import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from linkmgr.earnings.reading.layouts import (
    best_layout,
    columns_of,
    guessed_columns,
    numbered_columns,
)
from linkmgr.earnings.reading.model import Answers, DateOrder, Field, Layout, ReportKind, Sample
from linkmgr.earnings.reading.tables import Line, ReportTable
from linkmgr.earnings.reading.values import (
    COMMA,
    ORDERS,
    POINT,
    Amount,
    Cell,
    ColumnHeading,
    Days,
    days_in,
    folded,
    plain,
    read_amount,
    read_days,
    read_heading,
    text_of,
)
from linkmgr.messages.errors import MOST_SHOWN, Problem, Problems
from linkmgr.messages.message import Message, excerpt, message

DAYS = (Field.OCCURRED, Field.SHIPPED, Field.CONFIRMED)
AMOUNTS = (Field.REWARD, Field.REVENUE)
COUNTS = (Field.QUANTITY, Field.RETURNS, Field.CLICKS, Field.ORDERS)
# What tells a row of a sale from one of totals, which has amounts and counts alone.
_NAMES = frozenset(Field) - {*AMOUNTS, *COUNTS, Field.CURRENCY, Field.STATUS, Field.ORIGIN}
_TOTALS = frozenset(
    ("total", "totals", "grand total", "subtotal", "合計", "総計", "総合計", "小計", "計")
)
_FOOTNOTE = "※"
_DIGIT = re.compile(r"\d")
_MOST_BEFORE_HEADINGS = 30


# Where a table has its headings, and which report it is by them.


@dataclass(frozen=True, slots=True)
class Body:
    """A table with the layout that fits it: titles, then headings in a line, then rows."""

    table: ReportTable
    layout: Layout
    columns: Mapping[Field, int]
    titles: tuple[str, ...]
    headings: tuple[str, ...]
    line: int

    @property
    def name(self) -> str:
        """The name of the table's file."""
        return self.table.name

    @property
    def day(self) -> Field | None:
        """The column with the day to which a row belongs."""
        return next((column for column in DAYS if column in self.columns), None)

    def heading(self, field: Field) -> ColumnHeading:
        """Return what the heading of a field's column says, nothing without one."""
        place = self.columns.get(field)
        return read_heading(self.headings[place]) if place is not None and self.headings else _NONE

    def key(self, field: Field) -> str:
        """Return what a message calls a field's column: its heading, else its number."""
        place = self.columns[field]
        return plain(self.headings[place]) if self.headings else str(place + 1)

    def rows(self, drop: Callable[[], None] = lambda: None) -> Iterator[Line]:
        """Give the rows of sales; call `drop` for each that has totals or is a note."""
        named = [place for column, place in self.columns.items() if column in _NAMES]
        # Of each sale the day is known, or that by which its report is recognised; in a report with
        # neither, a row without a name is one of totals only if it says so.
        has_names = self.day is not None or bool(self.layout.needed & _NAMES)
        day = None if self.day is None else self.columns[self.day]
        for line, row in self.table.lines():
            texts = [str(cell).strip() for cell in row]
            if line <= self.line or not any(texts) or tuple(texts) == self.headings:
                continue
            names = (texts[place] for place in named if place < len(texts))
            is_named = any(name and folded(name) not in _TOTALS for name in names)
            is_undated = day is not None and not _DIGIT.search(" ".join(texts[day : day + 1]))
            is_total = (is_undated or not is_named) and any(
                folded(text) in _TOTALS for text in texts
            )
            is_note = texts[0].startswith(_FOOTNOTE) and not any(texts[1:])
            if (is_named or not has_names) and not is_total and not is_note:
                yield line, row
            else:
                drop()


_NONE = ColumnHeading("")


def find_body(table: ReportTable, given: Layout | None, known: Sequence[Layout]) -> Body | None:
    """Find the headings of a report among the first rows of a table, those of a given layout first.

    Raise LinkmgrError.
    """
    titles: list[str] = []
    for count, (line, row) in enumerate(table.lines()):
        texts = [str(cell).strip() for cell in row]
        while texts and not texts[-1]:
            texts.pop()
        if given and (columns := columns_of(given, texts)):
            return Body(table, given, columns, tuple(titles), tuple(texts), line)
        if given and given.width and not given.begins and _is_row(given, texts):
            return Body(table, given, numbered_columns(given), tuple(titles), (), line - 1)
        if recognised := best_layout(known, texts):
            return Body(table, *recognised, tuple(titles), tuple(texts), line)
        if count >= _MOST_BEFORE_HEADINGS:
            return None
        titles += [text for text in texts if text]
    return None


def _is_row(layout: Layout, texts: Sequence[str]) -> bool:
    """Whether a row can be one of a report that has no headings."""
    places = numbered_columns(layout)
    if max(places.values()) >= len(texts):
        return False
    return all(_is_value(texts[place]) for column, place in places.items() if column in _TELLING)


_TELLING = (Field.OCCURRED, Field.SHIPPED, Field.REWARD)


def _is_value(text: str) -> bool:
    return _can_be_read(read_days, text) or _can_be_read(read_amount, text)


def _can_be_read(read: Callable[[Cell], Days | Amount | None], text: str) -> bool:
    try:
        return read(text) is not None
    except ValueError:
        return False


_SAMPLE_ROWS = 5
_LONGEST_CELL = 60


def sample_of(table: ReportTable) -> Sample | None:
    """Take the first rows of a table that has at least two columns. Raise LinkmgrError.

    A row of headings has no day or number in it, and more cells than titles have.
    """
    rows: list[tuple[str, ...]] = []
    for count, (_, row) in enumerate(table.lines()):
        texts = tuple(text_of(cell) for cell in row)
        rows += [texts] if any(texts) else []
        if count >= _MOST_BEFORE_HEADINGS:
            break
    width = max(map(len, rows), default=0)
    rows = [row for row in rows if len(row) == width]
    if width < 2 or not rows:  # noqa: PLR2004 - a day and an amount
        return None
    while len(rows) > 1 and _filled(rows[0]) <= max(map(_filled, rows)) / 2:
        del rows[0]
    headings = rows.pop(0) if not any(map(_is_value, rows[0])) else ()
    while headings and not headings[-1]:
        headings = headings[:-1]
    if not rows:
        return None
    shown = (tuple(excerpt(text, _LONGEST_CELL) for text in row) for row in rows[:_SAMPLE_ROWS])
    guess = guessed_columns(headings)
    if not guess.keys() & {Field.OCCURRED, Field.SHIPPED}:
        number = _dated_column(headings, rows, guess.values())
        guess |= {Field.OCCURRED: number} if number else {}
    return Sample(headings, tuple(shown), guess)


def _filled(row: Sequence[str]) -> int:
    return sum(map(bool, row))


_OF_CLICKS = re.compile("click|クリック")


def _dated_column(
    headings: Sequence[str], rows: Sequence[Sequence[str]], taken: Container[int]
) -> int | None:
    """Return the first column (from 1) whose every value is a day, and not that of a click."""
    for number, column in enumerate(zip(*rows, strict=True), 1):
        heading = headings[number - 1] if number <= len(headings) else ""
        values = [text for text in column if text and folded(text) not in _TOTALS]
        is_free = number not in taken and not _OF_CLICKS.search(folded(heading))
        if is_free and values and all(_can_be_read(read_days, text) for text in values):
            return number
    return None


# What all rows together say.

_EXAMPLES = 3
_MOST_WORDS = 50
_MOST_COUNTED = 1_000_000_000  # which any database has room for


@dataclass(slots=True)
class TableFacts:
    """How a table is written: what is left as possible of each, and examples of what is ambiguous.

    `first` and `last` are the days of its rows by each of `ORDERS`. `currencies` are mapped to the
    line that has them first, `words` of states to how they are written.
    """

    orders: set[DateOrder]
    marks: set[str]
    days: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    currencies: dict[str, int] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    period: tuple[Days, Days] | None = None
    as_of: Days | None = None
    first: Days = (None, None, None)
    last: Days = (None, None, None)
    count: int = 0
    dropped: int = 0
    _seen: Days = (None, None, None)

    @property
    def order(self) -> int:
        """The place in `ORDERS` of the order of days; of any that is left where all are equal."""
        return next(place for place, order in enumerate(ORDERS) if order in self.orders)

    @property
    def mark(self) -> str:
        """The decimal mark, the point where no number tells."""
        return POINT if POINT in self.marks else COMMA

    def drop(self) -> None:
        """Count a row that is left out."""
        self.dropped += 1

    def see_days(self, days: Days, text: str) -> bool:
        """Narrow the order by a day; return whether one is left in which all can be read."""
        left = self.orders & _orders_of(days)
        self.orders = left or self.orders
        if len({day for day in days if day}) > 1:
            _add_example(self.days, text)
        return bool(left)

    def see_day_of_row(self, days: Days) -> None:
        """Take a day as one of those that the report covers."""
        if days != self._seen:
            self._seen = days
            self.first = _each(min, self.first, days)
            self.last = _each(max, self.last, days)

    def see_amount(self, amount: Amount, text: str, line: int) -> bool:
        """Narrow the mark by a number; return whether one is left by which all can be read."""
        left = self.marks & amount.values.keys()
        self.marks = left or self.marks
        # Nobody writes money with three decimals after a comma, but programs do after a point.
        if len(set(amount.values.values())) > 1 and "." in text:
            _add_example(self.numbers, text)
        if amount.currency:
            self.currencies.setdefault(amount.currency, line)
        return bool(left)

    def answer(self, order: DateOrder | None, mark: str | None) -> None:
        """Take an answer for what is still open; what the table itself says is not."""
        self.orders = self.orders & {order} or self.orders
        self.marks = self.marks & {mark} or self.marks


def _add_example(examples: list[str], text: str) -> None:
    if len(examples) < _EXAMPLES and text not in examples:
        examples.append(text)


def _each(choose: Callable[[date, date], date], one: Days, other: Days) -> Days:
    first, second, third = (
        choose(a, b) if a and b else a or b for a, b in zip(one, other, strict=True)
    )
    return first, second, third


def _orders_of(days: Days) -> set[DateOrder]:
    return {order for order, day in zip(ORDERS, days, strict=True) if day}


def survey(body: Body, answers: Answers) -> TableFacts:
    """Read all of a table for how it is written, and for its mistakes. Raise LinkmgrError."""
    facts = TableFacts(orders=set(ORDERS), marks={POINT, COMMA})
    _read_titles(body, facts)
    stated = (*(body.heading(amount).currency for amount in AMOUNTS), body.layout.currency)
    facts.currencies |= {currency: body.line for currency in stated if currency}
    width = len(body.headings)
    problems: list[Problem] = []
    for line, row in body.rows(facts.drop):
        facts.count += 1
        if len(row) < width and not body.table.ragged:
            short = message("earnings.short-row", found=len(row), expected=width)
            problems.append(Problem.at(body.name, line, "", short))
        else:
            problems += _survey_row(body, facts, line, row)
        if len(problems) >= MOST_SHOWN:
            break
    if problems:
        raise Problems(problems)
    facts.answer(answers.date_order or body.layout.date_order, answers.decimal_mark)
    return facts


def _survey_row(body: Body, facts: TableFacts, line: int, row: Sequence[Cell]) -> Iterator[Problem]:
    for column, place in body.columns.items():
        cell = row[place] if place < len(row) else ""
        problem = None
        if column in DAYS:
            problem = _survey_day(facts, cell, of_row=column is body.day)
        elif column in AMOUNTS or column in COUNTS:
            problem = _survey_amount(facts, cell, line, whole=column in COUNTS)
        elif column is Field.STATUS:
            facts.words.setdefault(folded(text_of(cell)), text_of(cell))
            if len(facts.words) > _MOST_WORDS:
                problem = message("earnings.many-words", most=_MOST_WORDS)
        elif column is Field.CURRENCY:
            problem = _survey_currency(facts, cell, line)
        elif column is Field.CONVERSION and not text_of(cell):
            problem = message("earnings.no-id")
        if problem:
            yield Problem.at(body.name, line, body.key(column), problem)


def _survey_day(facts: TableFacts, cell: Cell, *, of_row: bool) -> Message | None:
    text = str(cell)
    try:
        days = read_days(cell)
    except ValueError:
        return _unreadable("earnings.no-day", text)
    if days is None:
        return message("earnings.day-missing") if of_row else None
    if of_row:
        facts.see_day_of_row(days)
    if not facts.see_days(days, plain(text)):
        return message("earnings.other-order", found=excerpt(text))
    return None


def _survey_amount(facts: TableFacts, cell: Cell, line: int, *, whole: bool) -> Message | None:
    text = str(cell)
    try:
        amount = read_amount(cell)
    except ValueError:
        return _unreadable("earnings.no-number", text)
    if amount is None:
        return None
    if whole and all(value % 1 for value in amount.values.values()):
        return message("earnings.not-whole", found=excerpt(text))
    if whole and any(abs(value) > _MOST_COUNTED for value in amount.values.values()):
        return message("earnings.no-number", found=excerpt(text))
    if not facts.see_amount(amount, text if isinstance(cell, str) else "", line):
        return message("earnings.other-mark", found=excerpt(text))
    return None


def _survey_currency(facts: TableFacts, cell: Cell, line: int) -> Message | None:
    code = text_of(cell).upper()
    if not re.fullmatch(r"[A-Z]{3}", code):
        return message("earnings.no-currency", found=excerpt(code))
    facts.currencies.setdefault(code, line)
    return None


def _unreadable(code: str, text: str) -> Message:
    if text.startswith("="):
        return message("earnings.formula")
    return message(code, found=excerpt(text))


# Days in the title, and in the names of files.

_AS_OF = re.compile(r"as of|generated|created|downloaded|作成|出力|現在|時点|ダウンロード")
_PERIOD, _PERIOD_AND_DAY = 2, 3  # days that a text mentions


def _read_titles(body: Body, facts: TableFacts) -> None:
    for title in body.titles:
        days = days_in(title)
        if len(days) >= _PERIOD:
            facts.period = days[0], days[1]
        elif days and _AS_OF.search(folded(title)):
            facts.as_of = days[0]
        else:
            continue
        for day in days:
            facts.see_days(day, title)
    for part in reversed(re.split(r"/| \[", body.name)):
        days = days_in(part)
        if len(days) >= _PERIOD and facts.period is None:
            facts.period = days[0], days[1]
        if len(days) in (1, _PERIOD_AND_DAY) and facts.as_of is None:
            facts.as_of = days[-1]
        if len(days) == 1 and body.layout.name == ReportKind.FEED and facts.period is None:
            facts.period = days[0], days[0]  # a file of the feed is a day
