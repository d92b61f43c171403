"""A report of earnings as immutable values: its rows, and what must be asked before it is read."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from linkmgr.messages.message import Message


class ReportKind(StrEnum):
    """A report of Amazon's, of which several explain or replace each other.

    `FEE_EARNINGS` and `BOUNTY` are its money, `FEED` the same money in their place; the other ones
    check and explain. A report of any other programme needs no more than its layout.
    """

    FEE_EARNINGS = "amazon-fee-earnings"
    FEE_ORDERS = "amazon-fee-orders"
    FEE_TRACKING = "amazon-fee-tracking"
    FEE_DAILY_TRENDS = "amazon-fee-daily-trends"
    FEE_LINK_TYPE = "amazon-fee-link-type"
    BOUNTY = "amazon-bounty"
    FEED = "amazon-feed"


class Status(StrEnum):
    """What a programme has decided on a sale. What is `PAID` is a part of what is confirmed."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    PAID = "paid"


class Origin(StrEnum):
    """Whether what was sold is what the link led to."""

    DIRECT = "direct"
    INDIRECT = "indirect"
    UNKNOWN = "unknown"


class Tax(StrEnum):
    """What a report says of the tax in its amounts."""

    EXCLUDED = "excluded"
    INCLUDED = "included"
    UNKNOWN = "unknown"


class ReportRow(NamedTuple):
    """One row of a report.

    `conversion` is the keyed hash of the ID by which a later report names the same sale, empty
    where the report has none. Amounts are in the report's currency, those of returns negative;
    `None` is an amount or a count that the report does not have. `referrer` is the path of a page
    of the blog itself, empty for any other.
    """

    status: Status
    conversion: str = ""
    occurred: date | None = None
    shipped: date | None = None
    confirmed: date | None = None
    quantity: int = 1
    returns: int = 0
    reward: Decimal | None = None
    revenue: Decimal | None = None
    tracking: str = ""
    product: str = ""
    title: str = ""
    category: str = ""
    advertiser: str = ""
    referrer: str = ""
    sub_id: str = ""
    origin: Origin = Origin.UNKNOWN
    link_type: str = ""
    clicks: int | None = None
    orders: int | None = None

    @property
    def day(self) -> date | None:
        """The day to which the row belongs: that of the sale, else of shipping."""
        return self.occurred or self.shipped or self.confirmed


class ReportPeriod(NamedTuple):
    """Days, the first and the last included.

    `whole` says that the report itself, or its owner, names them; else they are those of its rows,
    of which the first and the last may be there in part.
    """

    first: date
    last: date
    whole: bool


@dataclass(frozen=True, slots=True)
class EarningsReport:
    """A report, read to its end without a mistake."""

    kind: str
    """The name of its layout, of Amazon's a `ReportKind`."""

    name: str
    """The name of the file, or of the file in an archive."""

    programme: str
    account: str
    currency: str
    tax: Tax
    as_of: date
    period: ReportPeriod
    money: bool
    """Whether its rows are earnings; those of other reports explain them, and are never added."""

    by_conversion: bool
    """Whether rows have IDs and replace their earlier state; else the report replaces its days."""

    count: int
    dropped: tuple[Message, ...]
    """What was left out."""

    source: Message
    """Where its headings come from."""

    rows: Iterable[ReportRow]
    """The rows, for which the file is read again each time."""


# Layouts: which column of a report has what.


class Field(StrEnum):
    """What a column can have; those before `CURRENCY` become fields of a `ReportRow`."""

    CONVERSION = "conversion"
    STATUS = "status"
    OCCURRED = "occurred"
    SHIPPED = "shipped"
    CONFIRMED = "confirmed"
    QUANTITY = "quantity"
    RETURNS = "returns"
    REWARD = "reward"
    REVENUE = "revenue"
    TRACKING = "tracking"
    PRODUCT = "product"
    TITLE = "title"
    CATEGORY = "category"
    ADVERTISER = "advertiser"
    REFERRER = "referrer"
    SUB_ID = "sub-id"
    ORIGIN = "origin"
    LINK_TYPE = "link-type"
    CLICKS = "clicks"
    ORDERS = "orders"
    CURRENCY = "currency"


class DateOrder(StrEnum):
    """In which order a date such as `05/01/2026` has its parts."""

    YEAR_FIRST = "ymd"
    MONTH_FIRST = "mdy"
    DAY_FIRST = "dmy"


