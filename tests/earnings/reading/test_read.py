"""Each kind of report is read to the cent, and what it doesn't say is asked."""

import csv
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.utils.datetime import MAC_EPOCH

from linkmgr.earnings.reading.layouts import keep_answers, load_layouts, named_layout
from linkmgr.earnings.reading.model import (
    EVERY,
    Answers,
    Asked,
    DateOrder,
    Field,
    Layout,
    Origin,
    ReportKind,
    Status,
    Tax,
)
from linkmgr.messages.errors import LinkmgrError, Problems
from linkmgr.messages.message import translate
from tests.support.reports import (
    AS_OF,
    DOLLARS,
    EXPECTED,
    YEN,
    read_bytes,
    read_report,
    report_bytes,
    report_text,
    table,
    workbook,
    zipped,
)

AMAZON = [file for file in EXPECTED if file.startswith("amazon-") and file.endswith(".csv")]
EARNINGS = report_text("amazon-fee-earnings.csv")
PENDING = replace(YEN, statuses={EVERY: Status.PENDING})
"""What is answered for reports without a column of states."""


def rewards(report):
    """Return the sums of rewards by status, as texts."""
    found = {}
    for row in report.rows:
        if row.reward is not None:
            found[row.status.value] = found.get(row.status.value, Decimal(0)) + row.reward
    return {status: str(reward) for status, reward in found.items()}


def only(reading):
    (report,) = reading.reports
    return report


def asked(reading):
    return [question.asked for question in reading.questions]


def problems(excinfo):
    return [str(problem) for problem in excinfo.value.parts]


# Each kind, as the table of the made-up reports has it.


@pytest.mark.parametrize("file", EXPECTED)
def test_a_report_of_each_kind_is_read_to_the_yen_and_cent(file, tmp_path):
    wanted = EXPECTED[file]
    report = only(read_report(tmp_path, file))
    rows = list(report.rows)
    assert (report.kind, report.money) == (wanted["kind"], wanted.get("money", False))
    assert report.count == len(rows) == wanted["count"]
    assert f"{report.period.first}/{report.period.last}" == wanted["period"]
    assert rewards(report) == wanted.get("reward", {})
    assert sum(row.quantity for row in rows) == wanted["quantity"]
    revenues = [row.revenue for row in rows if row.revenue is not None]
    assert str(sum(revenues)) == str(wanted.get("revenue", 0))
    if currency := wanted.get("currency") or wanted.get("answers", {}).get("currency"):
        assert report.currency == currency


@pytest.mark.parametrize("file", EXPECTED)
def test_each_made_up_report_says_where_its_headings_are_from(file):
    assert EXPECTED[file]["source"]


@pytest.mark.parametrize("file", [file for file in AMAZON if file != "amazon-japan.csv"])
def test_columns_are_found_in_any_order(file, tmp_path):
    title, *rows = csv.reader(report_text(file).splitlines())
    moved = [[*row[1::2], *row[::2]] for row in rows]
    lines = [",".join(f'"{cell}"' for cell in row) for row in [title, *moved]]
    usual = only(read_report(tmp_path, file))
    before = list(usual.rows)
    after = only(read_report(tmp_path, file, data="\n".join(lines).encode()))
    assert after.kind == usual.kind
    assert list(after.rows) == before


def test_a_sale_has_all_that_its_row_says(tmp_path):
    first, *_, back = only(read_report(tmp_path, "amazon-fee-earnings.csv")).rows
    assert first.status is Status.CONFIRMED
    assert (first.shipped, first.occurred, first.day) == (date(2026, 5, 3), None, date(2026, 5, 3))
    assert (first.product, first.tracking, first.origin) == (
        *("B0EXAMPLE1", "tezukuri-20"),
        Origin.DIRECT,
    )
    assert (first.title, first.category) == ("Gooseneck Kettle, 1 l", "Kitchen")
    assert (back.quantity, back.returns, back.reward) == (0, 1, Decimal("-2.25"))


def test_two_equal_rows_are_two_sales(tmp_path):
    rows = list(only(read_report(tmp_path, "amazon-fee-earnings.csv")).rows)
    assert rows[0] == rows[1]
    assert len(rows) == 5


def test_rows_can_be_read_again(tmp_path):
    report = only(read_report(tmp_path, "amazon-feed.tsv"))
    assert list(report.rows) == list(report.rows)


