"""What most posts say wins; what the others say is kept."""

from collections import Counter
from collections.abc import Iterable

Votes = tuple[tuple[str, int], ...]
"""Texts and how many say so, the most frequent first."""


def counted(values: Iterable[str | None]) -> Votes:
    """Return the texts with their numbers, the most frequent first, without empty ones."""
    return tuple(Counter(value for value in values if value).most_common())


def most(values: Iterable[str]) -> str:
    """Return the most frequent text, empty where there is none."""
    votes = counted(" ".join(value.split()) for value in values)
    return votes[0][0] if votes else ""
