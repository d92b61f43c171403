"""What a profile is read from: a section of a catalog, or of a file that comes with linkmgr."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Protocol, Self, TypeVar

from linkmgr.messages.message import Message

_Choice = TypeVar("_Choice", bound=str)


class EntrySection(Protocol):
    """A mapping with known keys, whose problems are reported with their place."""

    def has(self, name: str) -> bool:
        """Whether the key is there."""

    def problem(self, name: str, message: Message) -> None:
        """Report something about a key."""

    def required(self, name: str) -> str:
        """Return a text that must be there."""

    def text(self, name: str, check: Callable[[str], Message | None] | None = None) -> str | None:
        """Return a text."""

    def texts(
        self, name: str, check: Callable[[str], Message | None] | None = None
    ) -> tuple[str, ...]:
        """Return a list of texts."""

    def choice(self, name: str, options: Sequence[_Choice]) -> _Choice | None:
        """Return one of the options."""

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return true or false."""

    def day(self, name: str) -> date | None:
        """Return a day."""

    def section(self, name: str, known: tuple[str, ...]) -> Self | None:
        """Return the mapping under a key."""