def test_a_title_of_the_feed_keeps_its_quotes(tmp_path):
    first, *_ = only(read_report(tmp_path, "amazon-feed.tsv")).rows
    assert first.title == '"Small" Gardens'
    assert first.sub_id == "shelf"


def test_the_reports_that_check_are_no_money(tmp_path):
    money = {only(read_report(tmp_path, file)).kind: file for file in EXPECTED}
    assert {kind for kind, file in money.items() if only(read_report(tmp_path, file)).money} >= {
        ReportKind.FEE_EARNINGS,
        ReportKind.BOUNTY,
        ReportKind.FEED,
        "afb",
    }
    assert not any(
        only(read_report(tmp_path, money[kind])).money
        for kind in (
            *(ReportKind.FEE_ORDERS, ReportKind.FEE_TRACKING),
            *(ReportKind.FEE_DAILY_TRENDS, ReportKind.FEE_LINK_TYPE),
        )
    )


def test_orders_say_which_are_of_the_linked_product(tmp_path):
    rows = only(read_report(tmp_path, "amazon-fee-orders.csv")).rows
    assert [row.origin for row in rows] == [Origin.DIRECT, Origin.DIRECT, Origin.INDIRECT]


def test_clicks_and_orders_of_a_tracking_id_are_read(tmp_path):
    rows = list(only(read_report(tmp_path, "amazon-fee-tracking.csv")).rows)
    assert [(row.tracking, row.clicks, row.orders) for row in rows] == [
        ("tezukuri-20", 1204, 4),
        ("garden-20", 310, 3),
    ]


# Customers, and what else is left out.


def test_nothing_of_a_customer_is_in_a_row(tmp_path):
    report = only(read_report(tmp_path, "afb.csv"))
    told = repr(list(report.rows))
    for secret in ("member-3", "Mozilla", "ドリップ", "A-000", "utm_source", "search.example"):
        assert secret not in told
    dropped = str(report.dropped)
    assert all(name in dropped for name in ("ポイントバックID", "キーワード", "User-Agent"))


def test_ids_are_hashed_under_the_key_of_the_instance(tmp_path):
    ids = [row.conversion for row in only(read_report(tmp_path, "afb.csv")).rows]
    again = [row.conversion for row in only(read_report(tmp_path, "afb.csv")).rows]
    other = [row.conversion for row in only(read_report(tmp_path, "afb.csv", key=b"o" * 32)).rows]
    assert ids == again
    assert len({*ids, *other}) == 6
    assert all(len(each) == 32 for each in ids)


def test_the_same_id_of_another_account_is_another_sale(tmp_path):
    ids = {
        row.conversion
        for account in ("", "second")
        for row in only(read_report(tmp_path, "afb.csv", answers=Answers(account=account))).rows
    }
    assert len(ids) == 6


@pytest.mark.parametrize(
    ("referrer", "page"),
    [
        ("https://tezukuri.example.com/a.html?x=1#y", "/a.html"),
        ("http://www.tezukuri.example.com/%E8%B1%86/", "/%E8%B1%86/"),
        ("https://tezukuri.example.com", "/"),
        ("https://other.example.com/a.html", ""),
        ("https://tezukuri.example.com.evil.example/a.html", ""),
        ("https://[broken/a.html", ""),
        ("", ""),
    ],
)
def test_of_referrers_the_pages_of_the_blog_stay(referrer, page, tmp_path):
    data = report_text("moshimo-rakuten.csv").splitlines()
    line = data[1].rpartition(",")[0]
    rows = only(
        read_report(
            tmp_path, "moshimo-rakuten.csv", data=f"{data[0]}\n{line},{referrer}\n".encode()
        )
    ).rows
    assert [row.referrer for row in rows] == [page]


def test_pages_outside_the_blogs_folder_are_not_the_blogs(tmp_path):
    rows = only(
        read_report(
            tmp_path, "moshimo-rakuten.csv", site_url="https://tezukuri.example.com/2026/04/"
        )
    ).rows
    assert [row.referrer for row in rows] == ["/2026/04/29/kettle.html", ""]


def test_rows_of_totals_and_notes_are_left_out_and_counted(tmp_path):
    data = EARNINGS + ",,,,,,,,,,115.92,,\n※ figures may change,,,,,,,,,,,,\n\n"
    report = only(read_bytes(tmp_path, data.encode(), answers=DOLLARS))
    assert rewards(report) == {"confirmed": "115.92"}
    assert str(report.dropped[0].params) == "(('count', 3),)"


