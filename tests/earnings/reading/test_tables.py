"""Files that are damaged, hostile or no reports are refused with their place, and nothing else."""

import gzip
import io
import struct
import tracemalloc
import zlib
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile, ZipInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.earnings.reading import tables
from linkmgr.earnings.reading.model import Answers
from linkmgr.messages.errors import LinkmgrError, Problems
from tests.support.reports import (
    AS_OF,
    DOLLARS,
    read_bytes,
    read_report,
    report_bytes,
    report_text,
    table,
    workbook,
    zipped,
)

EARNINGS = report_text("amazon-fee-earnings.csv")
HEADINGS = ["ASIN", "Date Shipped", "Ad Fees(¥)"]
ROW = ["B0EXAMPLE1", "2026-05-01", "1"]
FEED = Answers(currency="EUR", as_of=AS_OF)


def refusal(folder, data, name="report.csv", answers=DOLLARS):
    """Return what is said of a file that cannot be read."""
    with pytest.raises(LinkmgrError) as excinfo:
        read_bytes(folder, data, name, answers)
    return str(excinfo.value)


# Cut off or damaged.


def test_a_row_that_is_cut_off_is_a_mistake_at_its_line(tmp_path):
    half = EARNINGS[: EARNINGS.index("Watering")].encode()
    assert refusal(tmp_path, half) == (
        "report.csv:6: 2 of 13 columns: the row is cut off; download the file again"
    )


def test_a_quote_that_is_not_closed_is_a_mistake(tmp_path):
    half = EARNINGS[: EARNINGS.index("1,250.00") + 3].encode()
    assert "report.csv:5: the quotes here don't match" in refusal(tmp_path, half)


def test_a_text_that_is_cut_off_in_a_letter_is_a_mistake(tmp_path):
    data = report_text("amazon-japan.csv").encode()
    half = data[: data.index("細".encode()) + 1]
    assert "ends within a letter" in refusal(tmp_path, half)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("r.csv.gz", gzip.compress(EARNINGS.encode())),
        ("r.zip", zipped(a_csv=EARNINGS)),
        ("r.xlsx", workbook(a=[HEADINGS, *[ROW] * 50])),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_packed_or_marked_up_and_cut_off_is_refused(name, data, share, tmp_path):
    said = refusal(tmp_path, data[: int(len(data) * share)], name, FEED)
    assert said.startswith(name.removesuffix(".gz"))
    assert "cut off" in said or "no report" in said


def test_a_file_of_an_archive_whose_checksum_is_wrong_is_refused(tmp_path):
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_STORED) as archive:
        archive.writestr("a.csv", EARNINGS)
    data = packed.getvalue().replace(b"112.50", b"999.50", 1)
    assert "damaged" in refusal(tmp_path, data, "r.zip")


@pytest.mark.parametrize("encoding", ["cp932", "utf-7", "hex", "no-encoding"])
def test_workbook_in_encoding_that_no_parser_reads_is_refused(encoding, tmp_path):
    tag = b"<worksheet"
    data = changed_workbook(
        "xl/worksheets/sheet1.xml",
        tag,
        f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + tag,
    )
    assert "damaged" in refusal(tmp_path, data, "r.xlsx")


def test_an_archive_whose_names_are_no_text_is_refused(tmp_path):
    data = zipped(あ_csv=EARNINGS).replace("あ".encode(), b"\xff\xfe\xfd")
    assert "damaged" in refusal(tmp_path, data, "r.zip")


def test_archive_that_is_packed_in_rare_way_is_refused_unread(tmp_path):
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_LZMA) as archive:
        archive.writestr("a.csv", EARNINGS)
    data = packed.getvalue().replace(b"\x09\x04\x05\x00", b"\x09\x04\x05\xff")  # of LZMA
    assert "packed in a rare way" in refusal(tmp_path, data, "r.zip")