@dataclass(frozen=True, slots=True)
class Layout:
    """What a report's columns have, and what its words mean.

    `columns` has for each field the headings that its column may have, or the column's number from
    1. A report is recognised by its columns of `needed`, or all of them where that is empty. One
    whose columns its owner named is recognised by exactly its `headings`, since another programme
    may have some of these, too; where they are not all different, by the first, `begins`, and the
    number of columns, `width`. With a `width` alone it has no headings, and is read by this layout
    only if its owner says so.
    `statuses` and `origins` have the words of their columns; without a column of states all rows
    have `status`. A currency, tax or order of dates of `None` is what the report itself says, or is
    asked for. `source` is where the headings of a layout that comes with linkmgr were read.
    """

    name: str
    programme: str
    columns: Mapping[Field, tuple[str | int, ...]]
    needed: frozenset[Field] = frozenset()
    headings: tuple[str, ...] = ()
    begins: str = ""
    width: int = 0
    statuses: Mapping[str, Status] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    status: Status = Status.PENDING
    money: bool = True
    currency: str | None = None
    tax: Tax | None = None
    date_order: DateOrder | None = None
    source: str = ""


# What must be asked.


class Asked(StrEnum):
    """What a question is about: the name of its option and of its form field."""

    LAYOUT = "layout"
    CURRENCY = "currency"
    DATE_ORDER = "date-order"
    DECIMAL_MARK = "decimal-mark"
    STATUSES = "statuses"
    PERIOD = "period"
    AS_OF = "as-of"
    EDGES = "edges"


EVERY = ""
"""The word for the state of every row, in reports that have no column of states."""


class AnswerOption(NamedTuple):
    """An answer that can be chosen."""

    value: str
    label: Message


@dataclass(frozen=True, slots=True)
class Sample:
    """The first rows of a table whose columns nobody has named yet, and a guess at them.

    `headings` is empty where the table has none. `guess` has numbers of columns from 1.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    guess: Mapping[Field, int]


@dataclass(frozen=True, slots=True)
class Question:
    """What a report doesn't say and nobody has answered yet.

    `name` is that of the file, or of the file in an archive. Without `choices` the answer is a
    text: a currency in three letters, a day, or two days as `2026-01-01/2026-01-31`. `examples` are
    values of the report that cannot be read without the answer; of `STATUSES` each of them is a
    word to choose a status for. Only a question for a layout has a `sample`; all others have the
    `programme` of the report.
    """

    asked: Asked
    name: str
    text: Message
    choices: tuple[AnswerOption, ...] = ()
    examples: tuple[str, ...] = ()
    sample: Sample | None = None
    programme: str = ""
    guess: str = ""
    """The likely answer, to be looked at."""

    def to_json(self) -> dict[str, Any]:
        """Return it as a value for JSON."""
        return {
            "asked": self.asked,
            "name": self.name,
            "text": self.text.to_json(),
            "choices": [[choice.value, choice.label.to_json()] for choice in self.choices],
            "examples": self.examples,
            "sample": asdict(self.sample) if self.sample else None,
            "programme": self.programme,
            "guess": self.guess,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Question":
        """Return the question that `to_json` gave."""
        sample = values["sample"]
        choices = [
            AnswerOption(value, Message.from_json(label)) for value, label in values["choices"]
        ]
        if sample:
            rows = tuple(tuple(row) for row in sample["rows"])
            guess = {Field(name): number for name, number in sample["guess"].items()}
            sample = Sample(tuple(sample["headings"]), rows, guess)
        return cls(
            asked=Asked(values["asked"]),
            name=values["name"],
            text=Message.from_json(values["text"]),
            choices=tuple(choices),
            examples=tuple(values["examples"]),
            sample=sample,
            programme=values["programme"],
            guess=values["guess"],
        )


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered, or is known from an earlier report of the same account.

    They are of one file, and of all files in it. `layout` is the one to read a table by that is of
    no known kind.
    """

    account: str = ""
    layout: Layout | None = None
    currency: str | None = None
    date_order: DateOrder | None = None
    decimal_mark: str | None = None
    statuses: Mapping[str, Status] = field(default_factory=dict)
    period: tuple[date, date] | None = None
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class ReportReading:
    """A file that was read: its reports, or what must be asked first.

    `skipped` says which tables of a file with several are no reports that linkmgr knows.
    """

    reports: tuple[EarningsReport, ...] = ()
    questions: tuple[Question, ...] = ()
    skipped: tuple[Message, ...] = ()
