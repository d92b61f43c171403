"""The tables in a file that an owner uploads: CSV, TSV, XLSX; packed too.

A table is read row by row, as often as asked, in memory that its size doesn't change. Files come
from outside: what they unpack to is bounded, entities and formulas are refused, and whatever they
break in a reader is an error that names the file. What a file says of its size is looked at before
anything is done by it: the directory of an archive, the places of cells in a workbook.
"""

import codecs
import csv
import gzip
import io
import re
import shutil
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal, TypeAlias
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

from linkmgr.earnings.reading.values import Cell
from linkmgr.fs import wrap_read_errors
from linkmgr.messages.errors import LinkmgrError, Problem, Problems
from linkmgr.messages.message import Param, excerpt, message

MOST_BYTES = 200_000_000
"""Bytes of a file, and of all that it unpacks to."""

MOST_ROWS = 1_000_000
MOST_COLUMNS = 300
_MOST_FILES = 50
_LONGEST_NAME = 100
# Reports are packed to a tenth of their size; a bomb to a thousandth, which is as far as zlib goes.
_MOST_RATIO = 200
# Of a workbook, what its reader has in memory at once: a row, or all texts or styles.
_MOST_ELEMENTS = 500_000
_MOST_CHARACTERS = 50_000_000
# Of a part of a workbook: all of its elements, and how deep they lie within each other.
_MOST_ELEMENTS_IN_ALL = 20_000_000
_DEEPEST = 100
# Its parser looks through one tag or comment anew with each piece of the file.
_LONGEST_TAG = 1_000_000
# Rows that a sheet leaves out. Its reader makes each of them.
_MOST_EMPTY_ROWS = 10_000
# Entries in the directory of an archive, which zipfile reads as a whole; a workbook has dozens.
_MOST_ENTRIES = 2_000

Line: TypeAlias = tuple[int, Sequence[Cell]]
"""A row with its number in the file, from 1."""


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A table in a file. `ragged` says that a row may leave out its last cells."""

    name: str
    lines: Callable[[], Iterator[Line]]
    ragged: bool = False


@dataclass(frozen=True, slots=True)
class _ReportFile:
    """A file, or a file in an archive, that can be opened as often as needed."""

    name: str
    open: Callable[[], IO[bytes]]


def refused(name: str, code: str, line: int = 0, **params: Param) -> Problems:
    """Return the error that a file cannot be read."""
    return Problems([Problem.at(name, line, "", message(code, **params))])


def open_tables(path: Path, name: str) -> list[ReportTable]:
    """Return the tables of a file, which its owner knows as `name`. Raise LinkmgrError."""
    with wrap_read_errors(path):
        if path.stat().st_size > MOST_BYTES:
            raise refused(name, "earnings.too-large", most=MOST_BYTES // 1_000_000)
    with _guarded(name):
        whole = _ReportFile(name, lambda: path.open("rb"))
        tables: list[ReportTable] = []
        for source in _unpacked(whole, path.stat().st_size, MOST_BYTES):
            tables += _tables(source) if source.name == name else _tables_within(source)
        return tables


@contextmanager
def _guarded(name: str) -> Iterator[None]:
    """Raise LinkmgrError for whatever a damaged file breaks in those who unpack it."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise refused(name, "earnings.damaged") from error
    except UnicodeDecodeError as error:  # zipfile's: a file's name in an archive
        raise refused(name, "earnings.damaged") from error
    except (RuntimeError, NotImplementedError) as error:  # zipfile's: a password, a rare packer
        raise refused(name, "earnings.locked") from error
    except OSError as error:
        raise refused(name, "earnings.damaged") from error


# Archives.

