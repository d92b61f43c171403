"""How reports write headings, amounts and days.

What can be read in two ways is read in both: the whole column settles it, or the owner is asked.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from linkmgr.earnings.reading.model import DateOrder, Tax

Cell: TypeAlias = str | Decimal | date
"""A cell of a table: a text, or what a spreadsheet says is a number or a day."""


def plain(text: str) -> str:
    """Return a text with full-width forms made narrow, and single spaces between its words."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def folded(text: str) -> str:
    """Return a text as it is compared with others."""
    return plain(text).casefold()


_LONGEST_TEXT = 500


def text_of(cell: Cell) -> str:
    """Return a cell as a text of one line, without what cannot be seen or stored."""
    text = format(cell, "f") if isinstance(cell, Decimal) else str(cell)
    if text.startswith('="') and text.endswith('"'):  # how a text is kept from being a number
        text = text[2:-1]
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())[:_LONGEST_TEXT]


# Headings: `Ad Fees($)` and `報酬（税抜）` name the currency and the tax of their columns.

_SIGNS = {
    "¥": "JPY",
    "\\": "JPY",  # the yen sign of Shift_JIS, as all others read it
    "円": "JPY",
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "r$": "BRL",
    "us$": "USD",
    "ca$": "CAD",
    "c$": "CAD",
    "au$": "AUD",
    "a$": "AUD",
    "mx$": "MXN",
    "s$": "SGD",
    "zł": "PLN",
    "$": "$",
}
DOLLARS = ("USD", "CAD", "AUD", "MXN", "SGD")
"""The currencies that `$` alone may be: those of Amazon's marketplaces."""

_TAXES = {
    "税抜": Tax.EXCLUDED,
    "税抜き": Tax.EXCLUDED,
    "税別": Tax.EXCLUDED,
    "excl. tax": Tax.EXCLUDED,
    "excl. vat": Tax.EXCLUDED,
    "税込": Tax.INCLUDED,
    "税込み": Tax.INCLUDED,
    "incl. tax": Tax.INCLUDED,
    "incl. vat": Tax.INCLUDED,
}
# Those that programmes pay in; three letters alone may be anything, such as `(all)`.
_CODES = frozenset(
    (
        *("aed", "ars", "aud", "bgn", "brl", "cad", "chf", "clp", "cny", "cop", "czk", "dkk"),
        *("egp", "eur", "gbp", "hkd", "huf", "idr", "ils", "inr", "jpy", "krw", "mxn", "myr"),
        *("nok", "nzd", "pen", "php", "pln", "ron", "rub", "sar", "sek", "sgd", "thb", "try"),
        *("twd", "uah", "usd", "vnd", "zar"),
    )
)
_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")


class ColumnHeading(NamedTuple):
    """A heading as it is compared, and what it says of the amounts below it."""

    name: str
    currency: str | None = None
    tax: Tax | None = None


def read_heading(text: str) -> ColumnHeading:
    """Read a heading; of brackets only those that name neither currency nor tax stay."""
    currency: str | None = None
    tax: Tax | None = None

    def note(bracket: re.Match[str]) -> str:
        nonlocal currency, tax
        inner = bracket[1].strip()
        if inner in _TAXES:
            tax = _TAXES[inner]
        elif inner in _SIGNS or inner in _CODES:
            currency = _SIGNS.get(inner, inner.upper())
        else:
            return bracket[0]
        return ""

    name = _BRACKETS.sub(note, folded(text))
    return ColumnHeading(" ".join(name.split()), currency, tax)


def same_currency(one: str, other: str) -> bool:
    """Whether two currencies may be the same, `$` being any dollar."""
    return one == other or ({one, other} - {"$"} <= set(DOLLARS) and "$" in (one, other))


# Amounts: `▲1,234`, `(12.50)`, `¥１，２３４`, `1.234,56 €`.

POINT, COMMA = ".", ","