@pytest.mark.parametrize("day", ["", "合計"])
def test_a_row_without_a_day_that_says_totals_is_one(tmp_path, day):
    data = EARNINGS + f"合計,3 items,,,,{day},,6,0,115.92,115.92,,\n"
    report = only(read_bytes(tmp_path, data.encode(), answers=DOLLARS))
    assert (report.count, rewards(report)) == (5, {"confirmed": "115.92"})


def test_a_product_named_total_is_no_total(tmp_path):
    data = EARNINGS.replace("Watering Can", "Total")
    assert only(read_bytes(tmp_path, data.encode(), answers=DOLLARS)).count == 5


def test_a_sale_whose_name_begins_like_a_note_is_a_sale(tmp_path):
    data = EARNINGS.replace("Garden,Watering", "※ Garden,Watering")
    assert only(read_bytes(tmp_path, data.encode(), answers=DOLLARS)).count == 5


def test_headings_that_are_repeated_in_the_file_are_no_rows(tmp_path):
    data = EARNINGS + EARNINGS.partition("\n")[2]
    report = only(read_bytes(tmp_path, data.encode(), answers=DOLLARS))
    assert (report.count, rewards(report)) == (10, {"confirmed": "231.84"})


# Archives and workbooks.


def test_an_archive_holds_several_reports(tmp_path):
    data = zipped(
        **{file.replace(".", "_"): report_text(file) for file in AMAZON if "japan" not in file},
        **{"__MACOSX/._a_csv": "x", ".DS_Store": "y"},
    )
    reading = read_bytes(
        tmp_path, data, "reports.zip", replace(DOLLARS, date_order=DateOrder.MONTH_FIRST)
    )
    assert {report.kind for report in reading.reports} == {
        kind for kind in ReportKind if kind is not ReportKind.FEED
    }
    money = [rewards(report) for report in reading.reports if report.money]
    assert sorted(map(str, money)) == ["{'confirmed': '115.92'}", "{'confirmed': '15.00'}"]
    assert reading.skipped == ()


def test_an_unknown_table_of_an_archive_is_left_out_and_said(tmp_path):
    data = zipped(a_csv=EARNINGS, Bonus_csv="Month,Bonus\n2026-05,1.00\n")
    reading = read_bytes(tmp_path, data, "reports.zip", DOLLARS)
    assert [report.kind for report in reading.reports] == [ReportKind.FEE_EARNINGS]
    assert [dict(each.params)["name"] for each in reading.skipped] == ["reports.zip/Bonus.csv"]


def native(text):
    """Return a cell as a spreadsheet has it: a number, a day, or a text."""
    for read in (int, float, lambda each: date(*map(int, each.split("-")))):
        try:
            return read(text)
        except (TypeError, ValueError):
            continue
    return text


def test_a_workbook_has_a_report_a_sheet_and_clear_values(tmp_path):
    def sheet(file, order):
        for row in csv.reader(report_text(file).splitlines()):
            cells = [cell.replace(",", "") if cell[:1].isdigit() else cell for cell in row]
            yield [native(order(cell)) for cell in cells]

    def iso(cell):
        parts = cell.split("/")
        return f"{parts[2]}-{parts[0]}-{parts[1]}" if len(parts) == 3 else cell

    data = workbook(
        **{
            "Fee-Tracking": sheet("amazon-fee-tracking.csv", str),
            "Fee-Earnings": sheet("amazon-fee-earnings.csv", iso),
        }
    )
    tracking, earnings = read_bytes(tmp_path, data, "report.xlsx", DOLLARS).reports
    assert (tracking.kind, tracking.name) == (ReportKind.FEE_TRACKING, "report.xlsx [Fee-Tracking]")
    assert rewards(earnings) == {"confirmed": "115.92"}
    assert next(iter(earnings.rows)).shipped == date(2026, 5, 3)
    assert {row.product for row in earnings.rows} == {"B0EXAMPLE1", "1800000019", "B0EXAMPLE2"}


def test_an_isbn_keeps_zeros_that_a_spreadsheet_took(tmp_path):
    rows = [
        ["ASIN", "Date Shipped", "Ad Fees($)"],
        [60527307, date(2026, 5, 1), 0.6],
    ]
    report = only(read_bytes(tmp_path, workbook(a=rows), "a.xlsx", DOLLARS))
    assert [(row.product, row.reward) for row in report.rows] == [("0060527307", Decimal("0.6"))]


