"""Texts by how often they appear: the most frequent wins."""

from collections import Counter
from collections.abc import Iterable

Frequencies = tuple[tuple[str, int], ...]
"""Texts with their numbers, the most frequent first."""


def by_frequency(values: Iterable[str | None]) -> Frequencies:
    """Return the texts with their numbers, the most frequent first, without empty ones."""
    return tuple(Counter(value for value in values if value).most_common())


def most_frequent(values: Iterable[str]) -> str:
    """Return the most frequent text, empty where there is none."""
    frequencies = by_frequency(" ".join(value.split()) for value in values)
    return frequencies[0][0] if frequencies else ""
