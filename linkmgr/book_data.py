"""Looking up a book by its ISBN: what public services say of it, all asked at once.

A new service is a member of `BookService`, its server in `_SERVERS`, and an entry in `_QUERIES`
with the function that reads its answers.
"""

import json
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Any, Self, TypeVar
from urllib.parse import urljoin, urlsplit

from linkmgr import __version__
from linkmgr.fs import replace_quickly
from linkmgr.links.isbn import to_isbn13
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import excerpt
from linkmgr.network.public import AddressRefusedError, UnresolvedError
from linkmgr.network.request import FAILURES, Client, Limits, Response


class BookService(StrEnum):
    """A service that knows books, in the order in which the services are believed."""

    OPENBD = "openbd"
    OPEN_LIBRARY = "open-library"


@dataclass(frozen=True, slots=True)
class BookData:
    """A book as a service knows it; what it does not say is empty.

    `cover` is an address at the service, which allows a picture there to be shown on pages that
    earn money.
    """

    title: str = ""
    author: str = ""
    publisher: str = ""
    cover: str = ""

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "BookData":
        """Return the data that `to_json` wrote. Raise TypeError for anything else."""
        if not all(isinstance(value, str) for value in values.values()):
            raise TypeError
        return cls(**values)

    def to_json(self) -> dict[str, str]:
        return asdict(self)

    def without_cover(self) -> "BookData":
        """Return the same book without its cover."""
        return replace(self, cover="")


class Outcome(StrEnum):
    """What came of asking a service."""

    FOUND = "found"
    UNKNOWN = "unknown"
    """The service has no such book."""
    FAILED = "failed"
    """No answer in time, or none that makes sense."""


@dataclass(frozen=True, slots=True)
class BookAnswer:
    """What a service answered; `book` is empty unless it was found."""

    source: BookService
    outcome: Outcome
    book: BookData = BookData()


# Authors' names as a reader expects them.

# openBD: "まつもとゆきひろ／監修 後藤裕蔵／著", a name and what the person did.
_WITH_ROLE = re.compile(r"(?P<name>[^／]+)／(?P<role>\S+)(?:\s+|$)")
# Someone who only wrote the book is named without a role.
_WROTE = frozenset(("著", "著者", "作", "文", "単著", "共著", "原著"))
_JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff々]")


def from_roles(text: str) -> str:
    """Return the names of a list with roles; a text of another form stays as it is."""
    matches = list(_WITH_ROLE.finditer(text))
    if "".join(match[0] for match in matches) != text:
        return text
    return joined([_with_role(match["name"].strip(), match["role"]) for match in matches])


def joined(names: Sequence[str]) -> str:
    """Return names as one text, with commas of their script."""
    known = tuple(dict.fromkeys(name for name in names if name))
    return ("、" if any(map(_JAPANESE.search, known)) else ", ").join(known)


def _with_role(name: str, role: str) -> str:
    return name if role in _WROTE else f"{name}（{role}）"


# The services' answers, read as untrusted data.
#
# Each reader takes the text of an answer and the ISBN-13 that was asked for, and returns the book,
# `None` if the service does not have it. It raises ValueError for an invalid answer. The shapes are
# those of the services' documentation, whose addresses docs/admin.md has.

_T = TypeVar("_T")

# Longer than any title of a catalog should be.
_LONGEST = 300
# The servers of covers whose terms allow them on any page that presents the book.
_OPENBD_COVERS = "https://cover.openbd.jp/"
_OPEN_LIBRARY_COVERS = "https://covers.openlibrary.org/"


def _read_openbd(text: str, isbn: str) -> BookData | None:
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


def _read_open_library(text: str, isbn: str) -> BookData | None:
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


def _names(value: Any) -> list[str]:
    return [name for entry in _list(value) if (name := _text(_dict(entry).get("name")))]


def _titled(book: dict[str, Any]) -> str:
    return ": ".join(filter(None, (_text(book.get("title")), _text(book.get("subtitle")))))


def _at(server: str, value: Any) -> str:
    """Return an address if it is one of the service's own pictures."""
    is_own = isinstance(value, str) and value.startswith(server) and value.isprintable()
    return value if is_own and len(value) <= _LONGEST else ""


def _same(number: str, isbn: str) -> bool:
    return to_isbn13(number) == isbn


# The answers of the last day, kept in a file of the instance.

# openBD wants changes and withdrawals to be followed as soon as possible: a day, in seconds.
_KEPT_FOR = 86_400.0
_MOST_BOOKS = 300
_DAMAGED = (OSError, ValueError, TypeError, AttributeError, LookupError, RecursionError)


