"""What the examination of one thing says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from linkmgr.messages.message import Message
from linkmgr.messages.wording import word
from linkmgr.settings import Settings


class Level(StrEnum):
    """How bad it is: with a `FAULT` something does not work."""

    FINE = "fine"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """How bad something is and, in its message, what it is and what to do about it."""

    level: Level
    message: Message

    def to_json(self) -> dict[str, Any]:
        """Return it as a value for JSON, with the message in words."""
        return {"level": self.level, **self.message.to_json(), "message": word(self.message)}


Examination = Callable[[Settings], Iterator[Diagnosis]]
"""Examines one thing. Raise LinkmgrError or OSError for what keeps it from that."""


def fine(message: Message) -> Diagnosis:
    """Return that something is as it should be."""
    return Diagnosis(Level.FINE, message)


def warning(message: Message) -> Diagnosis:
    """Return what the owner should know of, though all works."""
    return Diagnosis(Level.WARNING, message)


def fault(message: Message) -> Diagnosis:
    """Return what keeps something from working."""
    return Diagnosis(Level.FAULT, message)