# What is asked.


def test_all_that_is_missing_is_asked_at_once(tmp_path):
    data = b"ASIN,Date Shipped,Ad Fees\nB0EXAMPLE1,05/01/2026,1.234\n"
    reading = read_bytes(tmp_path, data, "a.csv", Answers())
    assert asked(reading) == [
        *(Asked.DATE_ORDER, Asked.DECIMAL_MARK, Asked.CURRENCY, Asked.AS_OF),
    ]
    order, mark, *_ = reading.questions
    assert [choice.value for choice in order.choices] == ["mdy", "dmy"]
    assert (order.examples, mark.examples) == (("05/01/2026",), ("1.234",))
    assert reading.reports == ()


@pytest.mark.parametrize(
    ("order", "day"), [(DateOrder.MONTH_FIRST, 1), (DateOrder.DAY_FIRST, 5)], ids=str
)
@pytest.mark.parametrize(("mark", "reward"), [(".", "1.234"), (",", "1234")])
def test_what_was_answered_decides(order, day, mark, reward, tmp_path):
    data = b"ASIN,Date Shipped,Ad Fees\nB0EXAMPLE1,05/01/2026,1.234\n"
    answers = replace(DOLLARS, date_order=order, decimal_mark=mark)
    (row,) = only(read_bytes(tmp_path, data, "a.csv", answers)).rows
    assert (row.shipped.day, str(row.reward)) == (day, reward)


@pytest.mark.parametrize(
    ("other", "day"),
    [("13/02/2026", date(2026, 1, 5)), ("02/13/2026", date(2026, 5, 1))],
)
def test_one_day_that_can_be_read_in_one_way_settles_the_column(other, day, tmp_path):
    rows = [["ASIN", "Date Shipped", "Ad Fees"]]
    rows += [["B0EXAMPLE1", each, "1"] for each in ("05/01/2026", other)]
    first, _ = only(read_bytes(tmp_path, table(*rows))).rows
    assert first.shipped == day


def test_ambiguous_days_are_not_compared_with_answers(tmp_path):
    data = table(["ASIN", "Date Shipped", "Ad Fees"], ["B0EXAMPLE1", "12/05/2026", "1"])
    may = (date(2026, 5, 1), date(2026, 5, 31))
    answers = replace(YEN, period=may)
    assert asked(read_bytes(tmp_path, data, answers=answers)) == [Asked.DATE_ORDER]
    answers = replace(answers, date_order=DateOrder.DAY_FIRST)
    assert only(read_bytes(tmp_path, data, answers=answers)).period == (*may, True)


def test_what_a_report_says_of_itself_precedes_an_answer(tmp_path):
    data = table(["ASIN", "Date Shipped", "Ad Fees"], ["B0EXAMPLE1", "13/02/2026", "1.50"])
    answers = replace(YEN, date_order=DateOrder.MONTH_FIRST, decimal_mark=",")
    (row,) = only(read_bytes(tmp_path, data, answers=answers)).rows
    assert (row.shipped, row.reward) == (date(2026, 2, 13), Decimal("1.50"))


def test_days_of_both_orders_are_a_mistake_at_its_line(tmp_path):
    rows = [["ASIN", "Date Shipped", "Ad Fees"]]
    rows += [["B0EXAMPLE1", each, "1"] for each in ("13/02/2026", "02/13/2026", "x")]
    with pytest.raises(Problems) as excinfo:
        read_bytes(tmp_path, table(*rows))
    first, second = problems(excinfo)
    assert first.startswith("report.csv:3: Date Shipped: the day “02/13/2026” has its parts in")
    assert second == "report.csv:4: Date Shipped: “x” is no day"


def test_days_that_are_same_in_each_order_are_not_asked_about(tmp_path):
    data = table(["ASIN", "Date Shipped", "Ad Fees"], ["B0EXAMPLE1", "05/05/2026", "1"])
    assert only(read_bytes(tmp_path, data)).period.first == date(2026, 5, 5)


def test_the_title_settles_the_order_of_days_too(tmp_path):
    data = table(["From 05/01/2026 to 05/31/2026"]) + table(
        ["ASIN", "Date Shipped", "Ad Fees"], ["B0EXAMPLE1", "05/03/2026", "1"]
    )
    report = only(read_bytes(tmp_path, data))
    assert report.period == (date(2026, 5, 1), date(2026, 5, 31), True)


