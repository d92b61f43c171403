"""Reads a file of reports: which they are, what must be asked, and their rows.

A table is read twice, a row at a time: to learn how it writes days and numbers and to find its
mistakes, before anything is changed; and for its rows. What belongs to customers never leaves here:
only the columns that a layout names are read, IDs are hashed under a key of the instance, and of
referrers the pages of the blog alone stay.
"""

import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from linkmgr.earnings.reading.layouts import known_layouts, known_statuses
from linkmgr.earnings.reading.model import (
    EVERY,
    AnswerOption,
    Answers,
    Asked,
    EarningsReport,
    Field,
    Layout,
    Origin,
    Question,
    ReportPeriod,
    ReportReading,
    ReportRow,
    Status,
    Tax,
)
from linkmgr.earnings.reading.survey import (
    AMOUNTS,
    COUNTS,
    DAYS,
    Body,
    TableFacts,
    find_body,
    sample_of,
    survey,
)
from linkmgr.earnings.reading.tables import ReportTable, open_tables, refused
from linkmgr.earnings.reading.values import (
    COMMA,
    DOLLARS,
    ORDERS,
    POINT,
    Cell,
    folded,
    plain,
    read_amount,
    read_days,
    same_currency,
    text_of,
)
from linkmgr.messages.errors import Problem, Problems
from linkmgr.messages.message import Message, excerpt, message


def read_file(  # noqa: PLR0913 - the file, and by name what it is read with
    path: Path,
    name: str,
    answers: Answers,
    *,
    key: bytes,
    site_url: str,
    layouts: Iterable[Layout],
) -> ReportReading:
    """Read a file that its owner knows as `name`.

    `key` is the instance's for hashes of IDs, `site_url` the blog's address, `layouts` the kept
    ones. Raise LinkmgrError for what cannot be read.
    """
    tables = open_tables(path, name)
    known = known_layouts(layouts)
    bodies = [body for table in tables if (body := find_body(table, answers.layout, known))]
    others = [table for table in tables if table.name not in {body.name for body in bodies}]
    if not bodies:
        return _ask_layout(name, others, answers.layout)
    surveyed = [(body, survey(body, answers)) for body in bodies]
    questions: dict[tuple[Asked, str], Question] = {}
    for body, facts in surveyed:
        for question in _questions(body, facts, answers):
            # An answer is for all reports of the file; words are each report's own.
            own = body.name if question.asked is Asked.STATUSES else ""
            questions.setdefault((question.asked, own), question)
    if questions:
        return ReportReading(questions=tuple(questions.values()))
    privacy = _Privacy(key, site_url)
    return ReportReading(
        reports=tuple(_report(body, facts, answers, privacy) for body, facts in surveyed),
        skipped=tuple(message("earnings.skipped-table", name=other.name) for other in others),
    )


# What neither the file nor its owner has said.


def _ask_layout(name: str, tables: Sequence[ReportTable], given: Layout | None) -> ReportReading:
    """Ask for the columns of a table of no known kind. Raise LinkmgrError where that is no help."""
    if given:
        wanted = tuple(str(headings[0]) for headings in given.columns.values())
        raise refused(name, "earnings.other-columns", wanted=wanted)
    samples = [(table.name, sample) for table in tables if (sample := sample_of(table))]
    if not samples:
        raise refused(name, "earnings.no-table")
    if len(samples) > 1:
        raise refused(name, "earnings.unknown-tables")
    ((table, sample),) = samples
    text = message("earnings.ask-layout")
    return ReportReading(questions=(Question(Asked.LAYOUT, table, text, sample=sample),))