_NOTHING = frozenset(("", "-", "--", "–", "—", "―", "ー", "n/a"))
_MINUS = "-−▲△–"
_CURRENCY = re.compile(
    rf"{'|'.join(re.escape(sign) for sign in sorted(_SIGNS, key=len, reverse=True))}"
    rf"|(?<![a-z])(?:{'|'.join(sorted(_CODES))})(?![a-z])"
)
_GROUPS = {POINT: r"[,' ’]", COMMA: r"[.' ’]"}
# Groups of two are the lakhs of `1,23,456`.
_WRITTEN = {
    mark: re.compile(
        rf"(?P<whole>\d+|[1-9]\d{{0,2}}(?:{group}\d{{2,3}})*{group}\d{{3}}|(?=[.,]))"
        rf"(?:{re.escape(mark)}(?P<part>\d+))?",
        re.ASCII,
    )
    for mark, group in _GROUPS.items()
}
_MOST_DIGITS = 12
_PLACES = 6
"""Decimal places that are kept: a commission of a cent's fraction has four."""


class Amount(NamedTuple):
    """A number as it is written: its value by decimal mark, and its currency if it has one."""

    values: Mapping[str, Decimal]
    currency: str | None = None


@lru_cache(maxsize=4096)
def read_amount(cell: Cell) -> Amount | None:
    """Read a number; `None` is an empty cell. Raise ValueError for anything else."""
    if isinstance(cell, Decimal):
        value = _bounded(cell)
        return Amount({POINT: value, COMMA: value})
    if isinstance(cell, date):
        raise ValueError("a day")  # noqa: TRY004 - as a text that is no number
    text = folded(cell)
    if text in _NOTHING:
        return None
    currencies = _CURRENCY.findall(text)
    if len(currencies) > 1:
        raise ValueError("two currencies")
    text = _CURRENCY.sub("", text, count=1).strip()
    negative = False
    if text.startswith("(") and text.endswith(")"):
        negative, text = True, text[1:-1].strip()
    elif text[:1] in _MINUS:
        negative, text = True, text[1:].strip()
    text = text.removeprefix("+")
    values = {
        mark: _bounded(_value(match, negative=negative))
        for mark, written in _WRITTEN.items()
        if (match := written.fullmatch(text)) and text
    }
    if not values:
        raise ValueError("no number")
    currency = _SIGNS.get(currencies[0], currencies[0].upper()) if currencies else None
    return Amount(MappingProxyType(values), currency)


def _value(written: re.Match[str], *, negative: bool) -> Decimal:
    whole = re.sub(r"\D", "", written["whole"]) or "0"
    part = f".{written['part']}" if written["part"] else ""
    return Decimal(f"{'-' if negative else ''}{whole}{part}")


def _bounded(value: Decimal) -> Decimal:
    """Return a value with at most `_PLACES` decimal places. Raise ValueError for a huge one."""
    if not value.is_finite() or value.adjusted() >= _MOST_DIGITS:
        raise ValueError("too large")
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -_PLACES:
        return round(value, _PLACES)
    return value


# Days: `2026/01/05（木）`, `2026年1月5日`, `September 15 2026`, `05/01/2026`.

Days: TypeAlias = tuple[date | None, date | None, date | None]
"""The day that a text is by each order of `DateOrder`, `None` where it is none."""

ORDERS = (DateOrder.YEAR_FIRST, DateOrder.MONTH_FIRST, DateOrder.DAY_FIRST)