@pytest.mark.parametrize(
    ("heading", "cell", "asks"),
    [
        ("Ad Fees($)", "1", Asked.CURRENCY),
        ("Ad Fees", "$1", Asked.CURRENCY),
        ("Ad Fees", "1", Asked.CURRENCY),
        ("Ad Fees(€)", "1", "EUR"),
        ("Ad Fees(JPY)", "1", "JPY"),
        ("Ad Fees", "￥1", "JPY"),
        ("Ad Fees", "1 円", "JPY"),
        ("Ad Fees", "US$1", "USD"),
        ("Ad Fees($)", "CA$1", "CAD"),
    ],
)
def test_the_currency_is_read_or_asked(heading, cell, asks, tmp_path):
    data = table(["ASIN", "Date Shipped", heading], ["B0EXAMPLE1", "2026-05-01", cell])
    reading = read_bytes(tmp_path, data, answers=Answers(as_of=AS_OF))
    if asks is Asked.CURRENCY:
        assert asked(reading) == [asks]
    else:
        assert only(reading).currency == asks


@pytest.mark.parametrize(
    ("heading", "cells", "answers", "says"),
    [
        ("Ad Fees(€)", ["1"], YEN, "report.csv: the report is in EUR, its account in JPY"),
        ("Ad Fees($)", ["1"], YEN, "report.csv: the report is in $, its account in JPY"),
        ("Ad Fees", ["€1", "¥1"], Answers(as_of=AS_OF), "JPY after EUR"),
    ],
)
def test_another_currency_is_refused(heading, cells, answers, says, tmp_path):
    rows = [["B0EXAMPLE1", "2026-05-01", cell] for cell in cells]
    data = table(["ASIN", "Date Shipped", heading], *rows)
    with pytest.raises(LinkmgrError, match=says.replace("$", r"\$")):
        read_bytes(tmp_path, data, answers=answers)


def test_a_column_of_currencies_has_one(tmp_path):
    layout = Layout(
        "cj", "cj", {Field.OCCURRED: ("Day",), Field.REWARD: ("Fee",), Field.CURRENCY: ("Cur",)}
    )
    rows = [["Day", "Fee", "Cur"], ["2026-05-01", "1", "USD"], ["2026-05-01", "1", "usd"]]
    answers = Answers(as_of=AS_OF)
    assert only(read_bytes(tmp_path, table(*rows), "a.csv", answers, [layout])).currency == "USD"
    with pytest.raises(LinkmgrError, match=r"a\.csv:4: EUR after USD"):
        read_bytes(tmp_path, table(*rows, ["2026-05-01", "1", "EUR"]), "a.csv", answers, [layout])


def test_words_of_states_that_nobody_knows_are_asked_about(tmp_path):
    data = report_text("afb.csv").replace("未承認", "審査中").encode("cp932")
    reading = read_bytes(tmp_path, data, "afb_20260301.csv", Answers())
    (question,) = reading.questions
    assert (question.asked, question.examples) == (Asked.STATUSES, ("審査中",))
    assert [choice.value for choice in question.choices] == [*Status]
    answers = Answers(statuses={"審査中": Status.PENDING})
    report = only(read_bytes(tmp_path, data, "afb_20260301.csv", answers))
    assert rewards(report) == EXPECTED["afb.csv"]["reward"]


def test_a_report_without_days_asks_for_its_period(tmp_path):
    data = report_text("amazon-fee-tracking.csv").partition("\n")[2].encode()
    assert asked(read_bytes(tmp_path, data, answers=DOLLARS)) == [Asked.PERIOD]
    may = (date(2026, 5, 1), date(2026, 5, 31))
    report = only(read_bytes(tmp_path, data, answers=replace(DOLLARS, period=may)))
    assert report.period == (*may, True)


def test_a_report_without_rows_is_of_the_period_of_its_title(tmp_path):
    data = "".join(EARNINGS.splitlines(keepends=True)[:2]).encode()
    report = only(read_bytes(tmp_path, data, answers=DOLLARS))
    assert (report.count, list(report.rows), report.period.whole) == (0, [], True)


def test_days_that_only_rows_tell_are_not_known_to_be_whole(tmp_path):
    report = only(read_report(tmp_path, "amazon-japan.csv"))
    assert not report.period.whole


