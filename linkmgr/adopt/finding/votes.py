"""What most posts say wins; what the others say is kept."""

from collections import Counter
from collections.abc import Iterable

from linkmgr.catalog.reading.mappings import MAX_LIMIT

Votes = tuple[tuple[str, int], ...]
"""Texts and how many say so, the most frequent first."""


def counted(values: Iterable[str | None]) -> Votes:
    """Return the texts with their numbers, the most frequent first, without empty ones."""
    return tuple(Counter(value for value in values if value).most_common())


def most(values: Iterable[str]) -> str:
    """Return the most frequent text, empty where there is none."""
    votes = counted(" ".join(value.split()) for value in values)
    return votes[0][0] if votes else ""


def others(name: str, votes: Votes) -> tuple[str, ...]:
    """Return a line for each text that did not win."""
    return tuple(f"{name} in {number} other: {text}" for text, number in votes[1:])


def usual(numbers: Iterable[int]) -> int:
    """Return the most frequent number of items, 0 where no post has any."""
    counted = Counter(number for number in numbers if number)
    frequent = max(counted, key=lambda number: (counted[number], number), default=0)
    return min(frequent, MAX_LIMIT)