class AnswerCache:
    """Keeps answers by ISBN-13; what cannot be read or written counts as not kept."""

    def __init__(self, file: Path, clock: Callable[[], float] = time.time) -> None:
        self._file = file
        self._clock = clock
        self._lock = Lock()

    def get(self, isbn: str) -> dict[BookService, BookAnswer]:
        """Return the answers that are known of a book."""
        with suppress(*_DAMAGED):
            return _answers(self._read()[isbn])
        return {}

    def put(self, isbn: str, answers: Iterable[BookAnswer]) -> None:
        """Keep the answers of a book, but those that failed, beside what is known of others."""
        kept = {
            answer.source.value: answer.book.to_json() if answer.outcome is Outcome.FOUND else None
            for answer in answers
            if answer.outcome is not Outcome.FAILED
        }
        with self._lock:
            books = self._read()
            # Taken out first, so that the newest is last.
            before = books.pop(isbn, {"at": self._clock(), "answers": {}})
            books[isbn] = {"at": before["at"], "answers": before["answers"] | kept}
            newest = dict(list(books.items())[-_MOST_BOOKS:])
            with suppress(LinkmgrError):
                replace_quickly(self._file, json.dumps(newest, ensure_ascii=False).encode())

    def _read(self) -> dict[str, Any]:
        """Return the entries of the file, empty if it is broken or too old."""
        now = self._clock()
        with suppress(*_DAMAGED):
            books = json.loads(self._file.read_bytes())
            return {
                isbn: book
                for isbn, book in books.items()
                if 0 <= now - book["at"] < _KEPT_FOR and _is_whole(book)
            }
        return {}


def _is_whole(book: Any) -> bool:
    with suppress(*_DAMAGED):
        _answers(book)
        return True
    return False


def _answers(book: Any) -> dict[BookService, BookAnswer]:
    saved = book["answers"].items()
    return {BookService(source): _answer(BookService(source), value) for source, value in saved}


def _answer(source: BookService, saved: Any) -> BookAnswer:
    if saved is None:
        return BookAnswer(source, Outcome.UNKNOWN)
    return BookAnswer(source, Outcome.FOUND, BookData.from_json(saved))


# Asking the services.

_SERVERS: Mapping[BookService, str] = {
    BookService.OPENBD: "https://api.openbd.jp",
    BookService.OPEN_LIBRARY: "https://openlibrary.org",
}

_LIMITS = Limits(connect=3.0, read=4.0, total=5.0, body=262_144)

# Seconds in which all services answer; the owner waits no longer.
_PATIENCE = 6.0
_REDIRECTS = 3


@dataclass(frozen=True, slots=True)
class _Query:
    """Where a service is asked, `{isbn}` being an ISBN-13, and how its answer is read."""

    path: str
    read: Callable[[str, str], BookData | None]


_QUERIES = {
    BookService.OPENBD: _Query("/v1/get?isbn={isbn}", _read_openbd),
    BookService.OPEN_LIBRARY: _Query(
        "/api/books?bibkeys=ISBN:{isbn}&jscmd=data&format=json", _read_open_library
    ),
}


@dataclass(frozen=True, slots=True)
class BookSearch:
    """Asks the services, or remembers what they said; covers are left out unless asked for."""

    client: Client
    cache: AnswerCache
    with_covers: bool
    servers: Mapping[BookService, str]
    patience: float = _PATIENCE

    @classmethod
    def in_folder(cls, instance: Path, *, with_covers: bool) -> Self:
        """Make one that remembers answers in a folder."""
        client = Client(f"linkmgr/{__version__} (look-up of a book by its ISBN)", _LIMITS)
        return cls(client, AnswerCache(instance / "book-data.json"), with_covers, _SERVERS)

    def answers(self, isbn: str) -> tuple[BookAnswer, ...]:
        """Return the services' answers about a book by its ISBN-13, in `BookService`'s order."""
        known = self.cache.get(isbn)
        if missing := [source for source in BookService if source not in known]:
            fresh = self._ask(missing, isbn)
            self.cache.put(isbn, fresh)
            known |= {answer.source: answer for answer in fresh}
        answers = tuple(known[source] for source in BookService)
        if self.with_covers:
            return answers
        return tuple(replace(answer, book=answer.book.without_cover()) for answer in answers)

    def _ask(self, sources: list[BookService], isbn: str) -> list[BookAnswer]:
        pool = ThreadPoolExecutor(len(sources), thread_name_prefix="book-data")
        asked = {source: pool.submit(self._answer, source, isbn) for source in sources}
        done, _ = wait(asked.values(), timeout=self.patience)
        # A name server may take longer than any limit: its thread ends when it ends.
        pool.shutdown(wait=False, cancel_futures=True)
        return [
            answer.result() if answer in done else BookAnswer(source, Outcome.FAILED)
            for source, answer in asked.items()
        ]

    def _answer(self, source: BookService, isbn: str) -> BookAnswer:
        query = _QUERIES[source]
        try:
            response = self._get(self.servers[source] + query.path.format(isbn=isbn))
            if response.status == 404:  # noqa: PLR2004
                return BookAnswer(source, Outcome.UNKNOWN)
            if response.status != 200 or not response.is_whole:  # noqa: PLR2004
                return BookAnswer(source, Outcome.FAILED)
            book = query.read(response.body, isbn)
        except (AddressRefusedError, UnresolvedError, ValueError, *FAILURES):
            return BookAnswer(source, Outcome.FAILED)
        if book is None or not book.title:
            return BookAnswer(source, Outcome.UNKNOWN)
        return BookAnswer(source, Outcome.FOUND, book)

    def _get(self, url: str) -> Response:
        """Follow redirects within the service's own server, and to no other."""
        server = urlsplit(url)[:2]
        for _ in range(_REDIRECTS + 1):
            response = self.client.ask("GET", url)
            location = response.headers.get("location")
            if not 300 <= response.status < 400 or not location:  # noqa: PLR2004
                return response
            url = urljoin(url, location)
            if urlsplit(url)[:2] != server:
                raise ValueError
        return response