@pytest.mark.parametrize(
    ("name", "period", "whole"),
    [
        ("fees_20260501-20260531.csv", (date(2026, 5, 1), date(2026, 5, 31)), True),
        ("fees_2026-05-04_2026-05-31.csv", (date(2026, 5, 3), date(2026, 5, 31)), False),
    ],
)
def test_the_name_of_a_file_has_its_period(name, period, whole, tmp_path):
    data = EARNINGS.partition("\n")[2].encode()
    report = only(read_bytes(tmp_path, data, name, DOLLARS))
    assert report.period == (*period, whole)


@pytest.mark.parametrize("day", ["2026-06-02", "20260602", "2026_06_02", "2026.06.02"])
def test_the_as_of_day_is_in_the_name(day, tmp_path):
    answers = Answers(currency="USD")
    if day == "2026_06_02":
        assert asked(read_bytes(tmp_path, EARNINGS.encode(), f"fees-{day}.csv", answers)) == [
            Asked.AS_OF
        ]
    else:
        report = only(read_bytes(tmp_path, EARNINGS.encode(), f"fees-{day}.csv", answers))
        assert report.as_of == AS_OF


def test_the_as_of_day_is_in_the_title(tmp_path):
    data = f"作成日：2026年6月2日\n{EARNINGS}".encode()
    assert only(read_bytes(tmp_path, data, answers=Answers(currency="USD"))).as_of == AS_OF


def test_a_day_in_the_name_before_the_last_sale_is_no_as_of_day(tmp_path):
    answers = Answers(currency="USD")
    assert asked(read_bytes(tmp_path, EARNINGS.encode(), "may-2026-05-01.csv", answers)) == [
        Asked.AS_OF
    ]


def test_an_answer_that_cannot_be_is_refused(tmp_path):
    early = replace(DOLLARS, as_of=date(2026, 5, 27))
    with pytest.raises(LinkmgrError, match="made before its last sale, on 2026-05-28"):
        read_bytes(tmp_path, EARNINGS.encode(), answers=early)
    short = replace(DOLLARS, period=(date(2026, 5, 4), date(2026, 5, 31)))
    with pytest.raises(LinkmgrError, match="sales outside of it"):
        read_bytes(tmp_path, EARNINGS.encode(), answers=short)


def test_tax_is_what_the_heading_says(tmp_path):
    for bracket, tax in [("（税抜）", Tax.EXCLUDED), ("(税込)", Tax.INCLUDED), ("", Tax.UNKNOWN)]:
        data = table(["ASIN", "Date Shipped", f"Ad Fees{bracket}"], ["B1", "2026-05-01", "1"])
        assert only(read_bytes(tmp_path, data)).tax is tax


# Reports of no known kind.


def test_the_columns_of_another_report_are_asked_with_a_guess(tmp_path):
    data = report_bytes("moshimo-rakuten.csv")
    (question,) = read_bytes(tmp_path, data, "moshimo.csv").questions
    assert question.asked is Asked.LAYOUT
    assert question.sample.headings[0] == "成果発生日時"
    assert question.sample.guess == {
        Field.OCCURRED: 1,
        Field.ADVERTISER: 3,
        Field.REVENUE: 4,
        Field.REWARD: 5,
        Field.REFERRER: 6,
    }
    assert len(question.sample.rows) == 2


def test_state_of_rows_is_asked_where_no_column_has_it_and_kept(tmp_path):
    data = report_bytes("moshimo-rakuten.csv")
    (question,) = read_bytes(tmp_path, data).questions
    answers = replace(YEN, layout=named_layout("mine", "", question.sample, question.sample.guess))
    (state,) = read_bytes(tmp_path, data, answers=answers).questions
    assert (state.asked, state.examples) == (Asked.STATUSES, (EVERY,))
    assert "no column of states" in translate(state.text)
    answers = replace(answers, statuses={EVERY: Status.CONFIRMED})
    report = only(read_bytes(tmp_path, data, answers=answers))
    assert rewards(report) == {"confirmed": "151"}
    keep_answers(tmp_path, answers, [report.kind])
    kept = load_layouts(tmp_path)
    assert kept[0].status is Status.CONFIRMED
    assert rewards(only(read_bytes(tmp_path, data, layouts=kept))) == {"confirmed": "151"}