@given(data=st.binary(max_size=300), start=st.sampled_from([b"", b"PK\x03\x04", b"\x1f\x8b\x08"]))
def test_no_bytes_break_the_reader(data, start, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bytes", numbered=True)
    try:
        read_bytes(folder, start + data, "r", DOLLARS)
    except LinkmgrError as error:
        assert str(error).startswith("r")  # noqa: PT017 - either is right


WHOLE = {
    "r.csv": EARNINGS.encode(),
    "r.tsv": report_text("amazon-feed.tsv").encode("utf-16"),
    "r.zip": zipped(a_csv=EARNINGS, b_xml="<a/>"),
    "r.csv.gz": gzip.compress(EARNINGS.encode()),
    "r.xlsx": workbook(Fees=[HEADINGS, ROW, ROW]),
}


@given(
    name=st.sampled_from(sorted(WHOLE)),
    places=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=5),
    parts=st.lists(st.binary(max_size=4), min_size=5, max_size=5),
)
def test_no_damage_breaks_the_reader(name, places, parts, tmp_path_factory):
    data = bytearray(WHOLE[name])
    for place, part in zip(places, parts, strict=False):
        at = int(place * len(data))
        data[at : at + len(part)] = part or b""
    folder = tmp_path_factory.mktemp("damage", numbered=True)
    try:
        for report in read_bytes(folder, bytes(data), name, FEED).reports:
            list(report.rows)
    except LinkmgrError as error:
        assert str(error).startswith("r")  # noqa: PT017 - either is right


# Not a report.


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"%PDF-1.7\n", "no report"),
        (b"", "no report"),
        (b" \n\n", "no report"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "no report"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel 2003 or older"),
        (b"<html><body><table></table></body></html>", "XML isn't read"),
        (" <Items/>".encode("utf-16"), "XML isn't read"),
        (b"just one column\nand another row\n", "no report"),
        ("Größe,Maß\nä,ß\n".encode("latin-1"), "neither UTF-8, UTF-16 nor Shift_JIS"),
    ],
    ids=str,
)
def test_what_is_no_report_is_refused(data, says, tmp_path):
    assert says in refusal(tmp_path, data)


def test_the_line_is_named_that_is_in_no_encoding(tmp_path):
    assert refusal(tmp_path, b"a,b\n1,2\n3,\xff\xff\n").startswith("report.csv:3: ")


def test_an_archive_without_a_known_report_is_refused(tmp_path):
    data = zipped(a_csv="a,b\n1,2\n", b_csv="c,d\n3,4\n")
    assert "none of its tables" in refusal(tmp_path, data, "r.zip")


def test_an_archive_within_an_archive_is_refused(tmp_path):
    data = zipped(inner_zip=zipped(a_csv=EARNINGS))
    assert refusal(tmp_path, data, "r.zip").startswith("r.zip/inner.zip: an archive within")
    assert "archive within" in refusal(tmp_path, gzip.compress(gzip.compress(b"a,b")), "r.gz")


def test_an_archive_with_a_password_is_refused(tmp_path):
    data = bytearray(zipped(a_csv=EARNINGS))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    assert "password" in refusal(tmp_path, bytes(data), "r.zip")


def test_a_feed_and_a_workbook_within_an_archive_are_read(tmp_path):
    feed = report_text("amazon-feed.tsv")
    data = zipped(
        **{"x-21-earnings-report-20120707_tsv_gz": gzip.compress(feed.encode())},
        fees_xlsx=workbook(a=[[*HEADINGS[:2], "Ad Fees(€)"], ROW]),
    )
    feed, fees = read_bytes(tmp_path, data, "r.zip", FEED).reports
    assert (feed.name, feed.count) == ("r.zip/x-21-earnings-report-20120707.tsv", 3)
    assert (fees.name, fees.count) == ("r.zip/fees.xlsx", 1)


def test_what_is_no_table_in_an_archive_is_left_out_and_said(tmp_path):
    data = zipped(a_csv=EARNINGS, b_pdf="%PDF-1.7", c_xml="<a/>", d_xls=b"\xd0\xcf\x11\xe0")
    reading = read_bytes(tmp_path, data, "r.zip", DOLLARS)
    assert [report.name for report in reading.reports] == ["r.zip/a.csv"]
    assert len(reading.skipped) == 3


