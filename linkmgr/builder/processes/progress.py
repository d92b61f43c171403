"""How long work shows its progress."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from linkmgr.messages.message import Message

T = TypeVar("T")


class Track(Protocol):
    """Passes on what it iterates over, and shows how far it has come."""

    def __call__(self, items: Iterable[T], what: Message, total: int) -> Iterable[T]:
        """Yield each of `total` items while `what` is being done."""
        ...


def silently(items: Iterable[T], what: Message, total: int) -> Iterable[T]:  # noqa: ARG001
    """Track without showing anything."""
    return items