@pytest.mark.parametrize(
    "sheets",
    [
        {"cover": [], "report": [["発生日", "商品", "報酬"], [date(2026, 5, 1), "本", 30]]},
        {"report": [["発生日", "商品", "報酬"], [46143, "本", 30]], "notes": [["made by me"]]},
        {"report": [["Report", "", ""], [], ["発生日", "商品", "報酬"], [46143.5, "本", 30]]},
    ],
    ids=["an empty sheet first", "days as numbers, notes beside", "a merged title"],
)
def test_the_one_table_of_a_workbook_is_asked_about_and_read(tmp_path, sheets):
    data = workbook(**sheets)
    (question,) = read_bytes(tmp_path, data, "report.xlsx").questions
    assert question.sample.headings == ("発生日", "商品", "報酬")
    layout = named_layout("mine", "", question.sample, {Field.OCCURRED: 1, Field.REWARD: 3})
    answers = replace(PENDING, layout=layout)
    (row,) = only(read_bytes(tmp_path, data, "report.xlsx", answers)).rows
    assert (row.occurred, row.reward) == (date(2026, 5, 1), 30)


def test_a_number_is_no_day_in_a_workbook_that_counts_from_1904(tmp_path):
    _, *rows = csv.reader(EARNINGS.splitlines())
    heads, row = rows[0], [*rows[1]]
    row[heads.index("Date Shipped")] = 46143
    data = workbook(report=[heads, row])
    assert [row.shipped for row in only(read_bytes(tmp_path, data, answers=DOLLARS)).rows] == [
        date(2026, 5, 1)
    ]
    book = load_workbook(BytesIO(data))
    book.epoch = MAC_EPOCH
    changed = BytesIO()
    book.save(changed)
    with pytest.raises(LinkmgrError, match="is no day"):
        read_bytes(tmp_path, changed.getvalue(), answers=DOLLARS)


def test_cells_with_line_breaks_and_decimal_commas_are_read(tmp_path):
    rows = (
        'Datum;Produkt;Provision\n13.05.2026;"Lampe; weiß\nzwei";1.234,50 €\n14.05.2026;x;-0,50 €\n'
    )
    (question,) = read_bytes(tmp_path, rows.encode()).questions
    layout = named_layout("mine", "", question.sample, {Field.OCCURRED: 1, Field.REWARD: 3})
    answers = Answers(as_of=AS_OF, layout=layout, statuses={EVERY: Status.CONFIRMED})
    report = only(read_bytes(tmp_path, rows.encode(), answers=answers))
    assert (report.currency, rewards(report)) == ("EUR", {"confirmed": "1234.00"})


def test_a_layout_that_was_kept_is_recognised(tmp_path):
    data = report_bytes("felmat.csv")
    (question,) = read_bytes(tmp_path, data, "felmat.csv").questions
    layout = named_layout("felmat", "felmat", question.sample, question.sample.guess)
    report = only(read_bytes(tmp_path, data, "felmat.csv", layouts=[layout]))
    assert (report.kind, report.programme, report.by_conversion) == ("felmat", "felmat", True)
    assert rewards(report) == EXPECTED["felmat.csv"]["reward"]


def test_a_report_without_headings_is_read_by_numbers_of_columns(tmp_path):
    data = table(["2026-05-01", "shop", "100"], ["2026-05-02", "shop", "200"])
    (question,) = read_bytes(tmp_path, data, "a.csv").questions
    assert question.sample.headings == ()
    layout = named_layout("mine", "", question.sample, {Field.OCCURRED: 1, Field.REWARD: 3})
    report = only(read_bytes(tmp_path, data, "a.csv", replace(PENDING, layout=layout)))
    assert rewards(report) == {"pending": "300"}


def test_two_columns_of_one_heading_differ_by_their_numbers(tmp_path):
    data = table(["日付", "金額", "金額"], ["2026-05-01", "100", "3"])
    (question,) = read_bytes(tmp_path, data, "a.csv").questions
    layout = named_layout("mine", "", question.sample, {Field.OCCURRED: 1, Field.REWARD: 3})
    report = only(read_bytes(tmp_path, data, "a.csv", layouts=[layout]))
    assert rewards(report) == {"pending": "3"}


