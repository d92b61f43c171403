"""What a look at one thing found."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from linkmgr.messages.message import Message
from linkmgr.messages.wording import word
from linkmgr.settings import Settings


class Level(StrEnum):
    """How bad it is: nothing works rightly with a `FAULT`."""

    FINE = "fine"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """How bad something is and, in its message, what it is and what to do about it."""

    level: Level
    message: Message

    def to_json(self) -> dict[str, Any]:
        """Return it as a value for JSON, with the message in words."""
        return {"level": self.level, **self.message.to_json(), "message": word(self.message)}


Look = Callable[[Settings], Iterator[Finding]]
"""Looks at one thing. Raise LinkmgrError or OSError for what keeps it from that."""


def fine(message: Message) -> Finding:
    """Return that something is as it should be."""
    return Finding(Level.FINE, message)


def warning(message: Message) -> Finding:
    """Return what the owner should see to."""
    return Finding(Level.WARNING, message)


def fault(message: Message) -> Finding:
    """Return what keeps something from working."""
    return Finding(Level.FAULT, message)
