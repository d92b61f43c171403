"""What a service says of a book."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any


class Source(StrEnum):
    """A service that knows books, in the order in which the services are believed."""

    OPENBD = "openbd"
    NDL = "ndl"
    GOOGLE_BOOKS = "google-books"
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
        """Return what `to_json` gave. Raise TypeError for anything else."""
        if not all(isinstance(value, str) for value in values.values()):
            raise TypeError
        return cls(**values)

    def to_json(self) -> dict[str, str]:
        """Return it as a value for JSON."""
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
class Answer:
    """What a service answered; `book` is empty unless it was found."""

    source: Source
    outcome: Outcome
    book: BookData = BookData()
