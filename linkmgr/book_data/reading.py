"""The services' answers, read as data that anybody may have written.

Each reader takes the text of an answer and the ISBN-13 that was asked for, and returns the book,
`None` if the service does not have it. It raises ValueError for an answer that is none. The shapes
are those of the services' documentation, whose addresses docs/admin.md has.
"""

import json
from collections.abc import Iterator
from typing import Any, TypeVar
from xml.etree import ElementTree as ET

from linkmgr.book_data.model import BookData
from linkmgr.book_data.names import from_heading, from_roles, joined
from linkmgr.links.isbn import to_isbn13
from linkmgr.messages.message import excerpt

_T = TypeVar("_T")

# Longer than any title of a catalog should be.
_LONGEST = 300
_DC = "{http://purl.org/dc/elements/1.1/}"
_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
# The servers of covers whose terms allow them on any page that presents the book.
_OPENBD_COVERS = "https://cover.openbd.jp/"
_OPEN_LIBRARY_COVERS = "https://covers.openlibrary.org/"


def read_openbd(text: str, isbn: str) -> BookData | None:
    """Read `[{"summary": {"isbn", "title", "author", "publisher", "cover"}}]` or `[null]`."""
    books = _json(text, list)
    for book in filter(None, books):
        summary = _dict(_dict(book).get("summary"))
        if _same(_text(summary.get("isbn")), isbn):
            return BookData(
                title=_text(summary.get("title")),
                author=from_roles(_text(summary.get("author"))),
                publisher=_text(summary.get("publisher")),
                cover=_at(_OPENBD_COVERS, summary.get("cover")),
            )
    return None


def read_ndl(text: str, isbn: str) -> BookData | None:
    """Read OpenSearch's RSS: `dc:title`, `dc:creator`, `dc:publisher` of an `item`."""
    if "<!DOCTYPE" in text:  # which this service's answers do not have, and attacks do
        raise ValueError
    try:
        channel = ET.fromstring(text).find("channel")  # noqa: S314 - without a document type
    except ET.ParseError as error:
        raise ValueError from error
    if channel is None:
        raise ValueError
    for item in channel.iterfind("item"):
        numbers = (
            each.text or ""
            for each in item.iterfind(f"{_DC}identifier")
            if each.get(_XSI_TYPE, "").endswith(":ISBN")
        )
        if any(_same(number, isbn) for number in numbers):
            return BookData(
                title=next(_texts(item, "title"), ""),
                author=joined([from_heading(name) for name in _texts(item, "creator")]),
                publisher=next(_texts(item, "publisher"), ""),
            )
    return None


def read_google_books(text: str, isbn: str) -> BookData | None:
    """Read the volume of `items` that has the ISBN: a search may find others, too."""
    volumes = _json(text, dict)
    if "totalItems" not in volumes:
        raise ValueError
    for volume in _list(volumes.get("items")):
        info = _dict(_dict(volume).get("volumeInfo"))
        numbers = (_dict(each) for each in _list(info.get("industryIdentifiers")))
        if any(_same(_text(number.get("identifier")), isbn) for number in numbers):
            return BookData(
                title=_titled(info),
                author=joined([_text(name) for name in _list(info.get("authors"))]),
                publisher=_text(info.get("publisher")),
            )
    return None


def read_open_library(text: str, isbn: str) -> BookData | None:
    """Read `{"ISBN:…": {"title", "authors": [{"name"}], "publishers", "cover"}}` or `{}`."""
    books = _json(text, dict)
    book = _dict(books.get(f"ISBN:{isbn}"))
    if not book:
        return None
    return BookData(
        title=_titled(book),
        author=joined(_names(book.get("authors"))),
        publisher=next(iter(_names(book.get("publishers"))), ""),
        cover=_at(_OPEN_LIBRARY_COVERS, _dict(book.get("cover")).get("medium")),
    )


def _json(text: str, expected: type[_T]) -> _T:
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError from error
    if isinstance(value, expected):
        return value
    raise ValueError


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return " ".join(excerpt(value, _LONGEST).split()) if isinstance(value, str) else ""


def _texts(item: ET.Element, name: str) -> Iterator[str]:
    return filter(None, (_text(each.text) for each in item.iterfind(f"{_DC}{name}")))


def _names(value: Any) -> list[str]:
    return [name for each in _list(value) if (name := _text(_dict(each).get("name")))]


def _titled(book: dict[str, Any]) -> str:
    return ": ".join(filter(None, (_text(book.get("title")), _text(book.get("subtitle")))))


def _at(server: str, value: Any) -> str:
    """Return an address if it is one of the service's own pictures."""
    is_own = isinstance(value, str) and value.startswith(server) and value.isprintable()
    return value if is_own and len(value) <= _LONGEST else ""


def _same(number: str, isbn: str) -> bool:
    return to_isbn13(number) == isbn