# Formulas and entities.


def test_a_formula_of_a_workbook_is_refused_at_its_line(tmp_path):
    data = workbook(Fees=[HEADINGS, ROW, [*ROW[:2], "=1+1"]])
    assert refusal(tmp_path, data, "r.xlsx").startswith("r.xlsx:3: a formula")


def test_a_formula_in_place_of_a_number_is_refused_at_its_cell(tmp_path):
    said = refusal(tmp_path, table(HEADINGS, ROW, [*ROW[:2], "=1+1"]))
    assert said == "report.csv:3: Ad Fees(¥): a formula; save the values alone, as CSV"


ENTITIES = [
    '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>',
    '<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE d SYSTEM "http://127.0.0.1:9/d.dtd">',
]


def changed_workbook(part, old, new):
    """Return a workbook with a text replaced in one of its files."""
    changed = io.BytesIO()
    with (
        ZipFile(io.BytesIO(workbook(a=[HEADINGS, ROW]))) as before,
        ZipFile(changed, "w", ZIP_DEFLATED) as after,
    ):
        for info in before.infolist():
            data = before.read(info)
            after.writestr(info, data.replace(old, new) if info.filename == part else data)
    return changed.getvalue()


@pytest.mark.parametrize("doctype", ENTITIES)
@pytest.mark.parametrize(
    ("part", "tag"),
    [("xl/worksheets/sheet1.xml", "<worksheet"), ("xl/workbook.xml", "<workbook xmlns")],
)
def test_entities_are_refused_in_a_workbook(doctype, part, tag, tmp_path):
    data = changed_workbook(part, tag.encode(), f"{doctype}{tag}".encode())
    assert "defines entities" in refusal(tmp_path, data, "r.xlsx")


# Too much of anything.


def test_a_file_that_is_too_large_is_refused_unread(tmp_path):
    file = tmp_path / "large"
    with file.open("wb") as opened:
        opened.truncate(tables.MOST_BYTES + 1)
    with pytest.raises(Problems, match=r"large\.csv: the file is larger than 200 MB"):
        tables.open_tables(file, "large.csv")


def bomb_of_gzip():
    return gzip.compress(b"a,b\n" * 10_000_000, 9)


def bomb_of_zip():
    return zipped(a_csv=b"a,b\n" * 10_000_000)