_ZIP, _GZIP = b"PK\x03\x04", b"\x1f\x8b"
_ENTRY = b"PK\x01\x02"
"""Begins each entry in the directory of an archive."""
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_WORKBOOK = "xl/workbook.xml"
# How programmes pack. The others of zipfile's take memory by what the archive says of itself.
_PACKERS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def _unpacked(source: _ReportFile, size: int, most: int, depth: int = 0) -> Iterator[_ReportFile]:
    """Yield the files in a file of a size, which may unpack to `most` bytes."""
    with source.open() as file:
        start = file.read(4)
    if start == _ZIP:
        if _entries(source) > _MOST_ENTRIES:
            raise refused(source.name, "earnings.many-files", most=_MOST_FILES)
        with source.open() as file, zipfile.ZipFile(file) as archive:
            members = [info for info in archive.infolist() if _is_report(info.filename)]
            _bound(source.name, archive.infolist(), min(most, max(size, 1000) * _MOST_RATIO))
        if any(info.filename == _WORKBOOK for info in members):
            yield source
            return
        if depth:
            raise refused(source.name, "earnings.nested")
        if len(members) > _MOST_FILES:
            raise refused(source.name, "earnings.many-files", most=_MOST_FILES)
        for info in members:
            inner_name = f"{source.name}/{excerpt(info.filename, _LONGEST_NAME)}"
            member = _ReportFile(inner_name, _member(source, info.filename))
            yield from _unpacked(member, info.file_size, most // len(members), depth + 1)
    elif start[:2] == _GZIP:
        if depth > 1:
            raise refused(source.name, "earnings.nested")
        most = min(most, max(size, 1000) * _MOST_RATIO)
        name = source.name.removesuffix(".gz")
        inner = _ReportFile(name, lambda: _unzipped(name, source, most))
        yield from _unpacked(inner, most, most, 2)
    else:
        yield source


def _entries(archive: _ReportFile) -> int:
    """Return how many entries the directory of an archive has at most, without reading it as one.

    What is stored in it unpacked, such as another archive, counts too.
    """
    count, end = 0, b""
    with archive.open() as file:
        while piece := file.read(1 << 20):
            data = end + piece
            count += data.count(_ENTRY)
            end = data[1 - len(_ENTRY) :]
    return count


def _is_report(name: str) -> bool:
    parts = name.split("/")
    hidden = parts[0] == "__MACOSX" or parts[-1].startswith(".")
    return not name.endswith("/") and not hidden


def _bound(name: str, members: Sequence[zipfile.ZipInfo], most: int) -> None:
    """Refuse an archive by the sizes that it states; zipfile reads no more of a file than that."""
    if len({info.filename for info in members}) < len(members):
        raise refused(name, "earnings.damaged")
    if any(member.compress_type not in _PACKERS for member in members):
        raise refused(name, "earnings.locked")
    if sum(member.file_size for member in members) > most:
        raise refused(name, "earnings.unpacks-too-large", most=MOST_BYTES // 1_000_000)


def _member(archive: _ReportFile, name: str) -> Callable[[], IO[bytes]]:
    """Return how to open a file in an archive: as a copy, since workbooks are read back and forth.

    Reading a member to its end also compares its checksum.
    """

    def opened() -> IO[bytes]:
        copy = tempfile.SpooledTemporaryFile(max_size=1_000_000)  # noqa: SIM115 - the caller closes
        try:
            with (
                archive.open() as file,
                zipfile.ZipFile(file) as packed,
                packed.open(name) as member,
            ):
                shutil.copyfileobj(member, copy)
            copy.seek(0)
        except BaseException:
            copy.close()
            raise
        return copy

    return opened


def _unzipped(name: str, source: _ReportFile, most: int) -> IO[bytes]:
    return io.BufferedReader(_Bounded(name, source.open(), most), 1 << 16)


class _Bounded(io.RawIOBase):
    """What is in a file of gzip's, up to a number of bytes, and an error beyond that."""

    def __init__(self, name: str, file: IO[bytes], most: int) -> None:
        super().__init__()
        self._name, self._packed, self._left = name, file, most
        self._file = gzip.GzipFile(fileobj=file, mode="rb")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise refused(self._name, "earnings.unpacks-too-large", most=MOST_BYTES // 1_000_000)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        self._packed.close()
        super().close()


def _tables(source: _ReportFile) -> Iterator[ReportTable]:
    with source.open() as file:
        start = file.read(1 << 12)
    if start.startswith(_ZIP):
        yield from _sheets(source)
    elif start.startswith(_OLD_EXCEL):
        raise refused(source.name, "earnings.old-excel")
    elif start.startswith(b"%PDF") or not start.strip():
        raise refused(source.name, "earnings.no-table")
    elif _starts_as_xml(start):
        raise refused(source.name, "earnings.xml-report")
    else:
        yield _text_table(source)


def _tables_within(source: _ReportFile) -> Iterator[ReportTable]:
    """Return the tables of a file in an archive; other files, such as a PDF, yield an empty one."""
    try:
        yield from list(_tables(source))
    except Problems as error:
        if error.message.code not in _NO_TABLES:
            raise
        yield ReportTable(source.name, lambda: iter(()))


_NO_TABLES = frozenset(("earnings.no-table", "earnings.old-excel", "earnings.xml-report"))


# Texts: CSV and TSV.

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What Python reads bytes as that CP932 has no letter for.
_NO_LETTERS = re.compile("[\x80\uf8f0-\uf8f3]")
_DELIMITERS = ",\t;"
_SAMPLE = 1 << 16
_LONGEST_LINE = 1_000_000


def _text_table(source: _ReportFile) -> ReportTable:
    encoding = _encoding(source)
    with _text(source, encoding) as file:
        sample = file.read(_SAMPLE)
    delimiter = _delimiter(sample)
    # Exporters of tabs rarely quote, and titles may begin with a quote: those who do quote all.
    unquoted = delimiter == "\t" and not sample.lstrip().startswith('"')
    quoting: Literal[0, 3] = csv.QUOTE_NONE if unquoted else csv.QUOTE_MINIMAL

    def lines() -> Iterator[Line]:
        with _guarded(source.name), _text(source, encoding) as file:
            text = _text_lines(source.name, file)
            rows = csv.reader(text, delimiter=delimiter, quoting=quoting, strict=True)
            try:
                for row in rows:
                    yield rows.line_num, row
            except csv.Error as error:
                raise refused(source.name, "earnings.bad-csv", rows.line_num) from error

    return ReportTable(source.name, _bounded_lines(source.name, lines))


def _text(source: _ReportFile, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(source.open(), encoding, newline="")


def _text_lines(name: str, file: io.TextIOWrapper) -> Iterator[str]:
    """Yield the lines of a text, each of which is in memory as a whole. Raise Problems."""
    number = 0
    while line := file.readline(_LONGEST_LINE):
        number += 1
        if len(line) == _LONGEST_LINE:
            raise refused(name, "earnings.no-table", number)
        yield line


def _encoding(source: _ReportFile) -> str:
    """Return in which encoding all of a text can be read: UTF-8, UTF-16, or CP932 of Japan."""
    with source.open() as file:
        start = file.read(_SAMPLE)
    marked = next((encoding for bom, encoding in _BOMS if start.startswith(bom)), None)
    if marked is None and b"\0" in start:
        marked = _unmarked_utf16(start)
        if marked is None:
            raise refused(source.name, "earnings.no-table")
    line = 1
    for encoding in [marked] if marked else ["utf-8", "cp932"]:
        line, cut = _undecodable(source, encoding)
        if not line:
            return encoding
        if cut:
            raise refused(source.name, "earnings.cut-off", line)
    raise refused(source.name, "earnings.encoding", line)


def _unmarked_utf16(start: bytes) -> str | None:
    """Return which UTF-16 a text without a mark is: of ASCII in it, every second byte is zero."""
    encoding = "utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"
    text = start[: len(start) // 2 * 2].decode(encoding, "replace")
    return None if "\0" in text or "\ufffd" in text else encoding


def _undecodable(source: _ReportFile, encoding: str) -> tuple[int, bool]:
    """Return the line that cannot be read, 0 if all can, and whether it is cut off in a letter."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with source.open() as file:
        while True:
            chunk = file.read(1 << 16)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return line + error.object[: error.start].count(b"\n"), not chunk
            if stray := _NO_LETTERS.search(text):
                return line + text.count("\n", 0, stray.start()), False
            line += text.count("\n")
            if not chunk:
                return 0, False


def _delimiter(sample: str) -> str:
    """Return what separates the cells: by which most rows have as many cells as most rows."""
    whole = sample.splitlines()
    lines = [line for line in whole[: -1 if len(sample) >= _SAMPLE else None] if line.strip()]

    def regularity(delimiter: str) -> tuple[bool, float, int]:
        counts = [len(_cells(line, delimiter)) for line in lines[:100]]
        usual = max(counts, key=lambda count: (counts.count(count), count), default=1)
        return usual > 1, counts.count(usual) / max(1, len(counts)), usual

    return max(_DELIMITERS, key=regularity)


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _bounded_lines(name: str, lines: Callable[[], Iterator[Line]]) -> Callable[[], Iterator[Line]]:
    def bounded() -> Iterator[Line]:
        for count, (number, row) in enumerate(lines(), 1):
            if count > MOST_ROWS:
                raise refused(name, "earnings.many-rows", most=MOST_ROWS)
            if len(row) > MOST_COLUMNS:
                raise refused(name, "earnings.many-columns", number, most=MOST_COLUMNS)
            yield number, row

    return bounded


# Workbooks: each sheet is a table.


def _sheets(source: _ReportFile) -> Iterator[ReportTable]:
    with source.open() as file, zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            if _is_xml(archive, name):
                with archive.open(name) as part:
                    _check_part(source.name, part)
    with _workbook(source) as book:
        titles = [sheet.title for sheet in book.worksheets if not _is_empty(sheet)]
    for title in titles:
        name = source.name if len(titles) == 1 else f"{source.name} [{title}]"
        yield ReportTable(
            name, _bounded_lines(name, _sheet_lines(source, title, name)), ragged=True
        )


def _is_empty(sheet: Any) -> bool:
    sheet.reset_dimensions()
    rows = islice(sheet.iter_rows(), MOST_ROWS)
    return all(cell.value is None for row in rows for cell in row)


def _is_xml(archive: zipfile.ZipFile, name: str) -> bool:
    with archive.open(name) as part:
        start = part.read(1 << 12)
    return _starts_as_xml(start) or not start.strip()


def _starts_as_xml(start: bytes) -> bool:
    for bom, _ in _BOMS:
        start = start.removeprefix(bom)
    return start.replace(b"\0", b"").lstrip().startswith(b"<")


_ROW = ["worksheet", "sheetData", "row"]
_PLACE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
"""Of a cell, such as `AB12`."""


class _PartCheck(ContentHandler):
    """Refuses a part of a workbook that would cost its reader much time or memory.

    The reader forgets each row of a sheet and keeps all else. It makes each cell and row that is
    left out before one with a place, and takes one without a place for the next.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.quiet = 0
        """Bytes since the parser last came upon a tag or a text."""
        self._name = name
        self._path: list[str] = []
        self._elements_in_all = 0
        self._elements = self._characters = 0
        """Of what the reader has in memory at once."""
        self._row = self._column = self._empty_rows = 0

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802 - SAX's
        self.quiet = 0
        self._elements_in_all += 1
        self._elements += 1
        local_name = name.rpartition(":")[2]
        if self._path == _ROW and local_name == "c":
            self._go_to_cell(attrs.get("r", ""))
        self._path.append(local_name)
        if self._path == _ROW:
            self._go_to_row(attrs.get("r", ""))
        if len(self._path) > _DEEPEST:
            raise refused(self._name, "earnings.damaged")
        self._refuse_too_much()

    def characters(self, content: str) -> None:
        self.quiet = 0
        self._characters += len(content)
        self._refuse_too_much()

    def endElement(self, name: str) -> None:  # noqa: ARG002, N802 - SAX's
        if self._path == _ROW:
            self._elements = self._characters = 0
        self._path.pop()

    def _refuse_too_much(self) -> None:
        is_large = self._elements > _MOST_ELEMENTS or self._characters > _MOST_CHARACTERS
        if is_large or self._elements_in_all > _MOST_ELEMENTS_IN_ALL:
            raise refused(self._name, "earnings.unpacks-too-large", most=MOST_BYTES // 1_000_000)

    def _go_to_row(self, number: str) -> None:
        before = self._row
        self._row = self._number(number) if number else before + 1
        self._column = 0
        self._empty_rows += max(0, self._row - before - 1)
        if self._row > MOST_ROWS:
            raise refused(self._name, "earnings.many-rows", most=MOST_ROWS)
        if self._empty_rows > _MOST_EMPTY_ROWS:
            code = "earnings.many-empty-rows"
            raise refused(self._name, code, self._row, most=_MOST_EMPTY_ROWS)

    def _go_to_cell(self, place: str) -> None:
        self._column += 1
        if place:
            named = _PLACE.fullmatch(place)
            if named is None:
                raise refused(self._name, "earnings.damaged")
            self._column = 0
            for letter in named[1].upper():
                self._column = self._column * 26 + ord(letter) - ord("A") + 1
        if self._column > MOST_COLUMNS:
            raise refused(self._name, "earnings.many-columns", self._row, most=MOST_COLUMNS)

    def _number(self, text: str) -> int:
        if not re.fullmatch("[0-9]{1,7}", text):
            raise refused(self._name, "earnings.damaged")
        return int(text)


def _check_part(name: str, file: IO[bytes]) -> None:
    """Parse a part of a workbook without keeping any of it. Raise Problems."""
    from defusedxml.common import DefusedXmlException  # noqa: PLC0415 - few reports are workbooks
    from defusedxml.sax import make_parser  # noqa: PLC0415

    parser, check = make_parser(), _PartCheck(name)
    parser.forbid_dtd = True
    parser.setContentHandler(check)
    try:
        while piece := file.read(1 << 16):
            check.quiet += len(piece)
            parser.feed(piece)
            if check.quiet > _LONGEST_TAG:
                raise refused(name, "earnings.damaged")
        parser.close()
    except DefusedXmlException as error:
        raise refused(name, "earnings.entities") from error
    except (SAXException, LookupError, ValueError) as error:  # of encodings that it can't read
        raise refused(name, "earnings.damaged") from error


@contextmanager
def _workbook(source: _ReportFile) -> Iterator[Any]:
    import openpyxl  # noqa: PLC0415 - takes long to import, and few reports are workbooks

    # Of styles and extensions that it leaves out.
    warnings.filterwarnings("ignore", module="openpyxl")
    with source.open() as file:
        try:
            book = openpyxl.load_workbook(file, read_only=True, keep_links=False)
            try:
                yield book
            finally:
                book.close()
        except LinkmgrError:
            raise
        except Exception as error:  # a hostile workbook breaks it anywhere, with anything
            raise refused(source.name, "earnings.damaged") from error


def _sheet_lines(source: _ReportFile, title: str, name: str) -> Callable[[], Iterator[Line]]:
    def lines() -> Iterator[Line]:
        with _workbook(source) as book:
            sheet = book[title]
            sheet.reset_dimensions()  # what a file says of its size may be wrong
            for number, row in enumerate(sheet.iter_rows(), 1):
                yield number, [_cell(cell, name, number) for cell in row]

    return lines


def _cell(cell: Any, name: str, line: int) -> Cell:
    value = cell.value
    if cell.data_type == "f":
        raise refused(name, "earnings.formula", line)
    if value is None or isinstance(value, bool | time | timedelta):
        return "" if value is None else str(value)
    if isinstance(value, int | float):
        number = Decimal(repr(value))
        # Where days count from 1904, a number that may be a day is left a text, which is none.
        counts_from_1900 = cell.parent.parent.epoch.year < 1900  # noqa: PLR2004
        return number if number.is_finite() and counts_from_1900 else str(value)
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else str(value)