def _questions(body: Body, facts: TableFacts, answers: Answers) -> Iterator[Question]:
    def question(
        asked: Asked, options: Iterable[str] = (), examples: Iterable[str] = ()
    ) -> Question:
        labels = (AnswerOption(str(option), _label(asked, option)) for option in options)
        text = message(f"earnings.ask-{asked.value}")
        choices, programme = tuple(labels), body.layout.programme
        return Question(asked, body.name, text, choices, tuple(examples), programme=programme)

    is_open = len(facts.orders) > 1 and bool(facts.days)
    if is_open:
        orders = (order.value for order in ORDERS if order in facts.orders)
        yield question(Asked.DATE_ORDER, orders, facts.days)
    if len(facts.marks) > 1 and facts.numbers:
        yield question(Asked.DECIMAL_MARK, (POINT, COMMA), facts.numbers)
    has_amounts = any(amount in body.columns for amount in AMOUNTS)
    if not _currency(body, facts, answers) and has_amounts:
        yield question(Asked.CURRENCY, DOLLARS if "$" in facts.currencies else ())
    known = _statuses(body, answers)
    is_named = body.layout is answers.layout and not body.layout.source
    if Field.STATUS not in body.columns and is_named and EVERY not in known:
        yield replace(
            question(Asked.STATUSES, Status, (EVERY,)), text=message("earnings.ask-status")
        )
    if unknown := [text for word, text in facts.words.items() if word not in known]:
        yield question(Asked.STATUSES, Status, unknown)
    # As long as days can be read in two ways, nothing can be compared with them.
    stated = body.day or facts.period or answers.period
    if not (stated if is_open else _period(body, facts, answers)):
        yield question(Asked.PERIOD)
    if not ((facts.as_of or answers.as_of) if is_open else _as_of(body, facts, answers)):
        yield question(Asked.AS_OF)


_MARKS = {POINT: "point", COMMA: "comma"}


def _label(asked: Asked, value: str) -> Message:
    return message(f"earnings.{asked.value}-{_MARKS.get(value, value.lower())}")


def _statuses(body: Body, answers: Answers) -> Mapping[str, Status]:
    given = {folded(word): status for word, status in answers.statuses.items()}
    return {**known_statuses(), **body.layout.statuses, **given}


def _currency(body: Body, facts: TableFacts, answers: Answers) -> str:
    """Return the report's one currency, empty if nothing says it. Raise Problems for two."""
    stated = ""
    for currency, line in facts.currencies.items():
        if stated and not same_currency(stated, currency):
            raise refused(body.name, "earnings.two-currencies", line, one=stated, other=currency)
        stated = currency if stated in ("", "$") else stated
    given = answers.currency
    if given and stated and not same_currency(stated, given):
        raise refused(body.name, "earnings.other-currency", found=stated, expected=given)
    return given or ("" if stated == "$" else stated)


def _as_of(body: Body, facts: TableFacts, answers: Answers) -> date | None:
    """Return the day on which the report was made, `None` if that isn't known.

    Raise Problems if the owner's answer is a day before the last sale.
    """
    last_sale = facts.last[facts.order]
    if answers.as_of:
        if last_sale and answers.as_of < last_sale:
            raise refused(body.name, "earnings.as-of-early", last=last_sale.isoformat())
        return answers.as_of
    if not facts.as_of:
        return None
    in_name = facts.as_of[facts.order]
    if in_name and last_sale and in_name < last_sale:
        # The report can't have been made then: the file's name means another day.
        return None
    return in_name


def _period(body: Body, facts: TableFacts, answers: Answers) -> ReportPeriod | None:
    """Return the days that a report covers, `None` if neither it nor its rows tell.

    Rows outside the days that a title names are of days that it has in part. Raise Problems.
    """
    first, last = facts.first[facts.order], facts.last[facts.order]
    if answers.period:
        start, end = answers.period
        if start > end or (first and first < start) or (last and last > end):
            raise refused(body.name, "earnings.outside-period")
        return ReportPeriod(start, end, whole=True)
    named = [days[facts.order] for days in facts.period or ()]
    stated = [day for day in named if day]
    days = [day for day in (*stated, first, last) if day]
    if not days or (body.day is None and not stated):
        return None
    whole = len(stated) > 1 and min(stated) == min(days) and max(stated) == max(days)
    return ReportPeriod(min(days), max(days), whole=whole)


# Reports, once it is settled how they are read.


def _report(body: Body, facts: TableFacts, answers: Answers, privacy: "_Privacy") -> EarningsReport:
    layout = body.layout
    as_of, period = _as_of(body, facts, answers), _period(body, facts, answers)
    if as_of is None or period is None:
        raise ValueError("a question is open")
    return EarningsReport(
        kind=layout.name,
        name=body.name,
        programme=layout.programme,
        account=answers.account,
        currency=_currency(body, facts, answers),
        tax=body.heading(Field.REWARD).tax or layout.tax or Tax.UNKNOWN,
        as_of=as_of,
        period=period,
        money=layout.money,
        by_conversion=Field.CONVERSION in body.columns,
        count=facts.count,
        dropped=_dropped(body, facts),
        source=message("earnings.source-unverified")
        if layout.source
        else message("earnings.source-kept", name=layout.name),
        rows=_Rows(
            body, facts.order, facts.mark, _statuses(body, answers), privacy, answers.account
        ),
    )