_NEVER = re.compile(r"0000[-/]00[-/]00.*")
_WEEKDAY = re.compile(r"\((?:[月火水木金土日](?:曜日?)?|[a-z]{3})\)|^[a-z]{3,9}, ")
_TIME = re.compile(
    r"(?:t| ?)(?:\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?|\d{1,2}時\d{1,2}分(?:\d{1,2}秒)?)(?: ?[ap]m)?"
    r"(?: ?(?:z|[a-z]{3,4}|[-+]\d{2}:?\d{2}))?"
)
_YEAR_FIRST = re.compile(r"(\d{4})([-/.年]) ?(\d{1,2})(?:\2|月) ?(\d{1,2})日?|(\d{4})(\d\d)(\d\d)")
_NUMERIC = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})")
_MONTH_NAMED = re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_DAY_NAMED = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[- ]([a-z]{3,9})\.?[-, ] ?(\d{4}|\d{2})")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
# The oldest affiliate programme is of 1994.
FIRST_DAY, LAST_DAY = date(1994, 1, 1), date(2100, 12, 31)
# Of days that a spreadsheet has as numbers without a format. It counts a 29th of February 1900,
# which there was not (ECMA-376, part 1, section 18.17.4).
_DAY_0 = date(1899, 12, 30)


@lru_cache(maxsize=4096)
def read_days(cell: Cell) -> Days | None:
    """Read a day, its time of day left out; `None` is an empty cell. Raise ValueError."""
    if isinstance(cell, Decimal):
        first, last = ((day - _DAY_0).days for day in (FIRST_DAY, LAST_DAY))
        if not first <= cell < last:
            raise ValueError("a number")
        cell = _DAY_0 + timedelta(days=int(cell))
    if isinstance(cell, date):
        if not FIRST_DAY <= cell <= LAST_DAY:
            raise ValueError("no day of a sale")
        return cell, cell, cell
    text = _WEEKDAY.sub("", folded(cell)).strip()
    if text in _NOTHING or _NEVER.fullmatch(text):
        return None
    days = _days(text)
    if days is None:  # a time of day last, since `2026/01/05 10:00` may lack the space
        for match in _TIME.finditer(text):
            if match.end() == len(text) and (days := _days(text[: match.start()].strip())):
                break
    if days is None or not any(days):
        raise ValueError("no day")
    return days


def _days(text: str) -> Days | None:
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day = (part for part in match.groups() if part and part.isdigit())
        return (_day(year, month, day),) * 3
    if match := _NUMERIC.fullmatch(text):
        first, _, second, third = match.groups()
        short = len(third) == len("26")
        return (
            _day(f"20{first}", second, third) if short and len(first) == len("26") else None,
            _day(f"20{third}" if short else third, first, second),
            _day(f"20{third}" if short else third, second, first),
        )
    if match := _MONTH_NAMED.fullmatch(text):
        return (_day(match[3], _month(match[1]), match[2]),) * 3
    if match := _DAY_NAMED.fullmatch(text):
        year = match[3] if len(match[3]) > len("26") else f"20{match[3]}"
        return (_day(year, _month(match[2]), match[1]),) * 3
    return None


def _month(name: str) -> str:
    """Return the number of a month by its English name or its first letters, 0 for any other."""
    numbers = (number for number, month in enumerate(_MONTHS, 1) if month.startswith(name))
    return str(next(numbers, 0))


def _day(year: str, month: str, day: str) -> date | None:
    try:
        stated = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return stated if FIRST_DAY <= stated <= LAST_DAY else None


# Periods and days in titles and in names of files.

_IN_TEXT = re.compile(
    r"(?<!\d)(?:\d{4}[-/.年] ?\d{1,2}[-/.月] ?\d{1,2}日?|\d{1,2}([-/.])\d{1,2}\1\d{4}"
    r"|\d{1,2}[- ][a-z]{3,9}[- ]\d{4})(?!\d)"
    r"|[a-z]{3,9}\.? \d{1,2},? \d{4}(?!\d)"
    r"|(?<![0-9a-z])20\d{6}(?![0-9a-z])"
)


def days_in(text: str) -> list[Days]:
    """Return the days that a text mentions, in its order."""
    mentioned = (_days(match[0]) for match in _IN_TEXT.finditer(folded(text)))
    return [days for days in mentioned if days and any(days)]
