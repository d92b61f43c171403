"""The services' answers of the last day, in a file of the instance."""

import json
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

from linkmgr.book_data.model import Answer, BookData, Outcome, Source
from linkmgr.fs.atomic import replace_quickly
from linkmgr.messages.errors import LinkmgrError

# openBD wants changes and withdrawals to be followed as soon as possible: a day, in seconds.
_KEPT_FOR = 86_400.0
_MOST_BOOKS = 300
_DAMAGED = (OSError, ValueError, TypeError, AttributeError, LookupError, RecursionError)
# Google's terms for its APIs (5 e) allow no copy beyond the cache headers of its answers.
_NOT_KEPT = frozenset((Source.GOOGLE_BOOKS,))


class AnswerCache:
    """Keeps answers by ISBN-13; what cannot be read or written is as if it had not been kept."""

    def __init__(self, file: Path, clock: Callable[[], float] = time.time) -> None:
        self._file = file
        self._clock = clock
        self._lock = Lock()

    def get(self, isbn: str) -> dict[Source, Answer]:
        """Return the answers that are known of a book."""
        with suppress(*_DAMAGED):
            return _answers(self._read()[isbn])
        return {}

    def put(self, isbn: str, answers: Iterable[Answer]) -> None:
        """Keep the answers of a book, but those that failed, beside what is known of others."""
        kept = {
            answer.source.value: answer.book.to_json() if answer.outcome is Outcome.FOUND else None
            for answer in answers
            if answer.outcome is not Outcome.FAILED and answer.source not in _NOT_KEPT
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
        """Return what is in the file, whole and not too old."""
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


def _answers(book: Any) -> dict[Source, Answer]:
    saved = book["answers"].items()
    return {Source(source): _answer(Source(source), value) for source, value in saved}


def _answer(source: Source, saved: Any) -> Answer:
    if saved is None:
        return Answer(source, Outcome.UNKNOWN)
    return Answer(source, Outcome.FOUND, BookData.from_json(saved))