def _dropped(body: Body, facts: TableFacts) -> tuple[Message, ...]:
    read = set(body.columns.values())
    unread = [plain(text) for place, text in enumerate(body.headings) if place not in read and text]
    return (
        *([message("earnings.dropped-rows", count=facts.dropped)] if facts.dropped else ()),
        *([message("earnings.dropped-columns", names=tuple(unread))] if unread else ()),
    )


@dataclass(frozen=True, slots=True)
class _Privacy:
    """What hides customers: the key of their IDs' hashes, and the blog whose pages may be known."""

    key: bytes
    site_url: str

    def hashed(self, programme: str, account: str, conversion: str) -> str:
        """Return a hash by which nobody without the key can find the ID, empty for an empty one."""
        text = f"conversion\0{programme}\0{account}\0{conversion}"
        return hmac.digest(self.key, text.encode(), "sha256")[:16].hex() if conversion else ""

    def page(self, referrer: str) -> str:
        """Return the path of a page of the blog, empty for any other address."""
        try:
            own, site = urlsplit(referrer), urlsplit(self.site_url)
            hosts = {(address.hostname or "").removeprefix("www.") for address in (own, site)}
        except ValueError:
            return ""
        base = site.path.rstrip("/")
        if len(hosts) > 1 or hosts == {""} or not f"{own.path}/".startswith(f"{base}/"):
            return ""
        return own.path or "/"


_ASIN_LENGTH = 10
_PIECES = (Field.QUANTITY, Field.RETURNS)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a report, read from its file each time. Iterating raises LinkmgrError."""

    body: Body
    order: int
    mark: str
    statuses: Mapping[str, Status]
    privacy: _Privacy
    account: str

    def __iter__(self) -> Iterator[ReportRow]:
        columns = [
            (field, field.value.replace("-", "_"), place)
            for field, place in self.body.columns.items()
            if field is not Field.CURRENCY  # which is the report's
        ]
        for line, cells in self.body.rows():
            values: dict[str, Any] = {"status": self.statuses.get(EVERY, self.body.layout.status)}
            for field, name, place in columns:
                cell = cells[place] if place < len(cells) else ""
                values[name] = self._value(field, cell, line)
            yield ReportRow(**values)

    def _value(self, field: Field, cell: Cell, line: int) -> Any:
        """Return what a row has of a cell."""
        if field in DAYS:
            days = read_days(cell)
            return days[self.order] if days else None
        if field in AMOUNTS:
            return self._amount(cell)
        if field in COUNTS:
            return self._count(field, cell, line)
        return self._text(field, cell)

    def _text(self, field: Field, cell: Cell) -> str:
        layout, text = self.body.layout, text_of(cell)
        match field:
            case Field.STATUS:
                return self.statuses[folded(text)]
            case Field.ORIGIN:
                return layout.origins.get(folded(text), Origin.UNKNOWN)
            case Field.CONVERSION:
                return self.privacy.hashed(layout.programme, self.account, text)
            case Field.REFERRER:
                return self.privacy.page(text)
            case Field.PRODUCT if isinstance(cell, Decimal):
                # A spreadsheet takes the zeros from the front of ASINs that are ISBNs.
                return text.rjust(_ASIN_LENGTH, "0")
        return text

    def _amount(self, cell: Cell) -> Decimal | None:
        amount = read_amount(cell)
        return amount.values[self.mark] if amount else None

    def _count(self, field: Field, cell: Cell, line: int) -> int | None:
        """Return a whole number; pieces that a report leaves empty are none."""
        value = self._amount(cell)
        if value is None:
            return 0 if field in _PIECES else None
        if value % 1:
            wrong = message("earnings.not-whole", found=excerpt(str(cell)))
            raise Problems([Problem.at(self.body.name, line, self.body.key(field), wrong)])
        return int(value)
