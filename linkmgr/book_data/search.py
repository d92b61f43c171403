"""Asking all services for a book at once."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self
from urllib.parse import urljoin, urlsplit

from linkmgr import __version__
from linkmgr.book_data.cache import AnswerCache
from linkmgr.book_data.model import Answer, BookData, Outcome, Source
from linkmgr.book_data.reading import (
    read_google_books,
    read_ndl,
    read_open_library,
    read_openbd,
)
from linkmgr.network.public import AddressRefusedError, UnresolvedError
from linkmgr.network.request import FAILURES, Client, Limits, Response

SERVERS: Mapping[Source, str] = {
    Source.OPENBD: "https://api.openbd.jp",
    Source.NDL: "https://ndlsearch.ndl.go.jp",
    Source.GOOGLE_BOOKS: "https://www.googleapis.com",
    Source.OPEN_LIBRARY: "https://openlibrary.org",
}

LIMITS = Limits(connect=3.0, read=4.0, total=5.0, body=262_144)

# Seconds in which all services answer; the owner waits no longer.
_PATIENCE = 6.0
_REDIRECTS = 3


@dataclass(frozen=True, slots=True)
class _Query:
    """Where a service is asked, `{isbn}` being an ISBN-13, and how its answer is read."""

    path: str
    read: Callable[[str, str], BookData | None]


_QUERIES = {
    Source.OPENBD: _Query("/v1/get?isbn={isbn}", read_openbd),
    # The library's own catalogue alone, whose records are free for any use.
    Source.NDL: _Query("/api/opensearch?isbn={isbn}&dpid=iss-ndl-opac&cnt=5", read_ndl),
    Source.GOOGLE_BOOKS: _Query("/books/v1/volumes?q=isbn:{isbn}", read_google_books),
    Source.OPEN_LIBRARY: _Query(
        "/api/books?bibkeys=ISBN:{isbn}&jscmd=data&format=json", read_open_library
    ),
}


@dataclass(frozen=True, slots=True)
class BookSearch:
    """Asks the services, or remembers what they said; covers are left out unless asked for."""

    client: Client
    cache: AnswerCache
    with_covers: bool
    servers: Mapping[Source, str]
    patience: float = _PATIENCE

    @classmethod
    def of(cls, instance: Path, *, with_covers: bool) -> Self:
        """Make one whose memory is in a folder."""
        client = Client(f"linkmgr/{__version__} (look-up of a book by its ISBN)", LIMITS)
        return cls(client, AnswerCache(instance / "book-data.json"), with_covers, SERVERS)

    def answers(self, isbn: str) -> tuple[Answer, ...]:
        """Return what each service says of a book by its ISBN-13, in the order of `Source`."""
        found = self.cache.get(isbn)
        if missing := [source for source in Source if source not in found]:
            fresh = self._ask(missing, isbn)
            self.cache.put(isbn, fresh)
            found |= {answer.source: answer for answer in fresh}
        answers = tuple(found[source] for source in Source)
        if self.with_covers:
            return answers
        return tuple(replace(each, book=each.book.without_cover()) for each in answers)

    def _ask(self, sources: list[Source], isbn: str) -> list[Answer]:
        pool = ThreadPoolExecutor(len(sources), thread_name_prefix="book-data")
        asked = {source: pool.submit(self._answer, source, isbn) for source in sources}
        done, _ = wait(asked.values(), timeout=self.patience)
        # A name server may take longer than any limit: its thread ends when it ends.
        pool.shutdown(wait=False, cancel_futures=True)
        return [
            answer.result() if answer in done else Answer(source, Outcome.FAILED)
            for source, answer in asked.items()
        ]

    def _answer(self, source: Source, isbn: str) -> Answer:
        query = _QUERIES[source]
        try:
            response = self._get(self.servers[source] + query.path.format(isbn=isbn))
            if response.status == 404:  # noqa: PLR2004
                return Answer(source, Outcome.UNKNOWN)
            if response.status != 200 or not response.is_whole:  # noqa: PLR2004
                return Answer(source, Outcome.FAILED)
            book = query.read(response.body, isbn)
        except (AddressRefusedError, UnresolvedError, ValueError, *FAILURES):
            return Answer(source, Outcome.FAILED)
        if book is None or not book.title:
            return Answer(source, Outcome.UNKNOWN)
        return Answer(source, Outcome.FOUND, book)

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
