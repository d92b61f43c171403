"""Files of each kind leave the same totals, to the yen and cent, however they are imported."""

import csv
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from itertools import permutations

import pytest

from linkmgr.clicks.periods import year_of
from linkmgr.earnings.database.imports import import_reports
from linkmgr.earnings.database.queries import earned_in
from linkmgr.earnings.reading.layouts import named_layout
from linkmgr.earnings.reading.model import EVERY, Answers, Field, Status
from tests.support.reports import (
    EXPECTED,
    read_bytes,
    read_report,
    report_bytes,
    report_text,
)
from tests.support.store import empty_tables

MONEY = [file for file in EXPECTED if EXPECTED[file].get("money")]
BY_DAY = [file for file in MONEY if file not in ("afb.csv", "felmat.csv")]
TABLES = [file for file in BY_DAY if file.endswith(".csv")]
TOTALS = {"Total", "合計", "総計"}
STATUSES = ("confirmed", "pending", "declined")


def take(engine, *readings):
    """Import what was read, a file after the other."""
    for reading in readings:
        import_reports(engine, reading.reports, "owner", 1)


def earned(engine, report):
    """Return the sums of rewards by status in the report's year and currency, as decimals."""
    with engine.connect() as connection:
        found = earned_in(connection, year_of(report.period.last), report.currency)
    sums = [getattr(each, status) for each in found.values() for status in STATUSES]
    return {
        status: Decimal(micros) / 1_000_000
        for status, micros in zip(STATUSES * len(found), sums, strict=True)
        if micros
    }


def expected(file):
    return {status: Decimal(reward) for status, reward in EXPECTED[file]["reward"].items()}


@pytest.mark.parametrize("file", MONEY)
def test_a_file_that_is_imported_twice_counts_once(file, engine, tmp_path):
    for _ in range(2):
        reading = read_report(tmp_path, file)
        take(engine, reading)
    assert earned(engine, reading.reports[0]) == expected(file)


def read_file(folder, file, data, answers):
    """Read another state of a report, with the columns that its owner named in the first one."""
    if columns := EXPECTED[file].get("layout"):
        sample = read_bytes(folder, report_bytes(file), file, answers).questions[0].sample
        fields = {Field(field): number for field, number in columns.items()}
        layout = named_layout(EXPECTED[file]["kind"], "", sample, fields)
        answers = replace(answers, layout=layout, statuses={EVERY: Status.PENDING})
    return read_bytes(folder, data, file, answers)


def piece(folder, file, first, last, as_of):
    """Read the part of a report that a download of some days would be."""
    report = read_report(folder, file).reports[0]
    days = [row.day for row in report.rows]
    rows = list(csv.reader(report_text(file).splitlines()))
    start = len(rows) - len(days) - sum(bool(TOTALS & {*row}) for row in rows)
    kept = [row for row, day in zip(rows[start:], days, strict=False) if first <= day <= last]
    text = StringIO()
    csv.writer(text).writerows([rows[start - 1], *kept])
    data = text.getvalue().encode(EXPECTED[file].get("encoding", "utf-8"))
    return read_file(
        folder, file, data, Answers(currency=report.currency, as_of=as_of, period=(first, last))
    )


@pytest.mark.parametrize("file", TABLES)
def test_pieces_that_overlap_leave_the_same_totals_in_any_order(file, engine, tmp_path):
    whole = read_report(tmp_path, file).reports[0].period
    middle = whole.first + (whole.last - whole.first) / 2
    week = timedelta(days=3)
    pieces = [
        (whole.first, middle + week, date(2026, 6, 3)),
        (middle - week, whole.last, date(2026, 6, 4)),
        (middle, middle + week, date(2026, 6, 5)),
    ]
    for order in permutations(pieces):
        for number, each in enumerate((*order, order[0])):
            folder = tmp_path / f"{number}"
            folder.mkdir(exist_ok=True)
            reading = piece(folder, file, *each)
            take(engine, reading)
        assert earned(engine, reading.reports[0]) == expected(file)
        empty_tables(engine)


@pytest.mark.parametrize(
    ("file", "pending"), [("afb.csv", "未承認"), ("felmat.csv", "未確定")], ids=lambda value: value
)
def test_a_sale_has_the_state_of_the_latest_file_in_any_order(file, pending, engine, tmp_path):
    encoding = EXPECTED[file].get("encoding", "utf-8")
    final = report_bytes(file)
    text = final.decode(encoding)
    for word in ("非承認", "承認", "確定", "否認"):
        text = text.replace(f",{word},", f",{pending},")
    files = []
    for name, data, as_of in (
        ("early", text.encode(encoding), date(2026, 6, 3)),
        ("late", final, date(2026, 6, 5)),
    ):
        folder = tmp_path / name
        folder.mkdir()
        answers = Answers(currency="JPY", as_of=as_of)
        files.append(read_file(folder, file, data, answers))
    for order in permutations((*files, files[0])):
        take(engine, *order)
        assert earned(engine, files[1].reports[0]) == expected(file)
        empty_tables(engine)