def test_a_layout_whose_columns_are_not_there_is_refused(tmp_path):
    layout = Layout("felmat", "", {Field.OCCURRED: ("発生日",), Field.REWARD: ("報酬額",)})
    with pytest.raises(LinkmgrError, match="発生日, 報酬額"):
        read_bytes(tmp_path, report_bytes("moshimo-rakuten.csv"), answers=Answers(layout=layout))


def test_a_given_layout_comes_before_those_that_are_known(tmp_path):
    layout = Layout("mine", "", {Field.SHIPPED: ("Date Shipped",), Field.REWARD: ("Revenue",)})
    answers = replace(DOLLARS, layout=layout, statuses=PENDING.statuses)
    report = only(read_bytes(tmp_path, EARNINGS.encode(), answers=answers))
    assert (report.kind, rewards(report)) == ("mine", {"pending": "2588.87"})


# Overlaps and encodings together.

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp932"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_encoding_gives_the_same_rows(encoding, end, tmp_path):
    text = report_text("amazon-japan.csv")
    usual = list(only(read_report(tmp_path, "amazon-japan.csv")).rows)
    data = text.replace("\n", end).encode(encoding)
    assert list(only(read_report(tmp_path, "amazon-japan.csv", data=data)).rows) == usual


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_every_delimiter_gives_the_same_rows(delimiter, tmp_path):
    rows = list(csv.reader(report_text("amazon-fee-tracking.csv").splitlines()))
    lines = [delimiter.join(f'"{cell}"' for cell in row) for row in rows]
    usual = list(only(read_report(tmp_path, "amazon-fee-tracking.csv")).rows)
    data = "\n".join(lines).encode()
    report = only(read_report(tmp_path, "amazon-fee-tracking.csv", data=data))
    assert list(report.rows) == usual


def test_decimal_commas_between_semicolons_are_no_delimiters(tmp_path):
    data = (
        "ASIN;Date Shipped;Ad Fees(€)\nB0EXAMPLE1;2026-05-01;1.250,50\nB0EXAMPLE1;2026-05-01;0,50\n"
    )
    report = only(read_bytes(tmp_path, data.encode(), answers=Answers(as_of=AS_OF)))
    assert rewards(report) == {"confirmed": "1251.00"}


@given(st.permutations(EARNINGS.splitlines()[2:]))
def test_a_report_has_same_totals_whatever_order_its_rows_are_in(tmp_path_factory, rows):
    data = "\n".join([*EARNINGS.splitlines()[:2], *rows]).encode()
    report = only(read_bytes(tmp_path_factory.mktemp("mixed"), data, answers=DOLLARS))
    assert rewards(report) == {"confirmed": "115.92"}


MARKS = {".": lambda text: text, ",": lambda text: text.translate(str.maketrans(",.", ".,"))}


WAYS = {"%m/%d/%Y": DateOrder.MONTH_FIRST, "%d.%m.%Y": DateOrder.DAY_FIRST}
SALES = st.tuples(
    st.dates(date(2026, 1, 1), date(2026, 5, 31)), st.decimals(-(10**6), 10**6, places=2)
)


@given(
    sales=st.lists(SALES, min_size=1, max_size=20),
    written=st.tuples(*map(st.sampled_from, (sorted(MARKS), sorted(WAYS), ENCODINGS))),
)
def test_totals_are_exact_however_days_and_numbers_are_written(tmp_path_factory, sales, written):
    mark, way, encoding = written
    rows = [
        ["B0EXAMPLE1", day.strftime(way), f'"{MARKS[mark](f"{amount:,.2f}")}"']
        for day, amount in sales
    ]
    data = table(["ASIN", "Date Shipped", "Ad Fees"], *rows).decode().encode(encoding)
    answers = replace(YEN, date_order=WAYS[way], decimal_mark=mark)
    report = only(read_bytes(tmp_path_factory.mktemp("exact"), data, answers=answers))
    assert [(row.shipped, row.reward) for row in report.rows] == sales


def test_a_nameless_sale_is_no_total_in_a_report_without_days(tmp_path):
    layout = Layout("mine", "", {Field.REWARD: ("報酬",), Field.REFERRER: ("リファラ",)})
    data = table(["報酬", "リファラ"], ["100", ""], ["20", ""], ["120", "合計"])
    may = (date(2026, 5, 1), date(2026, 5, 31))
    report = only(read_bytes(tmp_path, data, answers=replace(PENDING, layout=layout, period=may)))
    assert rewards(report) == {"pending": "120"}
    assert report.count == 2