def bomb_that_lies():
    """Return an archive that says of its file that it is small."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packed.compress(b"0" * 300_000_000) + packed.flush()
    name, size = b"a.csv", 1000
    crc = 0
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 0, crc, len(data), size, 5, 0) + name
    central = (
        struct.pack(
            "<4s6H3L5H2L",
            *(b"PK\1\2", 20, 20, 0, 8, 0, 0, crc, len(data), size, 5, 0, 0, 0, 0, 0, 0),
        )
        + name
    )
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(central), len(local) + len(data), 0)
    return local + data + central + end


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (bomb_of_gzip, "unpacks to more"),
        (bomb_of_zip, "unpacks to more"),
        (bomb_that_lies, "damaged"),
        (lambda: b"a,b\n" + b"x" * 30_000_000, "r.bin:2: no report"),
    ],
)
def test_a_bomb_is_refused_in_little_memory(make, says, tmp_path):
    data = make()
    tracemalloc.start()
    try:
        assert says in refusal(tmp_path, data, "r.bin")
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_hidden_part_of_workbook_counts_as_what_it_unpacks_to(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "MOST_BYTES", 1_000_000)
    data = workbook(a=[HEADINGS, ROW])
    with ZipFile(packed := io.BytesIO(data), "a", ZIP_DEFLATED) as archive:
        archive.writestr("xl/.sheet.xml", b"<a>" + b" " * 2_000_000 + b"</a>")
    assert "unpacks to more" in refusal(tmp_path, packed.getvalue(), "r.xlsx")


@pytest.mark.parametrize("pack", [gzip.compress, lambda text: workbook(a=[[text.decode()]])])
def test_what_files_of_an_archive_unpack_to_counts_together(pack, tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "MOST_BYTES", 100_000)
    inner = pack(b"word\n" * 6_000)
    assert "no report" in refusal(tmp_path, zipped(a_gz=inner, b_csv="a"), "r.zip")
    data = zipped(**{f"f{number}_gz": inner for number in range(4)})
    assert "unpacks to more" in refusal(tmp_path, data, "r.zip")


@pytest.mark.parametrize("tag", ['<cols a="{}"/>', "<!--{}-->"])
def test_a_tag_that_is_slow_to_parse_is_refused(tag, tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "_MOST_RATIO", 10_000)
    long = tag.format("x" * 2_000_000).encode()
    data = changed_workbook("xl/worksheets/sheet1.xml", b"<sheetData>", long + b"<sheetData>")
    assert "damaged" in refusal(tmp_path, data, "r.xlsx")


def rows_of(*rows):
    """Return a workbook of a sheet with these rows, each a number and the places of its cells."""
    text = "".join(
        f'<row r="{number}">{"".join(f"""<c r="{place}"><v>1</v></c>""" for place in places)}</row>'
        for number, places in rows
    )
    return changed_workbook(
        "xl/worksheets/sheet1.xml", b"<sheetData>", f"<sheetData>{text}".encode()
    )


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([(number, [f"ZZZ{number}"]) for number in range(1, 300)], "more than 300 columns"),
        ([(1, ["A1"] * 301)], "unpacks to more"),
        ([(1, ["A1"]), (1_048_576, ["A1048576"])], "more than 1,000,000 rows"),
        ([(1, ["A1"]), (100_000, ["A100000"])], "leaves out more than 10,000 rows"),
        ([(number, []) for number in range(9_000, 90_000, 9_000)], "leaves out more than 10,000"),
        ([(1, ["1A"])], "damaged"),
        ([("1e6", ["A1"])], "damaged"),
    ],
    ids=["column", "same cell", "last row", "far row", "many gaps", "no place", "no number"],
)
def test_where_a_workbook_says_its_cells_are_is_bounded_first(rows, says, tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "_MOST_ELEMENTS", 600)
    monkeypatch.setattr("openpyxl.load_workbook", None)  # nothing is read
    assert says in refusal(tmp_path, rows_of(*rows), "r.xlsx")


def test_a_workbook_nested_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "_MOST_RATIO", 10_000)
    deep = b"<a>" * 200_000
    data = changed_workbook("xl/styles.xml", b"<fonts", deep + b"<fonts")
    assert "damaged" in refusal(tmp_path, data, "r.xlsx")


def test_directory_of_an_archive_is_counted_before_it_is_read(tmp_path, monkeypatch):
    data = zipped(a_csv=EARNINGS) + b"PK\x01\x02" * 2_001
    monkeypatch.setattr(tables.zipfile, "ZipFile", None)
    assert "more than 50 files" in refusal(tmp_path, data, "r.zip")


def test_an_archive_of_too_many_files_is_refused(tmp_path):
    data = zipped(**{f"f{number}_csv": "a,b\n1,2\n" for number in range(51)})
    assert "more than 50 files" in refusal(tmp_path, data, "r.zip")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_with_two_files_of_one_name_is_refused(tmp_path):
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        for _ in range(2):
            archive.writestr(ZipInfo("a.csv"), EARNINGS)
    assert "damaged" in refusal(tmp_path, packed.getvalue(), "r.zip")


def test_a_report_of_too_many_rows_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "MOST_ROWS", 3)
    assert "more than 3 rows" in refusal(tmp_path, table(HEADINGS, *[ROW] * 3))


def test_a_row_of_too_many_columns_is_refused(tmp_path):
    data = table(HEADINGS, ROW, ["x"] * 301)
    assert refusal(tmp_path, data).startswith("report.csv:3: the row has more than 300 columns")


def test_a_cell_far_from_all_others_is_refused(tmp_path):
    rows = [HEADINGS, ROW, [None] * 16_000 + ["x"]]
    assert "more than 300 columns" in refusal(tmp_path, workbook(a=rows), "r.xlsx")


@pytest.mark.parametrize(
    ("part", "old", "more"),
    [
        ("xl/worksheets/sheet1.xml", b"<row ", b"<c/>" * 2_000_000),
        ("xl/styles.xml", b"<fonts", b"<c/>" * 2_000_000),
        ("xl/styles.xml", b"</styleSheet>", b"x\n" * 9_000_000),  # no element after it
    ],
)
def test_a_part_of_a_workbook_with_too_much_is_refused_cheaply(
    part, old, more, tmp_path, monkeypatch
):
    monkeypatch.setattr(tables, "_MOST_ELEMENTS", 1000)
    monkeypatch.setattr(tables, "_MOST_CHARACTERS", 10_000)
    monkeypatch.setattr(tables, "_MOST_RATIO", 10_000)
    data = changed_workbook(part, old, more + old)
    tracemalloc.start()
    try:
        assert "unpacks to more" in refusal(tmp_path, data, "r.xlsx")
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_large_report_is_read_in_constant_memory(tmp_path):
    def peak(rows):
        data = table(HEADINGS, *[ROW] * rows)
        path = tmp_path / "upload"
        path.write_bytes(data)
        tracemalloc.start()
        try:
            (found,) = tables.open_tables(path, "r.csv")
            for _ in found.lines():
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(40_000) < 1.5 * peak(4_000) + 200_000


# Many mistakes.


def test_all_mistakes_are_said_at_once_up_to_a_number(tmp_path):
    rows = [["B0EXAMPLE1", "x", "y"]] * 100
    with pytest.raises(Problems) as excinfo:
        read_bytes(tmp_path, table(HEADINGS, *rows))
    parts = [str(part) for part in excinfo.value.parts]
    assert parts[:2] == [
        "report.csv:2: Ad Fees(¥): “y” is no number",
        "report.csv:2: Date Shipped: “x” is no day",
    ]
    assert len(parts) == 50


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (["B0EXAMPLE1", "", "1"], "Date Shipped: the row has no day"),
        (["B0EXAMPLE1", "2026-05-01", "1,50"], "has another decimal mark"),
    ],
)
def test_a_mistake_names_its_line_and_column(row, says, tmp_path):
    said = refusal(tmp_path, table(HEADINGS, [*ROW[:2], "1.50"], [*row[:2], f'"{row[2]}"']))
    assert said.startswith("report.csv:3: ")
    assert says in said


def test_a_count_that_is_not_whole_is_refused(tmp_path):
    data = table([*HEADINGS, "Items Shipped"], [*ROW, "1.50"])
    assert "Items Shipped: “1.50” is no whole number" in refusal(tmp_path, data)


def test_a_row_without_its_id_is_refused(tmp_path):
    data = report_text("afb.csv").replace("A-0002", "").encode("cp932")
    said = refusal(tmp_path, data, "afb_20260301.csv", Answers())
    assert said == "afb_20260301.csv:3: 成果個別ID: the row has no ID of its conversion"


def test_a_status_in_too_many_words_is_refused(tmp_path):
    first, *_ = report_text("afb.csv").splitlines(keepends=True)
    line = report_text("afb.csv").splitlines(keepends=True)[1]
    data = first + "".join(line.replace("未承認", f"状態{number}") for number in range(51))
    assert "more than 50 different states" in refusal(tmp_path, data.encode(), "afb.csv", FEED)


def test_reading_leaves_the_file_as_it_was(tmp_path):
    data = report_bytes("amazon-feed.tsv")
    read_report(tmp_path, "amazon-feed.tsv")
    assert (tmp_path / "upload").read_bytes() == data
    assert [each.name for each in tmp_path.iterdir()] == ["upload"]
