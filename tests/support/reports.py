"""Reports as files: made-up ones of each kind, and reading them."""

import gzip
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import yaml
from openpyxl import Workbook

from linkmgr.earnings.reading.layouts import named_layout
from linkmgr.earnings.reading.model import EVERY, Answers, Field, Status
from linkmgr.earnings.reading.read import read_file

FOLDER = Path(__file__).parents[1] / "earnings" / "reports"
EXPECTED = yaml.safe_load((FOLDER / "expected.yaml").read_text(encoding="utf-8"))
"""Each report of the folder, with what it has to be read as."""

SITE = "https://tezukuri.example.com"
KEY = bytes(range(32))
AS_OF = date(2026, 6, 2)
DOLLARS = Answers(currency="USD", as_of=AS_OF)
YEN = Answers(currency="JPY", as_of=AS_OF)


def report_text(file):
    return (FOLDER / file).read_text(encoding="utf-8")


def report_name(file):
    return EXPECTED[file].get("name", file)


def report_bytes(file):
    """Return a report as its programme would give it: in its encoding, packed if its name says."""
    data = report_text(file).encode(EXPECTED[file].get("encoding", "utf-8"))
    return gzip.compress(data) if report_name(file).endswith(".gz") else data


def report_answers(file):
    return Answers(**EXPECTED[file].get("answers", {}))


def read_bytes(folder, data, name="report.csv", answers=YEN, layouts=(), **over):
    """Read a file of these bytes; only its name is what the owner called it."""
    path = folder / "upload"
    path.write_bytes(data)
    known = {"key": KEY, "site_url": SITE, "layouts": layouts, **over}
    return read_file(path, name, answers, **known)


def read_report(folder, file, **over):
    """Read one of the made-up reports with all that it asks for answered."""
    answers = over.pop("answers", report_answers(file))
    name = over.pop("name", report_name(file))
    data = over.pop("data", report_bytes(file))
    if columns := EXPECTED[file].get("layout"):
        (question,) = read_bytes(folder, data, name, answers, **over).questions
        fields = {Field(field): number for field, number in columns.items()}
        layout = named_layout(EXPECTED[file]["kind"], "", question.sample, fields)
        answers = replace(answers, layout=layout, statuses={EVERY: Status.PENDING})
    reading = read_bytes(folder, data, name, answers, **over)
    assert reading.questions == ()
    return reading


def zipped(**files):
    """Return an archive of texts or bytes by their names, `_` for a dot."""
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return packed.getvalue()


def workbook(**sheets):
    """Return a workbook of sheets by their titles, each a list of rows."""
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    data = BytesIO()
    book.save(data)
    return data.getvalue()


def table(*rows):
    """Return rows of cells as CSV."""
    return "".join(f"{','.join(row)}\n" for row in rows).encode()
