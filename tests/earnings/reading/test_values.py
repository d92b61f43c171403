"""Amounts, days and headings are read however reports write them, and never guessed."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.earnings.reading.model import Tax
from linkmgr.earnings.reading.values import (
    COMMA,
    ORDERS,
    POINT,
    ColumnHeading,
    days_in,
    read_amount,
    read_days,
    read_heading,
    same_currency,
    text_of,
)

AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=2)
DATES = st.dates(min_value=date(1994, 1, 1), max_value=date(2099, 12, 31))
WIDE = str.maketrans("0123456789,.-()", "０１２３４５６７８９，．－（）")

# How an amount in the English way may be written in a report.
WRITTEN = {
    "grouped": lambda text: text,
    "plain": lambda text: text.replace(",", ""),
    "wide": lambda text: text.translate(WIDE),
    "yen before": lambda text: (
        text[:1].replace("-", "-￥") + text[1:] if text[0] == "-" else f"￥{text}"
    ),
    "円 after": lambda text: f"{text}円",
    "triangle": lambda text: text.replace("-", "▲"),
    "minus": lambda text: text.replace("-", "−"),
    "brackets": lambda text: f"({text[1:]})" if text[0] == "-" else text,
    "spaces": lambda text: f"\u3000{text} ",
    "code": lambda text: f"{text} USD",
}


def values(cell):
    """Return what a number may be, by decimal mark."""
    return {mark: str(value) for mark, value in read_amount(cell).values.items()}


@given(AMOUNTS, st.sampled_from(sorted(WRITTEN)))
def test_an_amount_is_read_however_it_is_written(amount, way):
    written = WRITTEN[way](f"{amount:,.2f}")
    assert read_amount(written).values[POINT] == amount


@given(AMOUNTS, st.sampled_from([".", " ", "\u00a0", "\u202f", "’", "'"]))
def test_an_amount_with_a_decimal_comma_is_read(amount, group):
    written = f"{amount:,.2f}".replace(",", "x").replace(".", ",").replace("x", group)
    assert read_amount(written).values[COMMA] == amount


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("1,234", {POINT: "1234", COMMA: "1.234"}),
        ("1.234", {POINT: "1.234", COMMA: "1234"}),
        ("0.123", {POINT: "0.123"}),
        ("0,60", {COMMA: "0.60"}),
        ("12,34", {COMMA: "12.34"}),
        ("1.234,56", {COMMA: "1234.56"}),
        ("1,234.56", {POINT: "1234.56"}),
        ("1,234,567", {POINT: "1234567"}),
        ("1,23,456", {POINT: "123456"}),
        (".5", {POINT: "0.5"}),
        ("12", {POINT: "12", COMMA: "12"}),
        ("1234.5678", {POINT: "1234.5678"}),
        ("0.12345678", {POINT: "0.123457"}),
    ],
)
def test_what_a_mark_means_is_open_only_where_it_is(text, marks):
    assert values(text) == marks


@pytest.mark.parametrize(
    "text",
    [
        *("x", "1.2.3", "1,,2", "1-2", "--1", "1e5", "0x10", "1/2", "5%", "NaN", "inf", "12 pcs"),
        *("=1+1", "+", ".", ",", "¥", "€1 $2", "1234567890123", "१२", "2026-05-01", "٣"),
    ],
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError, match=r"number|large|currencies"):
        read_amount(text)


@pytest.mark.parametrize("text", ["", " ", "-", "―", "－", "n/a"])
def test_an_empty_cell_is_no_amount(text):
    assert read_amount(text) is None


@pytest.mark.parametrize("number", [Decimal("1.5"), Decimal(-3)])
def test_a_number_of_a_spreadsheet_is_not_ambiguous(number):
    assert set(read_amount(number).values.values()) == {number}


@pytest.mark.parametrize("number", ["1E+30", "Infinity", "NaN"])
def test_a_number_beyond_all_money_is_refused(number):
    with pytest.raises(ValueError, match="large"):
        read_amount(Decimal(number))


# Days.

FORMATS = [
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日", "%B %d, %Y", "%B %d %Y"),
    *("%b %d, %Y", "%d %B %Y", "%d-%b-%Y", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S"),
    *("%Y/%m/%d %H:%M", "%Y年%m月%d日 %H時%M分", "%Y-%m-%dT%H:%M:%S+09:00", "%a, %d %b %Y"),
]


@given(DATES, st.sampled_from(FORMATS))
def test_a_day_that_is_clear_is_one_day_in_each_order(day, written):
    assert read_days(day.strftime(written)) == (day, day, day)


@given(DATES)
def test_a_day_with_its_weekday_is_read(day):
    weekday = "月火水木金土日"[day.weekday()]
    for written in (f"{day:%Y/%m/%d}（{weekday}）", f"{day:%Y/%m/%d}({weekday}) 10:05"):
        assert read_days(written) == (day, day, day)


@given(DATES, st.sampled_from("/-."))
def test_a_day_with_its_year_last_is_read_in_both_orders(day, mark):
    _, month_first, day_first = read_days(day.strftime(f"%m{mark}%d{mark}%Y"))
    assert month_first == day
    assert day_first == (day.replace(month=day.day, day=day.month) if day.day <= 12 else None)


@given(DATES.filter(lambda day: day.year >= 2000))
def test_a_day_with_a_short_year_is_read_in_three_orders(day):
    for place, written in enumerate(("%y/%m/%d", "%m/%d/%y", "%d/%m/%y")):
        assert read_days(day.strftime(written))[place] == day


def test_wide_digits_are_digits():
    assert set(read_days("２０２６／０１／０５")) == {date(2026, 1, 5)}


@pytest.mark.parametrize("text", ["", "-", "0000-00-00 00:00:00"])
def test_an_empty_cell_is_no_day(text):
    assert read_days(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("x", "2026-02-30", "2026-13-01", "31/31/2026", "12", "1/2", "0001-01-01", "9999-01-01"),
        *("Foo 12, 2026", "2026-01", "20261301", "2026/01-05", "=TODAY()", "45000"),
    ],
)
def test_what_is_no_day_is_refused(text):
    with pytest.raises(ValueError, match="no day"):
        read_days(text)


@pytest.mark.parametrize("cell", [date(1900, 1, 1), date(2101, 1, 1), date(9999, 12, 31)])
def test_a_spreadsheets_day_that_no_sale_can_have_is_none(cell):
    with pytest.raises(ValueError, match="no day"):
        read_days(cell)


@given(st.text(max_size=30))
def test_no_text_breaks_the_readers(text):
    for read in (read_amount, read_days):
        try:
            read(text)
        except ValueError:
            continue
    assert read_heading(text).name == read_heading(read_heading(text).name).name
    assert all(days for days in days_in(text))
    assert "\n" not in text_of(text)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Fee earnings report from 06/01/2026 to 06/30/2026", [(6, 1), (6, 30)]),
        ("2026年5月1日〜2026年5月31日", [(5, 1), (5, 31)]),
        ("afb_20260131.csv", [(1, 31)]),
        ("1749669098694-Fee-DailyTrends-4361922d-46c0-4a70-88cf-b1db3a0395f1-XLSX.xlsx", []),
        ("tezukuri-22-earnings-report-20120622.tsv", [(6, 22)]),
        ("report.csv", []),
    ],
)
def test_days_are_found_in_titles_and_names(text, days):
    found = [
        next(each for each in one[1:] if each and (each.month, each.day) == wanted)
        for one, wanted in zip(days_in(text), days, strict=True)
    ]
    assert [(each.month, each.day) for each in found] == days


def test_the_orders_are_those_that_are_asked_about():
    assert [order.value for order in ORDERS] == ["ymd", "mdy", "dmy"]


# Headings.


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("Ad Fees($)", ColumnHeading("ad fees", "$")),
        ("Ad  Fees ($)", ColumnHeading("ad fees", "$")),
        ("Revenue(¥)", ColumnHeading("revenue", "JPY")),
        ("売上（円）", ColumnHeading("売上", "JPY")),
        ("Commission [EUR]", ColumnHeading("commission", "EUR")),
        ("報酬（税抜）", ColumnHeading("報酬", None, Tax.EXCLUDED)),
        ("報酬(税込)(円)", ColumnHeading("報酬", "JPY", Tax.INCLUDED)),
        ("Items Ordered (Amazon)", ColumnHeading("items ordered (amazon)")),
        ("ＡＳＩＮ", ColumnHeading("asin")),
        ("Clicks(all)", ColumnHeading("clicks(all)")),
    ],
)
def test_a_heading_says_its_currency_and_tax(text, heading):
    assert read_heading(text) == heading


def test_a_dollar_may_be_any_dollar_and_nothing_else():
    assert same_currency("$", "USD")
    assert same_currency("CAD", "$")
    assert same_currency("JPY", "JPY")
    assert not same_currency("$", "JPY")
    assert not same_currency("USD", "CAD")


def test_a_text_has_nothing_that_cannot_be_seen_or_stored():
    assert text_of(" a\0b\u200bc\nd ") == "a b c d"
    assert text_of('="00123"') == "00123"
    assert text_of("=LOVE") == "=LOVE"
    assert len(text_of("x" * 10_000)) == 500
    assert text_of(Decimal("1E+15")) == "1000000000000000"
